"""ST211 pp.values: the coding of a cable in the socket is read, and taken for the current it stands for."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.judging.adapter import Cable, ratings
from agent.selftest.pilot_board import measures, needs_socket, number, report, tested_board

VERSION = 1
CODINGS_OHM = (1500.0, 680.0, 220.0, 100.0)
ACCEPTED_S = 1.5
"""The board takes a cable for what it is after a second."""


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    needs_socket(bench, "The cable is fixed to this charger, so there is no coding of a cable to read.")
    cables = [await _coding(bench, adapter, ohm) for ohm in CODINGS_OHM]
    return ratings(cables, bench.config.board.phases)


async def _coding(bench: Bench, adapter: Adapter, ohm: float) -> Cable:
    # At A: a coding that changes while a car is plugged in is a fault of its own (pp.changed).
    await adapter.turn("A", AdapterPosition(state="A", proximity_ohm=ohm))
    await bench.wait(ACCEPTED_S)
    contact_v = number(await measures(tested_board(bench)), "pp_v")
    said = report(bench)
    return Cable(
        asked_ohm=ohm, contact_v=contact_v, rating_a=None if said is None else said.cable_a, faults=bench.faults()
    )
