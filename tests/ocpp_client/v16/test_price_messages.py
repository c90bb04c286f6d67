"""Prices and costs by DataTransfer: what each message becomes, and what is Rejected with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, floats, integers, lists, none, recursive, sampled_from, text

from agent.core.availability import ConnectorStatus
from agent.core.cost.charge import FinalCost
from agent.core.cost.prices import MILLION, ChargingPrice, IdlePrice, NextPeriod, PriceTexts
from agent.core.cost.running import Activity, CostUpdate
from agent.core.cost.triggers import NO_TRIGGERS, Triggers
from agent.core.identity import IdToken
from agent.core.time import Instant
from agent.ocpp_client.station.price_values import LONGEST_JSON, LONGEST_TEXT
from agent.ocpp_client.v16.moments import time_text
from agent.ocpp_client.v16.price_messages import VENDOR, connector_unplugged
from tests.ocpp_client.v16.station import NOON_MS, NOW, REMOTE_ID, Bench, Kept, RecordingStation, payload_of

NOON = time_text(NOON_MS)
SHOWN = {"CustomizationCtrlr.CustomImplementationEnabled(org.openchargealliance.costmsg)": "true"}
RUNNING = {
    "transactionId": REMOTE_ID,
    "timestamp": NOON,
    "meterValue": 1234000,
    "cost": 3.31,
    "state": "Charging",
    "chargingPrice": {"kWhPrice": 0.123, "hourPrice": 2.00, "flatFee": 42.42},
    "idlePrice": {"graceMinutes": 30, "hourPrice": 1.00},
    "nextPeriod": {"atTime": NOON, "chargingPrice": {"kWhPrice": 0.1}, "idlePrice": {"hourPrice": 0}},
    "triggerMeterValue": {
        "atTime": NOON,
        "atEnergykWh": 1300.5,
        "atPowerkW": 8,
        "atCPStatus": ["Finishing", "available"],
    },
}


@dataclass
class RecordingPrices:
    """A `PricePort` that takes everything, or refuses it with `why`."""

    why: str = ""
    told: list[tuple[Any, ...]] = field(default_factory=list)

    async def price_told(self, token: IdToken, texts: PriceTexts) -> str:
        self.told.append((token, texts))
        return self.why

    async def cost_told(self, remote_id: int, update: CostUpdate, triggers: Triggers) -> str:
        self.told.append((remote_id, update, triggers))
        return self.why

    async def final_told(self, remote_id: int, final: FinalCost) -> str:
        self.told.append((remote_id, final))
        return self.why


@dataclass
class Pricing:
    """The adapter with prices behind it."""

    prices: RecordingPrices = field(default_factory=RecordingPrices)
    first: dict[str, str] = field(default_factory=lambda: dict(SHOWN))

    def __post_init__(self) -> None:
        self.bench = Bench(RecordingStation(), Kept(), self.first, prices=self.prices)

    def tell(self, message: str | None, data: object, vendor: str = VENDOR) -> dict[str, Any]:
        payload = {"vendorId": vendor, "data": data if isinstance(data, str) else json.dumps(data)}
        payload |= {} if message is None else {"messageId": message}
        return dict(self.bench.command("DataTransfer", payload).payload)


def test_every_field_of_a_running_cost_arrives_as_whole_numbers() -> None:
    pricing = Pricing()

    assert pricing.tell("RunningCost", RUNNING) == {"status": "Accepted"}
    update = CostUpdate(
        cost=3_310_000,
        activity=Activity.CHARGING,
        charging=ChargingPrice(kwh=123_000, hour=2 * MILLION, flat=42_420_000),
        idle=IdlePrice(hour=MILLION, grace_min=30),
        next=NextPeriod(at_ms=NOON_MS, charging=ChargingPrice(kwh=100_000), idle=IdlePrice()),
        at_ms=NOON_MS,
        register_wh=1_234_000,
    )
    triggers = Triggers(
        at_ms=NOON_MS,
        register_wh=1_300_500,
        power_w=8000,
        statuses=(ConnectorStatus.FINISHING, ConnectorStatus.AVAILABLE),
    )
    assert pricing.prices.told == [(REMOTE_ID, update, triggers)]


def test_what_may_be_left_out_of_a_running_cost_may() -> None:
    pricing = Pricing()

    assert pricing.tell("RunningCost", {"transactionId": REMOTE_ID, "cost": 0, "state": "idle"})["status"] == "Accepted"
    assert pricing.prices.told == [(REMOTE_ID, CostUpdate(cost=0, activity=Activity.IDLE), NO_TRIGGERS)]


def test_a_price_for_somebody_comes_with_all_its_languages() -> None:
    pricing = Pricing()
    extra = [{"format": "UTF8", "language": "de", "content": "0,30 €/kWh\nkeine Startgebühr"}]

    pricing.tell("setuserprice", {"idToken": "ABC123", "priceText": "€0.30/kWh", "priceTextExtra": extra})
    texts = PriceTexts(text="€0.30/kWh", others=(("de", "0,30 €/kWh\nkeine Startgebühr"),))
    assert pricing.prices.told == [(IdToken("ABC123"), texts)]


def test_a_final_cost_may_bring_a_text_and_a_code_to_scan() -> None:
    pricing = Pricing()

    pricing.tell("FinalCost", {"transactionId": -1, "cost": 5.5, "priceText": "thanks", "qrCodeText": "https://pay/7"})
    final = FinalCost(cost=5_500_000, texts=PriceTexts(text="thanks"), qr="https://pay/7")
    assert pricing.prices.told == [(-1, final)]


@pytest.mark.parametrize(
    ("message", "changed", "says"),
    [
        ("RunningCost", {"cost": -0.01}, "cost: must lie between 0"),
        ("RunningCost", {"cost": "3.31"}, "cost: a number is needed"),
        ("RunningCost", {"cost": None}, "cost: a number is needed"),
        ("RunningCost", {"cost": True}, "cost: a number is needed"),
        ("RunningCost", {"cost": 1e300}, "cost: must lie between 0"),
        ("RunningCost", {"cost": float("nan")}, "data: is no JSON"),
        ("RunningCost", {"currency": "EUR"}, "currency: amounts are shown in USD"),
        ("RunningCost", {"transactionId": "4711"}, "transactionId: a whole number"),
        ("RunningCost", {"transactionId": 2**63}, "transactionId: a whole number"),
        ("RunningCost", {"state": "Parking"}, "state: must be Charging or Idle"),
        ("RunningCost", {"timestamp": "tomorrow"}, "timestamp: a time is needed"),
        ("RunningCost", {"meterValue": -1}, "meterValue: must lie"),
        ("RunningCost", {"chargingPrice": []}, "chargingPrice: an object"),
        ("RunningCost", {"chargingPrice": {"kWhPrice": -1}}, "kWhPrice: must lie"),
        ("RunningCost", {"idlePrice": {"graceMinutes": 1e9}}, "graceMinutes: must lie"),
        ("RunningCost", {"nextPeriod": {}}, "nextPeriod: atTime is needed"),
        ("RunningCost", {"triggerMeterValue": {"atCPStatus": ["Sleeping"]}}, "atCPStatus: must be of"),
        ("RunningCost", {"triggerMeterValue": {"atPowerkW": "8"}}, "atPowerkW: a number"),
        ("FinalCost", {"cost": -1}, "cost: must lie"),
        ("FinalCost", {"priceText": "x" * (LONGEST_TEXT + 1)}, "priceText: 1001 characters"),
        ("FinalCost", {"priceText": "a\x07b"}, "priceText: holds characters"),
        ("FinalCost", {"priceTextExtra": [{"language": "de"}]}, "language and content are needed"),
        ("FinalCost", {"priceTextExtra": [{"format": "HTML", "language": "de", "content": "x"}]}, "format: HTML"),
        ("SetUserPrice", {"idToken": "x" * 37}, "idToken: 37 characters"),
        ("SetUserPrice", {"priceText": "for nobody"}, "idToken and priceText are needed"),
        ("SetUserPrice", {"idToken": "ABC123"}, "idToken and priceText are needed"),
    ],
)
def test_bad_input_is_rejected_with_its_reason(message: str, changed: dict[str, Any], says: str) -> None:
    pricing = Pricing(first=SHOWN | {"TariffCostCtrlr.Currency": "USD"})
    usual: dict[str, Any] = {"RunningCost": RUNNING, "FinalCost": {"transactionId": 1, "cost": 1}, "SetUserPrice": {}}

    answer = pricing.tell(message, usual[message] | changed)

    assert answer["status"] == "Rejected"
    assert says in answer["data"]
    assert pricing.prices.told == []


@pytest.mark.parametrize(
    "data",
    [
        "",
        "no json",
        "[]",
        "7",
        "[" * 5000,
        '{"cost": 1e999999999999}',
        " " * (LONGEST_JSON + 1),
        '{"cost": ' + "9" * 5000 + "}",
    ],
)
def test_data_that_is_nothing_is_rejected(data: str) -> None:
    pricing = Pricing()

    assert pricing.tell("FinalCost", data)["status"] == "Rejected"
    assert pricing.prices.told == []


def test_a_reason_of_the_charger_is_passed_on() -> None:
    pricing = Pricing(RecordingPrices(why="transactionId: unknown"))

    answer = pricing.tell("FinalCost", {"transactionId": 1, "cost": 1})

    assert answer == {"status": "Rejected", "data": "transactionId: unknown"}


def test_other_messages_and_vendors_are_unknown_and_so_is_this_one_where_nothing_shows_prices() -> None:
    assert Pricing().tell("GuessPrice", {})["status"] == "UnknownMessageId"
    assert Pricing().tell(None, {})["status"] == "UnknownMessageId"
    assert Pricing().tell("FinalCost", {}, vendor="com.example")["status"] == "UnknownVendorId"
    assert Pricing(first={}).tell("FinalCost", {})["status"] == "UnknownVendorId"


def test_a_time_without_a_zone_is_the_one_at_the_charger() -> None:
    pricing = Pricing(first=SHOWN | {"ClockCtrlr.TimeOffset": "-08:00"})
    local = time_text(NOON_MS - 8 * 3_600_000).removesuffix("Z")

    pricing.tell("RunningCost", RUNNING | {"timestamp": local})

    assert pricing.prices.told[0][1].at_ms == NOON_MS


def test_a_car_that_left_is_told_with_the_time_at_which_it_left() -> None:
    call = connector_unplugged(
        REMOTE_ID, replace(NOW, utc_ms=None), Instant(NOW.monotonic_s + 60, NOON_MS, NOW.boot_id)
    )

    payload = payload_of(call)
    assert (payload["vendorId"], payload["messageId"]) == (VENDOR, "ConnectorUnplugged")
    assert json.loads(payload["data"]) == {"transactionId": REMOTE_ID, "timestamp": time_text(NOON_MS - 60_000)}


ANYTHING = recursive(
    none() | integers() | floats() | text(max_size=5),
    lambda inner: (
        lists(inner, max_size=3)
        | dictionaries(sampled_from([*RUNNING, "kWhPrice", "atTime", "atCPStatus", "priceTextExtra", "idToken"]), inner)
    ),
    max_leaves=12,
)


@given(sampled_from(["SetUserPrice", "RunningCost", "FinalCost"]), dictionaries(sampled_from([*RUNNING]), ANYTHING))
def test_whatever_is_in_the_data_it_is_answered(message: str, data: dict[str, Any]) -> None:
    pricing = Pricing()

    answer = pricing.tell(message, RUNNING | data)

    assert answer["status"] == ("Accepted" if pricing.prices.told else "Rejected")
