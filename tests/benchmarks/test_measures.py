"""The folder is the registry, and what the measures are made of does what it says."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.core.facts import TransactionStarted
from agent.core.session.model import SessionPhase
from agent.core.time import Instant
from agent.ocpp_client.v16.render import render
from agent.store.store import open_store
from benchmarks import backlog, registry, simulated
from benchmarks.bare_wires import carry
from benchmarks.central_system import Call, Tally
from benchmarks.measures import card
from benchmarks.measures.replay import fill, rate
from benchmarks.polling import CHARGING, IDLE, Polling
from benchmarks.pure_core import POWER_W, CoreCharger
from firmware_sim import virtual_loop
from firmware_sim.firmware import load_module
from firmware_sim.modbus_frames import split_rtu
from tools.code_shape import ROOT
from tools.simulate.clock import EPOCH_MS


@pytest.mark.parametrize("name", registry.names())
def test_every_measure_is_called_and_explained(name: str) -> None:
    measure = registry.load(name)

    assert callable(measure.measure)
    assert f"`{name}`" in (ROOT / "docs" / "benchmarks.md").read_text()


def test_every_measure_has_a_place_of_its_own_in_the_table() -> None:
    places = [registry.load(name).ORDER for name in registry.names()]

    assert places == sorted(set(places))


def test_an_unknown_measure_is_refused_with_those_there_are() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert asked.returncode == 2
    assert "no measure speed; there are start, memory" in asked.stderr


def test_the_core_alone_charges_and_goes_on_charging() -> None:
    charger = CoreCharger()

    charger.charge()
    for _ in range(3600):
        charger.second()

    assert charger.session.phase is SessionPhase.CHARGING
    assert charger.session.permitted
    assert charger.session.last_register_wh == int(POWER_W)


def test_the_board_owes_no_off_time_any_more_when_a_card_is_timed() -> None:
    """It counts from the board's start too: without a rest the first trial of each run took a second more."""
    assert card.RESTS_S * 1000 > load_module("contactor").STAY_OPEN_MS


def test_in_virtual_time_a_card_closes_the_contactor_after_the_waits_of_the_car(tmp_path: Path) -> None:
    async def charge() -> float:
        async with simulated.charger(tmp_path) as stage:
            await simulated.plug_in(stage)
            took_s = await simulated.show_card(stage)
            await simulated.leave(stage)
        return took_s

    assert simulated.READY_DELAY_S < virtual_loop.run(charge()) < simulated.READY_DELAY_S + 2.0


def test_the_bare_wires_take_as_long_as_they_are_told(tmp_path: Path) -> None:
    async def wait() -> float:
        await carry(tmp_path, 60.0)
        return asyncio.get_running_loop().time()

    assert virtual_loop.run(wait()) == pytest.approx(60.0)


def test_a_queue_holds_as_many_facts_as_were_asked_for(tmp_path: Path) -> None:
    async def queued_and_head() -> tuple[int, bool]:
        await fill(tmp_path, 20)
        store = open_store(tmp_path, inline=True, flush=False)
        head = await store.ledger.next_fact()
        queued = store.ledger.queued()
        await store.aclose()
        return queued, head is not None and isinstance(head.fact, TransactionStarted)

    assert virtual_loop.run(queued_and_head()) == (20, True)


def test_a_backlog_is_of_whole_charges_that_have_their_times(tmp_path: Path) -> None:
    async def filled_and_told() -> tuple[int, Tally]:
        count = await backlog.fill(tmp_path, backlog.FACTS_A_CHARGE + 1)
        store, tally = open_store(tmp_path, inline=True, flush=False), Tally()
        while (queued := await store.ledger.next_fact()) is not None:
            call = render(queued, Instant(0.0, EPOCH_MS), 100)
            assert call is not None
            tally.note(Call(call.action, call.payload, at=0.0))
            await store.ledger.settle(queued.seq, queued.seq)
        await store.aclose()
        return count, tally

    count, tally = virtual_loop.run(filled_and_told())

    assert count == tally.counts.total() == 2 * backlog.FACTS_A_CHARGE
    assert tally.counts["StartTransaction"] == tally.counts["StopTransaction"] == 2
    assert tally.repeated == 0


def test_a_tally_knows_a_fact_that_came_twice() -> None:
    tally = Tally()
    start = {"connectorId": 1, "idTag": "CAFE", "meterStart": 0, "timestamp": "2026-10-01T00:00:00.000Z"}

    for at in (1.0, 2.0):
        tally.note(Call("StartTransaction", start, at))

    assert (tally.repeated, tally.first_at, tally.last_at) == (1, 1.0, 2.0)


def test_a_rate_counts_the_gaps_between_facts() -> None:
    assert rate((10.0, 10.1, 10.2, 10.5)) == pytest.approx(6.0)


@pytest.mark.parametrize(("polling", "meter_every_s"), [(IDLE, 5.0), (CHARGING, 1.0)])
def test_the_floor_of_polling_says_what_board_and_meter_understand(
    polling: Polling, meter_every_s: float, tmp_path: Path
) -> None:
    plan = json.loads(polling.plan(tmp_path, "ws://x"))
    pilot, meter, reader = plan["lines"]
    frames, messages = load_module("frames"), load_module("messages")

    request = split_rtu(bytearray.fromhex(meter["writes"]))
    body = frames.unframe(bytes.fromhex(pilot["writes"]).rstrip(b"\0"))

    assert request is not None and request.unit == 1
    assert messages.unpack(body)[0] == messages.WISH
    assert (meter["every_s"], pilot["with_every"], reader["writes"]) == (meter_every_s, 2, "")
