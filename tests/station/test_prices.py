"""Prices around the connectors: what the network tells, what a disk refuses, whose price is waited for, who left."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.control_pilot import PilotState
from agent.core.cost.charge import FinalCost
from agent.core.cost.prices import PriceTexts
from agent.core.cost.running import Activity, CostUpdate
from agent.core.cost.triggers import NO_TRIGGERS
from agent.core.facts import StopReason, TransactionStarted, TransactionStopped
from agent.core.identity import IdToken, TransactionKey
from agent.core.session.events import AuthorizationStatus
from agent.core.session.model import SessionPhase, Transaction
from agent.errors import StoreError
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import Answer, Outcome, Silence
from agent.ocpp_client.station.price_settings import DEFAULT_PRICE, IDLE_FEE_AFTER_STOP, SHOWS_COSTS, USER_PRICE_WAIT
from agent.ocpp_client.v16.price_messages import connector_unplugged
from agent.station.departures import LOOKS_AGAIN_AFTER_S, tell_departures
from agent.station.prices import MOST_USER_PRICES
from agent.station.quiet import is_owing
from firmware_sim.virtual_loop import run
from tests.station.desk import CARD, ONE, OTHER, TWO, Desk

KEY = TransactionKey("a" * 32)
REMOTE_ID = 4711
UPDATE = CostUpdate(cost=2_000_000, activity=Activity.CHARGING)
OWN = PriceTexts(text="own")


class Words:
    connector_unplugged = staticmethod(connector_unplugged)


async def charges(desk: Desk, *, token: IdToken = CARD) -> None:
    """A charge runs at connector 1 that the network knows."""
    now = desk.clock.now()
    fact = TransactionStarted(key=KEY, connector=ONE, at=now, token=token, register_wh=1000)
    await desk.store.ledger.record_start(fact, None)
    queued = await desk.store.ledger.next_fact()
    assert queued is not None
    await desk.store.ledger.settle(queued.seq, REMOTE_ID)
    transaction = Transaction(key=KEY, token=token, started_at=now, start_wh=1000)
    desk.outlets[ONE].becomes(phase=SessionPhase.CHARGING, pilot=PilotState.C, token=token, transaction=transaction)


async def ends(desk: Desk) -> None:
    """Its end is on record, and the car is still there."""
    fact = TransactionStopped(key=KEY, connector=ONE, at=desk.clock.now(), register_wh=2000, reason=StopReason.LOCAL)
    await desk.store.ledger.record_stop(fact)
    desk.outlets[ONE].becomes(phase=SessionPhase.FINISHING, pilot=PilotState.B, token=None, transaction=None)


async def a_desk(tmp_path: Path, **more: str) -> Desk:
    desk = Desk(tmp_path)
    desk.clock.told(1_800_000_000_000)
    await desk.settings.put({SHOWS_COSTS: "true", **more})
    return desk


def test_what_the_disk_refuses_is_refused_and_nothing_has_changed(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        await charges(desk)
        assert await desk.prices.cost_told(REMOTE_ID, UPDATE, NO_TRIGGERS) == ""
        before = desk.prices.shown(ONE)
        desk.is_full = True
        with pytest.raises(StoreError):
            await desk.prices.cost_told(REMOTE_ID, replace(UPDATE, cost=9_000_000), NO_TRIGGERS)
        with pytest.raises(StoreError):
            await desk.prices.final_told(REMOTE_ID, FinalCost(cost=9_000_000))
        assert desk.prices.shown(ONE) == before
        desk.close()

    run(story())


def test_a_cost_for_a_transaction_that_is_none_of_ours_is_refused_in_words(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        assert "no transaction 4711 is under way" in await desk.prices.cost_told(REMOTE_ID, UPDATE, NO_TRIGGERS)
        await charges(desk)
        assert "no transaction 4712 is under way" in await desk.prices.final_told(4712, FinalCost(cost=1))
        assert await desk.prices.final_told(REMOTE_ID, FinalCost(cost=1)) == ""
        assert "was told already" in await desk.prices.cost_told(REMOTE_ID, UPDATE, NO_TRIGGERS)
        desk.close()

    run(story())


def test_what_a_charge_cost_that_was_over_before_the_network_heard_of_it_can_still_be_told(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        fact = TransactionStarted(key=KEY, connector=ONE, at=desk.clock.now(), token=CARD, register_wh=1000)
        await desk.store.ledger.record_start(fact, None)
        transaction = Transaction(key=KEY, token=CARD, started_at=fact.at, start_wh=1000)
        desk.outlets[ONE].becomes(phase=SessionPhase.CHARGING, pilot=PilotState.C, token=CARD, transaction=transaction)
        await ends(desk)
        queued = await desk.store.ledger.next_fact()
        assert queued is not None
        await desk.store.ledger.settle(queued.seq, REMOTE_ID)
        assert "no transaction 4712 is under way" in await desk.prices.final_told(4712, FinalCost(cost=1))
        assert await desk.prices.final_told(REMOTE_ID, FinalCost(cost=3_000_000)) == ""
        assert desk.prices.shown(ONE).cost == "3.000"
        desk.close()

    run(story())


def test_a_price_told_in_a_charge_is_its_own_and_one_told_before_goes_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path, **{DEFAULT_PRICE: json.dumps({"priceText": "all"})})
        await desk.prices.price_told(CARD, OWN)
        assert desk.prices.shown(ONE).text == "all"
        desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, token=CARD)
        assert desk.prices.shown(ONE).text == "own"
        await charges(desk)
        assert desk.prices.shown(ONE).text == "own"
        await desk.prices.price_told(CARD, PriceTexts(text="newer"))
        await desk.prices.price_told(OTHER, PriceTexts(text="not his"))
        assert desk.prices.shown(ONE).text == "newer"
        desk.close()

    run(story())


def test_of_prices_for_people_who_never_come_only_the_newest_are_kept(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        for number in range(MOST_USER_PRICES + 1):
            await desk.prices.price_told(IdToken(f"CARD{number}"), OWN)
        for number, text in ((0, ""), (1, "own"), (MOST_USER_PRICES, "own")):
            desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, token=IdToken(f"CARD{number}"))
            assert desk.prices.shown(ONE).text == text
        desk.close()

    run(story())


@pytest.mark.parametrize(("told_at_s", "takes_s"), [(None, 4.0), (1.5, 1.5), (-1.0, 4.0)])
def test_whoever_is_accepted_waits_for_a_price_told_since_and_no_longer_than_the_setting(
    tmp_path: Path, told_at_s: float | None, takes_s: float
) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path, **{USER_PRICE_WAIT: "4000"})
        desk.the_network_says(AuthorizationStatus.ACCEPTED)
        desk.authorizer.priced = desk.prices.priced
        loop = asyncio.get_running_loop()
        if told_at_s is not None and told_at_s < 0:
            await desk.prices.price_told(CARD, OWN)
            await asyncio.sleep(-told_at_s)
        began = loop.time()
        async with asyncio.TaskGroup() as tasks:
            deciding = tasks.create_task(desk.authorizer.authorize(CARD))
            if told_at_s is not None and told_at_s > 0:
                await asyncio.sleep(told_at_s)
                await desk.prices.price_told(OTHER, OWN)
                await desk.prices.price_told(CARD, OWN)
        assert deciding.result().status is AuthorizationStatus.ACCEPTED
        assert loop.time() - began == pytest.approx(takes_s)
        desk.close()

    run(story())


@pytest.mark.parametrize("shows", ["true", "false"])
def test_nobody_waits_who_is_refused_or_where_no_price_is_shown(tmp_path: Path, shows: str) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path, **{SHOWS_COSTS: shows})
        refused = shows == "true"
        desk.the_network_says(AuthorizationStatus.INVALID if refused else AuthorizationStatus.ACCEPTED)
        desk.authorizer.priced = desk.prices.priced
        began = asyncio.get_running_loop().time()
        await desk.authorizer.authorize(CARD)
        assert asyncio.get_running_loop().time() == began
        desk.close()

    run(story())


def test_a_departure_is_told_again_until_it_is_answered_and_after_the_stop(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path, **{IDLE_FEE_AFTER_STOP: "true"})
        outcomes: list[Outcome | None] = [None, Silence(), Answer({"status": "Accepted"})]
        calls: list[WireCall] = []

        async def call(wanted: WireCall) -> Outcome | None:
            calls.append(wanted)
            return outcomes[len(calls) - 1]

        async with asyncio.TaskGroup() as tasks:
            works = [
                tasks.create_task(desk.station.deeds.run()),
                tasks.create_task(tell_departures(desk.station, desk.prices, Words(), call)),
            ]
            await charges(desk)
            await ends(desk)
            await asyncio.sleep(60.0)
            desk.outlets[ONE].becomes(phase=SessionPhase.IDLE, pilot=PilotState.A)
            await asyncio.sleep(5 * LOOKS_AGAIN_AFTER_S)
            assert calls == []
            queued = await desk.store.ledger.next_fact()
            assert queued is not None
            await desk.store.ledger.settle(queued.seq)
            await asyncio.sleep(5 * LOOKS_AGAIN_AFTER_S)
            # It can be read for a while; the next car ends that.
            assert desk.store.latches.prices.of(ONE) is not None
            desk.outlets[ONE].becomes(phase=SessionPhase.PLUGGED, pilot=PilotState.B)
            await asyncio.sleep(1.0)
            assert desk.store.latches.prices.of(ONE) is None
            for work in works:
                work.cancel()
        assert len(calls) == 3
        assert json.loads(calls[-1].payload["data"])["timestamp"] == "2027-01-15T08:01:00.000Z"
        assert desk.store.latches.prices.departures() == 0
        desk.close()

    run(story())


def test_the_network_is_owed_the_departure_of_a_car_that_it_wants_to_hear_of(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path, **{IDLE_FEE_AFTER_STOP: "true"})
        prices = desk.store.latches.prices
        async with asyncio.TaskGroup() as tasks:
            deeds = tasks.create_task(desk.station.deeds.run())
            assert not await is_owing(desk.station)
            await charges(desk)
            await ends(desk)
            queued = await desk.store.ledger.next_fact()
            assert queued is not None
            await desk.store.ledger.settle(queued.seq)
            assert await is_owing(desk.station), "the car is there, and another network does not know the transaction"
            desk.outlets[ONE].becomes(phase=SessionPhase.IDLE, pilot=PilotState.A)
            await asyncio.sleep(1.0)
            assert prices.departures() == 1
            assert await is_owing(desk.station)
            departure = await prices.oldest_departure()
            assert departure is not None
            await prices.told(departure.id)
            assert not await is_owing(desk.station)
            deeds.cancel()
        desk.close()

    run(story())


def test_a_cost_goes_to_the_charge_that_the_network_means_now_where_it_gave_its_number_before(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        await charges(desk)
        await ends(desk)
        now, later = desk.clock.now(), TransactionKey("b" * 32)
        await desk.store.ledger.record_start(
            TransactionStarted(key=later, connector=TWO, at=now, token=OTHER, register_wh=50), None
        )
        while (queued := await desk.store.ledger.next_fact()) is not None:
            await desk.store.ledger.settle(queued.seq, REMOTE_ID if queued.fact.key == later else None)
        transaction = Transaction(key=later, token=OTHER, started_at=now, start_wh=50)
        desk.outlets[TWO].becomes(phase=SessionPhase.CHARGING, pilot=PilotState.C, token=OTHER, transaction=transaction)
        assert await desk.prices.cost_told(REMOTE_ID, UPDATE, NO_TRIGGERS) == ""
        assert (desk.prices.shown(ONE).cost, desk.prices.shown(TWO).cost) == ("", "2.000")
        desk.close()

    run(story())


def test_another_network_finds_no_price_of_the_one_before_in_memory_or_on_disk(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        await charges(desk)
        await desk.prices.price_told(CARD, OWN)
        assert (
            await desk.prices.final_told(REMOTE_ID, FinalCost(cost=3_000_000, texts=OWN, qr="https://old.example"))
            == ""
        )
        await ends(desk)
        await desk.prices.price_told(OTHER, OWN)
        await desk.prices.forget()
        assert "no transaction 4711" in await desk.prices.final_told(REMOTE_ID, FinalCost(cost=1))
        desk.prices.restored()
        assert (desk.prices.shown(ONE).cost, desk.prices.shown(ONE).qr) == ("", "")
        desk.outlets[TWO].becomes(phase=SessionPhase.AUTHORIZED, token=OTHER)
        assert desk.prices.shown(TWO).text == ""
        desk.close()

    run(story())


def test_a_charge_that_the_network_before_never_heard_of_goes_on_without_its_price(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        await desk.prices.price_told(CARD, OWN)
        transaction = Transaction(key=KEY, token=CARD, started_at=desk.clock.now(), start_wh=1000)
        desk.outlets[ONE].becomes(phase=SessionPhase.CHARGING, pilot=PilotState.C, token=CARD, transaction=transaction)
        assert desk.prices.shown(ONE).text == "own"
        await desk.prices.forget()
        kept = desk.store.latches.prices.of(ONE)
        assert kept is not None
        assert (kept.key, kept.texts, desk.prices.shown(ONE).text) == (KEY, None, "")
        desk.close()

    run(story())


def test_without_the_key_nobody_is_told_that_a_car_left(tmp_path: Path) -> None:
    async def story() -> None:
        desk = await a_desk(tmp_path)
        await charges(desk)
        await ends(desk)
        desk.outlets[ONE].becomes(phase=SessionPhase.IDLE, pilot=PilotState.A)
        assert desk.store.latches.prices.departures() == 0
        desk.close()

    run(story())
