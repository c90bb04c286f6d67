"""ST210 cp.disconnect: the switch that cuts the pilot, to wake a car that sleeps, does so."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.control_pilot import PilotState
from agent.drivers.board_service import Drive
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench, Question
from agent.selftest.ending import Ended
from agent.selftest.judging.adapter import BACK_WITHIN_S, cut
from agent.selftest.judging.pilot import BAND_V
from agent.selftest.pilot_board import measures, number, tested_board
from agent.selftest.standing_faults import barring, of_fault

VERSION = 1
LOOKS_AFTER_S = 0.5
LASTS_S = 4.0
SEEN = ("yes", "no", "no display")


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    board = tested_board(bench)
    await adapter.be("B")
    if fault := barring(bench):
        raise Ended(of_fault("The board cuts nothing while a fault is present.", fault))
    await bench.wait(LOOKS_AFTER_S)
    await bench.person.tell(f"Watch the pilot display of the adapter: the pilot is cut for {LASTS_S:g} seconds now.")
    await board.drive(Drive.CUT)
    await bench.wait(LOOKS_AFTER_S)
    away_v = number(await measures(board), "high_v")
    await bench.wait(LASTS_S - LOOKS_AFTER_S)
    await board.drive(Drive.RELEASE)
    began = bench.now()
    back_s: float | None = None
    low, high = BAND_V[PilotState.B]
    while back_s is None and bench.now().since(began) <= BACK_WITHIN_S:
        if low <= number(await measures(board), "high_v") <= high:
            back_s = bench.now().since(began)
    display = await bench.person.ask(
        Question(key="ST210.gone", text="Was the pilot gone at the adapter meanwhile?", choices=SEEN, default=SEEN[-1])
    )
    return cut(away_v, back_s, display)
