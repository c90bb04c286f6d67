"""A load behind the adapter, switched on and off through the contactor, and what meter and board see of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.closings import CLOSES_WITHIN_S, allow, is_closed, needs_power, not_closed, opened
from agent.selftest.ending import Ended
from agent.selftest.judging.loaded import LoadLook, Volts
from agent.selftest.mains_readings import board_currents_a, described, of_board
from agent.values import mutable

USUAL_LOAD_A = 8.0
"""A fan heater of 2 kW; above the 1 kW that a meter is judged by, below the 10 A of most adapters' sockets."""


@mutable
class Closing:
    """How long the contactor was closed, once it is open again."""

    closed_s: float = 0.0


@asynccontextmanager
async def powered(bench: Bench, adapter: Adapter, load: AdapterPosition) -> AsyncIterator[Closing]:
    """The load is fed inside: the contactor closed before it begins, and open when it has ended.

    For less than a minute: a board opens then, whatever anybody wants (safety reference, section 2).
    """
    closing = Closing()
    await needs_power(bench)
    await adapter.turn("B", load)
    await allow(bench, bench.config.connector_current_a(bench.connector))
    try:
        await adapter.turn("C", load)
        if await bench.until(lambda: is_closed(bench), CLOSES_WITHIN_S) is None:
            raise Ended(not_closed(bench))
        began = bench.now()
        yield closing
        # As a car does it: whoever is left in C when the permission goes, is told as one that does not stop.
        await adapter.turn("B", load)
        await opened(bench)
        closing.closed_s = bench.now().since(began)
    finally:
        await bench.permit(False)
        await bench.offer(0.0)


def tripped(bench: Bench) -> Outcome | None:
    """Why the load is fed no more; None while it is."""
    return None if is_closed(bench) else not_closed(bench)


async def look(bench: Bench, at_s: float) -> LoadLook:
    """Meter and board, one right after the other. Raises DriverError."""
    count = bench.config.phases
    board = await described(bench)
    sample = await bench.read_meter()
    board_v: Volts = () if board is None else of_board(board.measures, count).voltages_v
    board_a: Volts = () if board is None else board_currents_a(board.measures, count)
    return LoadLook(
        at_s=at_s,
        voltages_v=sample.voltages_v[:count],
        currents_a=sample.currents_a[:count],
        power_w=sample.power_w,
        register_wh=sample.register_wh,
        board_v=board_v,
        board_a=board_a,
    )
