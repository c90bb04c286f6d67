"""ST509 meter.phase_map: a load on one phase at a time, so that the meter and the board say where they see it."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import AdapterPosition, Bench, Question
from agent.selftest.judging.directions import PhaseRow, phase_map
from agent.selftest.load import USUAL_LOAD_A, look, powered

VERSION = 1
SETTLES_S = 5.0
EACH, ONLY_L1 = "each phase in turn", "L1 only"


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    count = bench.config.phases
    rows = []
    for phase in range(1, await _tried(bench, count) + 1):
        load = AdapterPosition(state="C", load_a=USUAL_LOAD_A, load_phases=1, load_phase=phase)
        async with powered(bench, adapter, load):
            await bench.wait(SETTLES_S)
            seen = await look(bench, 0.0)
        rows.append(PhaseRow(phase=phase, meter_a=seen.currents_a, power_w=seen.power_w, board_a=seen.board_a))
    return phase_map(rows, count)


async def _tried(bench: Bench, count: int) -> int:
    """How many phases there is a way to load, L1 first: most adapters have a socket on L1 and no more."""
    if count == 1:
        return 1
    text = "Which phases can you load by themselves? With a three-phase socket or three clips: each in turn."
    asked = Question(key="ST509.phases", text=text, choices=(EACH, ONLY_L1), default=EACH)
    return count if await bench.person.ask(asked) == EACH else 1
