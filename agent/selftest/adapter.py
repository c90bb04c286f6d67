"""The installer's test adapter: recognised by a walk that no car can make, set by hand, and seen by the pilot.

A car shows B and C, and goes back to A only when its plug is drawn: four positions within twenty seconds are nobody but
an adapter with a knob (self-test catalogue, section 1). Done once in a job; an outcome remembers it in its evidence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from agent.core.commissioning.catalogue import Need, catalogue
from agent.core.commissioning.model import Outcome, broken, failed
from agent.core.control_pilot import PilotState
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.ending import Ended
from agent.selftest.judging.pilot import NOMINAL_V
from agent.selftest.pilot_board import high_v, state_of
from agent.selftest.standing_faults import barring, of_fault
from agent.values import frozen

PILOT_OHM = 1000.0
"""In series with the generator (IEC 61851-1 Table A.2)."""
ADAPTER_DRAWS_A = 0.5
"""Self-test catalogue section 1: more than that without a declared load is a car."""
WALK = ("A", "B", "A", "B")
WALK_WITHIN_S = 20.0
RECOGNISED = "adapter"
"""In the evidence of an outcome."""
OPEN_WIRE = (
    "Push the adapter's plug home and repeat. If it stays so, check the pilot and earth wires of cable or socket, "
    "and their terminals at the board."
)
LEAKS = (
    "Take everything out of the outlet and let the connector dry. If the level stays, look for moisture or a crushed "
    "pilot wire on the way to the outlet, then replace the cable or the socket."
)
CAR_OR_KNOB = (
    "A car shows that, and an adapter whose knob stands elsewhere. Take any car off; with the adapter in, turn its "
    "knob to A, where nothing lies between pilot and earth, and repeat."
)
OHMS = {"B": "B is 2740 Ω", "C": "C is 882 Ω"}
"""Of the adapter, between pilot and earth (IEC 61851-1 Table A.3)."""
LEAK_V = (9.5, 11.0)
"""Of an outlet at A: below it there may be a car (2740 Ω make 9.1 V at most), above it the standard sees none."""
SHOWS_WITHIN_S = 5.0
"""After the person has said that it is set."""


@frozen
class Adapter:
    """It is at this connector, and known not to be a car."""

    bench: Bench

    async def turn(self, state: str, setting: AdapterPosition | None = None) -> None:
        """Have it set, and wait for the pilot to show it. Ends the check where that never comes."""
        position = AdapterPosition(state=state) if setting is None else replace(setting, state=state)
        if not await shows(self.bench, position):
            raise Ended(another_state(self.bench, state))

    async def be(self, state: str) -> None:
        """The same, unless it is there already."""
        if state_of(self.bench) is not PilotState(state):
            await self.turn(state)


def with_adapter(check: Callable[[Bench, Adapter], Awaitable[Outcome]]) -> Callable[[Bench], Awaitable[Outcome]]:
    """A check that gets the adapter recognised, and whose helpers may raise Ended."""

    @wraps(check)
    async def run(bench: Bench) -> Outcome:
        try:
            if not is_recognised(bench):
                await _walk(bench)
        except Ended as end:
            return end.outcome
        try:
            outcome = await check(bench, Adapter(bench))
        except Ended as end:
            outcome = end.outcome
        return replace(outcome, evidence={**outcome.evidence, RECOGNISED: "-".join(WALK)})

    return run


def placed(bench: Bench, position: AdapterPosition) -> AdapterPosition:
    """With the connector named where there are several: the adapter is carried from one to the next."""
    return replace(position, connector=bench.connector) if len(bench.config.board.connectors) > 1 else position


def is_recognised(bench: Bench) -> bool:
    """A test of this job at this connector has seen it walk."""
    outcomes = (bench.earlier(row.test) for row in catalogue().values() if Need.ADAPTER in row.needs)
    return any(outcome is not None and RECOGNISED in outcome.evidence for outcome in outcomes)


async def _walk(bench: Bench) -> None:
    await bench.person.tell(
        f"The adapter is recognised by its walk: {', '.join(WALK)}, within {WALK_WITHIN_S:g} seconds from the first on."
    )
    began = bench.now()
    for place, state in enumerate(WALK):
        if not await shows(bench, AdapterPosition(state=state)):
            raise Ended(another_state(bench, state))
        if place == 0:
            began = bench.now()
    took_s = bench.now().since(began)
    if took_s > WALK_WITHIN_S:
        raise Ended(_no_adapter(f"the walk took {took_s:.0f} s, and {WALK_WITHIN_S:g} s are allowed"))


def _no_adapter(why: str) -> Outcome:
    return broken(
        f"No test adapter was recognised: {why}.",
        "Take any car off, plug the adapter in, push it home, and repeat: A, B, A, B without a pause.",
    )


OUT_OF_BANDS = "cp.range"
"""What a board calls a level between two of its bands, whatever it comes from."""


def another_state(bench: Bench, wanted: str) -> Outcome:
    """The person says that the adapter is set, and the pilot shows something else: who of the two is to blame."""
    says = f"The adapter was to be at {wanted}, and the pilot shows {_shown(bench)}."
    fault, state = barring(bench), state_of(bench)
    leak_ohm = _leak_ohm(high_v(bench)) if wanted == PilotState.A.value else None
    if fault and not (fault == OUT_OF_BANDS and leak_ohm is not None):
        return of_fault(says, fault)
    if leak_ohm is not None:
        leaks = f" That is no car and no adapter: {leak_ohm:g} Ω lie between pilot and earth."
        return failed(f"{says}{leaks}", LEAKS, cause="cp.leak")
    if state is PilotState.A:
        # An open wire looks like no plug at all.
        return failed(says, OPEN_WIRE, cause="cp.range")
    if wanted == PilotState.A.value and state is not None and state.plugged:
        return broken(says, CAR_OR_KNOB)
    measure = f"; if it is there, measure it: {OHMS[wanted]}" if wanted in OHMS else ""
    return broken(says, f"Take any car off. Set the adapter to {wanted} and repeat{measure}.")


def _leak_ohm(level_v: float | None) -> float | None:
    """What lies between pilot and earth at an empty outlet; None where the level tells of no leak."""
    if level_v is None or not LEAK_V[0] < level_v < LEAK_V[1]:
        return None
    return round(PILOT_OHM * level_v / (NOMINAL_V - level_v), -2)


async def shows(bench: Bench, position: AdapterPosition) -> bool:
    """Have the adapter set like this; whether the pilot shows it."""
    if await bench.set_adapter(position):
        return True
    return await bench.until(lambda: state_of(bench) is PilotState(position.state), SHOWS_WITHIN_S) is not None


def _shown(bench: Bench) -> str:
    state, volts = state_of(bench), high_v(bench)
    if state is None:
        return "nothing, for the board is silent"
    level = "" if volts is None else f" at {volts:.1f} V"
    faults = f", with {', '.join(bench.faults())}" if bench.faults() else ""
    return f"{state.value}{level}{faults}"
