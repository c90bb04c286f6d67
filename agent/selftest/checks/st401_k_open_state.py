"""ST401 k.open_state: at rest the contactor is open and the output is dead."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, failed, passed
from agent.core.control_pilot import ContactorState
from agent.drivers.board_service import BoardDescription
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging.contactor import AtRest, open_state
from agent.selftest.mains_readings import METERING, number
from agent.selftest.pilot_board import PHASES

VERSION = 1
LOOKS = 4
EVERY_S = 0.05
LOAD_SENSE = "load_sense"


@judged
async def run(bench: Bench) -> Outcome:
    if bench.board is None:
        return _by_contactor_alone(bench)
    looks = []
    for _ in range(LOOKS):
        looks.append(_look(await bench.board.describe()))
        await bench.wait(EVERY_S)
    return open_state(looks)


def _look(board: BoardDescription) -> AtRest:
    """A board without the part tells 0 of it, which nobody has measured."""
    senses, meters = LOAD_SENSE in board.capabilities, METERING in board.capabilities
    return AtRest(
        mirror_open=bool(board.measures.get("mirror_open")),
        edges=tuple(number(board.measures, f"load_edges_{phase}") if senses else None for phase in PHASES),
        current_a=tuple(number(board.measures, f"current_{phase}_a") if meters else None for phase in PHASES),
    )


def _by_contactor_alone(bench: Bench) -> Outcome:
    """A controller that tells no more than whether its contactor is open."""
    state = bench.contactor()
    if state is ContactorState.OPEN:
        return passed("The controller says that its contactor is open; what is behind it, nobody measures here.")
    told = "nothing" if state is None else state.value
    return failed(
        f"The contactor should be open, and the controller tells {told}.",
        "Switch the supply off and prove the output dead; then look at evsectl faults.",
        cause="contactor.welded" if state is ContactorState.WELDED else "contactor.mismatch",
    )
