"""ST206 cp.states: every state of a car is recognised, up and down, and none closes anything without a permission.

How long a state takes until it is reported is the board's rule and its own bench's matter: nobody here knows when the
knob was turned.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.control_pilot import ContactorState, PilotState
from agent.selftest.adapter import Adapter, shows, with_adapter
from agent.selftest.bench import AdapterPosition, Bench, once_a_job
from agent.selftest.judging.adapter import Shown, states
from agent.selftest.pilot_board import has, high_v, state_of
from agent.selftest.standing_faults import other_faults

VERSION = 1
HOLDS_S = 2.0
VENTILATION = "cp.vent_required"
"""What a charger without ventilation has to say of D, until the plug is out."""
WITHOUT_POWER = (PilotState.A, PilotState.B, PilotState.A)
"""What every controller tells: many a one shows C only while it offers, and D as a fault of its own make."""


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    if bench.board is None:
        return states([await _position(bench, state, after_d=False) for state in WITHOUT_POWER])
    has_d = await once_a_job(bench, "ST206.has_d", "Does the adapter have a position D (246 Ω, ventilation)?")
    upwards = ("A", "B", "C", "D") if has_d else ("A", "B", "C")
    seen: list[Shown] = []
    for state in (*upwards, *reversed(upwards[:-1])):
        seen.append(await _position(bench, PilotState(state), after_d="D" in upwards[: len(seen)]))
        if seen[-1].state is not seen[-1].asked or not seen[-1].is_open:
            break
    return states(seen)


async def _position(bench: Bench, asked: PilotState, *, after_d: bool) -> Shown:
    await shows(bench, AdapterPosition(state=asked.value))
    left = await bench.until(lambda: state_of(bench) is not asked, HOLDS_S)
    refuses_d = (asked is PilotState.D or after_d) and not has(bench, "ventilation")
    return Shown(
        asked=asked,
        state=state_of(bench),
        high_v=high_v(bench),
        stayed=left is None,
        is_open=bench.contactor() is ContactorState.OPEN,
        faults=other_faults(bench, *((VENTILATION,) if refuses_d else ())),
    )
