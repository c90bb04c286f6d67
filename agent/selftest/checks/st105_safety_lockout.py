"""ST105: before commissioning the charger refuses power, without a token and with a wrong one."""

from __future__ import annotations

from typing import cast

from agent.core.commissioning.model import Outcome, not_applicable, skipped
from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.board_service import TestedBoard
from agent.drivers.interfaces import Contactor
from agent.errors import DriverError, DriverRejected
from agent.selftest.bench import Bench
from agent.selftest.judging.lockout import WRONG_PROOF, Tried, judged
from agent.selftest.pilot_board import report

VERSION = 1
WAITS_S = 1.5
"""Longer than the board needs to close."""


async def run(bench: Bench) -> Outcome:
    if bench.board is None:
        return not_applicable("this controller has no lock of its own; the agent alone gives it no permission")
    if bench.config.site.is_in_service:
        return skipped("the charger is in service already, by its site file, so nothing is locked")
    if bench.is_in_service:
        # Nothing is permitted on an outlet that would take it.
        return not_applicable(
            "the charger is in service, so it is not locked now; what put it there has proven the lock"
        )
    reading = bench.pilot()
    if reading is None or reading.state is not PilotState.A:
        return skipped("a plug is in, or the board is silent", "take the plug out, then repeat the test")
    return judged(await _without_token(bench), await _with_wrong_token(bench.board))


async def _without_token(bench: Bench) -> Tried:
    """Permission, as a broken or bribed agent would give it. Taken back whatever happens."""
    contactor = cast(Contactor, bench.drivers()["contactor"])
    try:
        await contactor.permit(True)
        closed_s = await bench.until(lambda: bench.contactor() is ContactorState.CLOSED, WAITS_S)
        said = report(bench)
    except DriverRejected as error:
        return Tried(closed=False, refusal=str(error))
    finally:
        await contactor.permit(False)
    return Tried(closed=closed_s is not None, refusal="" if said is None else said.waits_for)


async def _with_wrong_token(board: TestedBoard) -> Tried:
    """A proof that nobody's key makes."""
    try:
        await board.begin_test(WRONG_PROOF)
    except DriverRejected as error:
        return Tried(closed=False, refusal=str(error))
    except DriverError as error:
        return Tried(closed=False, refusal="", problem=str(error))
    await board.end_test()
    return Tried(closed=True, refusal="")
