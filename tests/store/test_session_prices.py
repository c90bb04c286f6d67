"""What charges cost outlives the program, whole; departures wait in their order until the network took them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given, settings
from hypothesis.strategies import booleans, builds, integers, lists, none, sampled_from, text, tuples

from agent.core.availability import ConnectorStatus
from agent.core.cost.charge import ChargeCost, FinalCost
from agent.core.cost.prices import ChargingPrice, IdlePrice, NextPeriod, PriceTexts
from agent.core.cost.running import Activity, RunningCost
from agent.core.cost.triggers import Triggers
from agent.core.identity import IdToken
from agent.core.time import Instant
from agent.store import cost_codec
from agent.store.session_prices import MOST_DEPARTURES, SessionPrices
from agent.store.store import Store
from tests.store.domain import CARD, ONE, key, moment, started, stopped

MONEY = integers(0, 10**12)
INSTANTS = builds(Instant, integers(0, 10**6).map(float), none() | integers(0, 2**42), text(max_size=8))
TEXTS = builds(
    PriceTexts, text=text(max_size=20), others=lists(tuples(text(max_size=5), text(max_size=9)), max_size=3).map(tuple)
)
CHARGING = builds(ChargingPrice, kwh=MONEY, hour=MONEY, flat=MONEY)
IDLE = builds(IdlePrice, hour=MONEY, grace_min=integers(0, 100))
RUNNING = builds(
    RunningCost,
    parts_before=integers(0, 10**30),
    since=INSTANTS,
    activity=sampled_from(Activity),
    seen=sampled_from(Activity),
    register_wh=integers(0, 10**9),
    charging=CHARGING,
    idle=none() | IDLE,
    next=none() | builds(NextPeriod, at_ms=integers(0, 2**42), charging=none() | CHARGING, idle=none() | IDLE),
    idle_since=none() | INSTANTS,
    is_local=booleans(),
)
TRIGGERS = builds(
    Triggers,
    at_ms=none() | integers(0, 2**42),
    register_wh=none() | integers(0, 10**9),
    power_w=none() | integers(0, 10**5),
    statuses=lists(sampled_from(ConnectorStatus), max_size=3).map(tuple),
    is_above=none() | booleans(),
    status=none() | sampled_from(ConnectorStatus),
)
COSTS = builds(
    ChargeCost,
    key=sampled_from([key(1), key(2)]),
    token=builds(IdToken, text(max_size=9), sampled_from(["ISO14443", "Central"])),
    began=INSTANTS,
    start_wh=integers(0, 10**9),
    remote_id=none() | integers(-1, 2**40),
    is_over=booleans(),
    left_at=none() | INSTANTS,
    texts=none() | TEXTS,
    running=none() | RUNNING,
    triggers=TRIGGERS,
    final=none() | builds(FinalCost, cost=MONEY, texts=none() | TEXTS, qr=text(max_size=9)),
)
A_COST = ChargeCost(key=key(1), token=CARD, began=moment(0), start_wh=1000)


def gone(number: int, at_s: float) -> ChargeCost:
    return replace(A_COST, key=key(number), left_at=moment(at_s))


def anew(store: Store) -> SessionPrices:
    """As the next start of the program reads it."""
    return SessionPrices(store.writer)


@given(cost=COSTS)
@settings(max_examples=60)
def test_every_cost_is_read_as_it_was_written(cost: ChargeCost) -> None:
    assert cost_codec.decoded(cost_codec.FORMAT, cost_codec.encoded(cost)) == cost


def test_a_cost_is_on_record_until_its_car_is_gone(store: Store, run: asyncio.Runner) -> None:
    run.run(store.latches.prices.keep(ONE, A_COST))
    dearer = replace(A_COST, final=FinalCost(cost=5))
    run.run(store.latches.prices.keep(ONE, dearer))

    assert anew(store).of(ONE) == store.latches.prices.of(ONE) == dearer
    run.run(store.latches.prices.forget(ONE))
    assert anew(store).of(ONE) is store.latches.prices.of(ONE) is None
    assert store.latches.prices.departures() == 0


def test_a_departure_waits_until_start_and_stop_were_told(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), None))
    run.run(store.ledger.record_stop(stopped(1)))
    run.run(store.latches.prices.keep(ONE, gone(1, 90), tells_departure=True))

    assert run.run(store.latches.prices.oldest_departure()) is None
    for remote_id in (4711, None):
        fact = run.run(store.ledger.next_fact())
        assert fact is not None
        assert run.run(store.latches.prices.oldest_departure()) is None
        run.run(store.ledger.settle(fact.seq, remote_id))
    again = anew(store)
    found = run.run(again.oldest_departure())
    assert found is not None
    assert (found.key, found.at, found.remote_id, found.is_lost) == (key(1), moment(90), 4711, False)
    run.run(again.told(found.id))
    assert again.departures() == anew(store).departures() == 0


def test_a_departure_from_a_transaction_that_the_network_will_never_know_is_lost(
    store: Store, run: asyncio.Runner
) -> None:
    run.run(store.latches.prices.keep(ONE, gone(7, 90), tells_departure=True))

    found = run.run(store.latches.prices.oldest_departure())

    assert found is not None
    assert found.is_lost


def test_of_departures_nobody_takes_only_so_many_are_kept(store: Store, run: asyncio.Runner) -> None:
    run.run(store.latches.prices.keep(ONE, gone(0, 0), tells_departure=True))
    first = run.run(store.latches.prices.oldest_departure())
    assert first is not None
    for number in range(1, MOST_DEPARTURES + 3):
        run.run(store.latches.prices.keep(ONE, gone(number, number), tells_departure=True))
    # It was being told when it was pushed out.
    run.run(store.latches.prices.told(first.id))

    assert store.latches.prices.departures() == anew(store).departures() == MOST_DEPARTURES
    oldest = run.run(store.latches.prices.oldest_departure())
    assert oldest is not None
    assert oldest.key == key(3)
