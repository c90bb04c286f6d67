"""ST401 k.open_state: at rest the contactor is open and the output is dead."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, failed, passed
from agent.core.control_pilot import ContactorState
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging.contactor import AtRest, open_state
from agent.selftest.pilot_board import PHASES, measures

VERSION = 1
LOOKS = 4
EVERY_S = 0.05


@judged
async def run(bench: Bench) -> Outcome:
    if bench.board is None:
        return _by_contactor_alone(bench)
    looks = []
    for _ in range(LOOKS):
        readings = await measures(bench.board)
        looks.append(
            AtRest(
                mirror_open=bool(readings.get("mirror_open")),
                edges=tuple(_number(readings.get(f"load_edges_{phase}")) for phase in PHASES),
                current_a=tuple(_number(readings.get(f"current_{phase}_a")) for phase in PHASES),
            )
        )
        await bench.wait(EVERY_S)
    return open_state(looks)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


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
