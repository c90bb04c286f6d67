"""The end of every attempt at a lent connector: nothing permitted, nothing offered, the pilot the board's own again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from agent.core.control_pilot import ContactorState
from agent.core.session.offer import CONTACTOR_OPENS_WITHIN_S
from agent.drivers.board_service import Drive, TestedBoard
from agent.errors import DriverError, DriverRejected
from agent.selftest.ports import Outlet
from agent.selftest.seen import Seen

ORDERED_WITHIN_S = 5.0
OPENS_WITHIN_S = CONTACTOR_OPENS_WITHIN_S + 1.0
"""The board's own time for an adapter that stays in C, and a second for the link."""
SAFE = (ContactorState.OPEN, ContactorState.NO_CLOSE)


async def end_safely(outlet: Outlet, seen: Seen) -> str:
    """What did not come to its safe end, and what to do about it; "" where all did. Ends within 20 s.

    The lock follows the session again, which takes the devices back right behind this.
    """
    troubles = [
        await _ordered("the permission was not withdrawn", outlet.contactor.permit(False)),
        await _ordered("the offer was not taken back", outlet.pilot.offer(0.0)),
    ]
    if outlet.board is not None:
        troubles.append(await _ordered("the pilot was not given back to the board", _released(outlet.board)))
    if not await _opens(seen):
        troubles.append(_not_open(seen.contactor))
    return "; ".join(one for one in troubles if one)


async def _released(board: TestedBoard) -> None:
    try:
        await board.drive(Drive.RELEASE)
    except DriverRejected:
        return  # nothing was driven, or a board that drives nothing


async def _ordered(what: str, order: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(ORDERED_WITHIN_S):
            await order
    except DriverError as error:
        return f"{what}: {error.what}"
    except TimeoutError:
        return f"{what}: no answer in {ORDERED_WITHIN_S:g} s"
    return ""


async def _opens(seen: Seen) -> bool:
    try:
        async with asyncio.timeout(OPENS_WITHIN_S):
            while seen.contactor not in SAFE:
                await seen.change()
    except TimeoutError:
        return False
    return True


def _not_open(state: ContactorState | None) -> str:
    match state:
        case ContactorState.CLOSED | ContactorState.WELDED:
            return "the contactor does not open: switch the supply off at the breaker, and look for a welded contactor"
        case _:
            return "nobody can tell whether the contactor is open: take the output for live until the board answers"
