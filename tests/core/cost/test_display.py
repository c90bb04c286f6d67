"""What is to be read at a connector in each situation, and what becomes of a charge's cost on its way there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from agent.core.availability import Bookings, Reservation
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.cost.charge import (
    ChargeCost,
    FinalCost,
    begun,
    followed,
    is_history,
    left,
    settled,
    standing_of,
    updated,
)
from agent.core.cost.display import CostKind, Reader, Scene, shown
from agent.core.cost.prices import MILLION, ChargingPrice, DefaultPrice, IdlePrice, NextPeriod, PriceTexts
from agent.core.cost.running import Activity, CostUpdate
from agent.core.cost.triggers import NO_TRIGGERS, Triggers
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.limits import Limits, LimitSource
from agent.core.session.model import Session, SessionPhase, Transaction
from agent.core.time import Instant

CARD = IdToken("04A1B2C3")
NOON_MS = 1_800_000_000_000
NOW = Instant(1000.0, NOON_MS, "boot")
EVERYBODY = DefaultPrice(
    texts=PriceTexts(text="0.50", others=(("de", "0,50"),)),
    offline=PriceTexts(text="1.00"),
    charging=ChargingPrice(flat=MILLION),
)
READER = Reader(
    language="de",
    default=EVERYBODY,
    is_online=True,
    decimals=2,
    currency="EUR",
    zone_at=lambda _: timezone(timedelta(hours=1)),
)
FREE = Session(connector=ConnectorId(1), board_heard=True)
CHARGING = replace(
    FREE,
    phase=SessionPhase.CHARGING,
    token=CARD,
    pilot=PilotState.C,
    contactor=ContactorState.CLOSED,
    last_register_wh=5000,
    transaction=Transaction(key=TransactionKey("k"), token=CARD, started_at=NOW, start_wh=4000, limit_is_known=True),
)


def a_charge() -> ChargeCost:
    return begun(CHARGING, PriceTexts(text="0.30"), None)


def test_whoever_is_recognised_reads_his_own_price_and_everybody_else_the_default() -> None:
    known = replace(FREE, phase=SessionPhase.AUTHORIZED, token=CARD)
    own = PriceTexts(text="0.30")

    assert (shown(FREE, None, own, READER, NOW).text, shown(FREE, None, own, READER, NOW).scene) == ("0,50", Scene.FREE)
    assert (shown(known, None, own, READER, NOW).text, shown(known, None, own, READER, NOW).scene) == (
        "0.30",
        Scene.WAITING,
    )
    assert shown(known, None, None, READER, NOW).text == "0,50"
    assert shown(FREE, None, None, replace(READER, is_online=False), NOW).text == "1.00"


def test_nobody_is_invited_where_no_charge_can_begin() -> None:
    closed = replace(FREE, operative=False)
    silent = replace(FREE, board_heard=False)
    faulted = replace(FREE, faults=FaultRegister().observe("mcu.selftest", present=True, evidence=(), now=NOW))
    booked = replace(
        FREE, bookings=Bookings(own=Reservation(id=1, connector=FREE.connector, token=CARD, expires_ms=NOON_MS))
    )

    scenes = [shown(session, None, None, READER, NOW).scene for session in (closed, silent, faulted, booked)]
    assert scenes == [Scene.OUT_OF_ORDER, Scene.OUT_OF_ORDER, Scene.OUT_OF_ORDER, Scene.RESERVED]


def test_a_charge_of_which_nothing_was_told_shows_its_energy_and_no_cost() -> None:
    display = shown(CHARGING, a_charge(), None, READER, NOW)

    assert (display.kind, display.cost, display.energy_wh, display.text) == (CostKind.NONE, "", 1000, "0.30")


def test_a_running_cost_is_shown_with_the_time_at_which_prices_change() -> None:
    update = CostUpdate(
        cost=2_345_000,
        activity=Activity.CHARGING,
        next=NextPeriod(at_ms=NOON_MS + 3_600_000, charging=ChargingPrice()),
    )
    charge = updated(a_charge(), update, NO_TRIGGERS, standing_of(a_charge(), CHARGING, NOW))

    display = shown(CHARGING, charge, None, READER, NOW)

    assert (display.cost, display.currency, display.kind) == ("2.35", "EUR", CostKind.RECKONED)
    assert display.changes_at == "2027-01-15T10:00:00+01:00"


def test_a_charge_without_the_network_is_reckoned_by_the_default_price() -> None:
    charge = begun(CHARGING, None, EVERYBODY.charging)

    display = shown(CHARGING, charge, None, replace(READER, is_online=False), NOW)

    assert (display.cost, display.kind, display.text) == ("1.00", CostKind.DEFAULT, "1.00")


def test_the_last_word_stands_whatever_the_meter_and_the_clock_say_then() -> None:
    update = CostUpdate(cost=MILLION, activity=Activity.CHARGING, charging=ChargingPrice(hour=MILLION))
    running = updated(a_charge(), update, Triggers(at_ms=NOON_MS), standing_of(a_charge(), CHARGING, NOW))
    charge = settled(running, FinalCost(cost=7 * MILLION, qr="code"))
    later = NOW.plus(7200.0)

    assert followed(charge, replace(CHARGING, pilot=PilotState.B), later, is_over=False) is charge
    display = shown(CHARGING, charge, None, READER, later)
    assert (display.scene, display.cost, display.kind, display.qr) == (Scene.OVER, "7.00", CostKind.FINAL, "code")
    assert display.text == "0.30"
    assert charge.triggers == NO_TRIGGERS


@pytest.mark.parametrize(
    ("pilot", "limit_a", "is_over", "cost"),
    [
        # One hour: charging at 6 an hour; idle at 60 an hour after half of it.
        (PilotState.C, 16.0, False, "6.00"),
        (PilotState.B, 16.0, False, "30.00"),
        (PilotState.B, 0.0, False, "6.00"),
        (PilotState.B, 0.0, True, "30.00"),
    ],
)
def test_an_idle_car_pays_for_being_idle_and_for_no_pause_of_the_charger(
    pilot: PilotState, limit_a: float, is_over: bool, cost: str
) -> None:
    update = CostUpdate(
        cost=0,
        activity=Activity.CHARGING,
        charging=ChargingPrice(hour=6 * MILLION),
        idle=IdlePrice(hour=60 * MILLION, grace_min=30),
    )
    limits = Limits().with_limit(LimitSource.HARDWARE, limit_a, "", NOW)
    charging = replace(CHARGING, permitted=True, offered_a=limit_a, limits=limits)
    charge = updated(a_charge(), update, NO_TRIGGERS, standing_of(a_charge(), charging, NOW))
    after = followed(charge, replace(charging, pilot=pilot), NOW, is_over=is_over)

    assert shown(charging, after, None, READER, NOW.plus(3600.0)).cost == cost


def test_once_the_car_is_gone_nothing_comes_to_the_cost_and_it_can_be_read_until_the_next_one_or_five_minutes() -> None:
    update = CostUpdate(cost=MILLION, activity=Activity.CHARGING, charging=ChargingPrice(hour=6 * MILLION))
    charge = updated(a_charge(), update, NO_TRIGGERS, standing_of(a_charge(), CHARGING, NOW))
    gone = left(replace(charge, is_over=True), FREE, NOW.plus(600.0))

    display = shown(FREE, gone, None, READER, NOW.plus(899.0))
    assert (display.scene, display.cost, display.kind) == (Scene.OVER, "2.00", CostKind.RECKONED)
    assert followed(gone, CHARGING, NOW.plus(3600.0), is_over=True) is gone
    assert not is_history(gone, FREE, NOW.plus(899.0))
    assert is_history(gone, FREE, NOW.plus(900.0))
    assert is_history(gone, replace(FREE, pilot=PilotState.B), NOW.plus(601.0))
    assert is_history(gone, replace(FREE, asked=CARD), NOW.plus(601.0))
    assert not is_history(charge, CHARGING, NOW.plus(3600.0))


def test_a_charge_on_which_nothing_changes_stays_the_very_same_value() -> None:
    update = CostUpdate(cost=0, activity=Activity.CHARGING, charging=ChargingPrice(kwh=MILLION))
    charge = updated(a_charge(), update, NO_TRIGGERS, standing_of(a_charge(), CHARGING, NOW))

    later = replace(CHARGING, last_register_wh=9000)

    assert followed(charge, later, NOW.plus(600.0), is_over=False) is charge
