"""The running cost against an oracle that adds up every second by fractions, and what must hold whatever happens."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis.strategies import DrawFn, composite, integers, lists, none, sampled_from

from agent.core.cost.prices import MILLION, ChargingPrice, IdlePrice, NextPeriod
from agent.core.cost.running import Activity, CostUpdate, RunningCost, Standing, cost_at, local, moved_on, told
from agent.core.time import Instant
from agent.values import frozen

NOON_MS = 1_800_000_000_000
START = Instant(1000.0, NOON_MS, "boot")
HOUR_S = 3600


@frozen
class Second:
    """What the meter counted in one second, and what the car did in it."""

    wh: int
    seen: Activity


@composite
def prices(draw: DrawFn) -> tuple[ChargingPrice, IdlePrice]:
    charging = ChargingPrice(kwh=draw(integers(0, MILLION)), hour=draw(integers(0, 5 * MILLION)))
    return charging, IdlePrice(hour=draw(integers(0, 9 * MILLION)), grace_min=draw(integers(0, 1)))


@composite
def days(draw: DrawFn) -> list[Second]:
    stretches = draw(lists(sampled_from((Activity.CHARGING, Activity.IDLE)), min_size=1, max_size=4))
    lengths = [draw(integers(1, 90)) for _ in stretches]
    return [Second(draw(integers(0, 6)), seen) for seen, n in zip(stretches, lengths, strict=True) for _ in range(n)]


def played(running: RunningCost, day: list[Second], register_wh: int) -> list[int]:
    """The cost after each second, as the agent follows a charge. What the car does in a second shows at its begin."""
    costs, now = [], START
    for second in day:
        running = moved_on(running, Standing(now=now, register_wh=register_wh, seen=second.seen))
        now, register_wh = now.plus(1.0), register_wh + second.wh
        costs.append(cost_at(running, register_wh, now))
    return costs


def added_up(update: CostUpdate, day: list[Second]) -> Fraction:
    """Second by second, in Money; the price of a period holds from its first second on."""
    total, idle_s = Fraction(update.cost), 0
    for number, second in enumerate(day):
        charging, idle = update.charging, update.idle
        after = update.next
        if after is not None and NOON_MS + number * 1000 >= after.at_ms:
            charging, idle = after.charging or charging, after.idle or idle
        idle_s = idle_s + 1 if second.seen is Activity.IDLE else 0
        total += Fraction(second.wh * charging.kwh, 1000)
        if second.seen is Activity.CHARGING:
            total += Fraction(charging.hour, HOUR_S)
        elif idle is not None and idle_s > idle.grace_min * 60:
            total += Fraction(idle.hour, HOUR_S)
    return total


@given(prices(), prices(), days(), none() | integers(0, 300), integers(0, 10 * MILLION))
def test_it_is_what_adding_up_every_second_comes_to(
    now: tuple[ChargingPrice, IdlePrice],
    later: tuple[ChargingPrice, IdlePrice],
    day: list[Second],
    turns_s: int | None,
    cost: int,
) -> None:
    after = NextPeriod(at_ms=NOON_MS + (turns_s or 0) * 1000, charging=later[0], idle=later[1])
    update = CostUpdate(
        cost=cost,
        activity=day[0].seen,
        charging=now[0],
        idle=now[1],
        next=None if turns_s is None else after,
        at_ms=NOON_MS,
        register_wh=5000,
    )
    running = told(update, Standing(now=START, register_wh=5000, seen=day[0].seen), START, None)

    assert played(running, day, 5000)[-1] == int(added_up(update, day) + Fraction(1, 2))


@given(prices(), days(), integers(0, 20_000), none() | integers(-7200, 7200))
def test_it_never_falls_whatever_is_told_of_register_and_time(
    now: tuple[ChargingPrice, IdlePrice], day: list[Second], told_wh: int, told_s: int | None
) -> None:
    update = CostUpdate(
        cost=MILLION,
        activity=Activity.CHARGING,
        charging=now[0],
        idle=now[1],
        at_ms=None if told_s is None else NOON_MS + told_s * 1000,
        register_wh=told_wh,
    )
    running = told(update, Standing(now=START, register_wh=5000, seen=Activity.CHARGING), START.plus(-600.0), None)
    costs = [MILLION, *played(running, day, 5000)]

    assert all(earlier <= later for earlier, later in pairwise(costs))


@given(integers(-10_000_000, 10_000_000))
def test_a_time_of_day_that_jumps_costs_nobody_anything(jump_ms: int) -> None:
    running = local(ChargingPrice(hour=6 * MILLION), START, 5000)
    later = START.plus(600.0)

    assert cost_at(running, 5000, Instant(later.monotonic_s, NOON_MS + jump_ms, "boot")) == MILLION


def test_over_a_restart_the_time_of_day_counts_and_without_one_none_does() -> None:
    running = local(ChargingPrice(kwh=MILLION, hour=6 * MILLION), START, 5000)

    assert cost_at(running, 5000, Instant(3.0, NOON_MS + 600_000, "next boot")) == MILLION
    assert cost_at(running, 6000, Instant(3.0, None, "next boot")) == MILLION


def test_a_register_that_fell_when_the_car_rested_is_not_paid_for_again() -> None:
    running = local(ChargingPrice(kwh=MILLION), START, 5000)
    asleep = moved_on(running, Standing(now=START, register_wh=4000, seen=Activity.IDLE))

    assert cost_at(asleep, 6000, START) == MILLION


def test_the_default_price_has_a_fee_for_beginning() -> None:
    assert cost_at(local(ChargingPrice(flat=2 * MILLION), START, 5000), 5000, START) == 2 * MILLION


def test_the_grace_of_an_idle_car_goes_on_over_further_words_of_the_network() -> None:
    def word(cost: int, at: Instant, before: RunningCost | None) -> RunningCost:
        idle = IdlePrice(hour=60 * MILLION, grace_min=10)
        update = CostUpdate(cost=cost, activity=Activity.IDLE, idle=idle, at_ms=at.utc_ms, register_wh=5000)
        return told(update, Standing(now=at, register_wh=5000, seen=Activity.IDLE), START, before)

    first = word(0, START, None)
    second = word(0, START.plus(540.0), first)

    assert cost_at(second, 5000, START.plus(600.0)) == 0
    assert cost_at(second, 5000, START.plus(660.0)) == MILLION


def test_the_networks_word_on_what_the_car_does_holds_until_the_charger_sees_a_change() -> None:
    update = CostUpdate(cost=0, activity=Activity.CHARGING, charging=ChargingPrice(hour=3600 * MILLION))
    running = told(update, Standing(now=START, register_wh=0, seen=Activity.IDLE), START, None)
    still = moved_on(running, Standing(now=START.plus(10.0), register_wh=0, seen=Activity.IDLE))

    assert still is running
    assert cost_at(still, 0, START.plus(10.0)) == 10 * MILLION
    awake = moved_on(still, Standing(now=START.plus(10.0), register_wh=0, seen=Activity.CHARGING))
    asleep = moved_on(awake, Standing(now=START.plus(20.0), register_wh=0, seen=Activity.IDLE))
    assert cost_at(asleep, 0, START.plus(500.0)) == 20 * MILLION
