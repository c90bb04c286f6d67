"""Prices and costs as the driver meets them, over the wire: before, in and after a charge, and without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.core.cost.display import CostKind, Display, Scene
from agent.core.identity import ConnectorId
from agent.ocpp_client.v16.moments import time_text
from tests.simulation.stage import CARD, Charger, tell

SHOWN: Mapping[str, int | str] = {
    "MeterValueSampleInterval": 0,
    "ClockAlignedDataInterval": 0,
    "CustomDisplayCostAndPrice": "true",
    "NumberOfDecimalsForCostValues": 2,
    "EvseAgentCurrency": "USD",
}
DEFAULT = {
    "priceText": "$0.50/kWh",
    "priceTextOffline": "$1/kWh, no network",
    "chargingPrice": {"kWhPrice": 1.0, "hourPrice": 60.0, "flatFee": 2.0},
}
PER_MINUTE = {"kWhPrice": 0.0, "hourPrice": 60.0}
"""A price whose cost can be read off a clock: one a minute."""


def shown(charger: Charger, language: str | None = None) -> Display:
    return charger.agent.prices.shown(ConnectorId(1), language)


def now_text(charger: Charger, in_s: float = 0.0) -> str:
    now_ms = charger.agent.station.clock.now().utc_ms
    assert now_ms is not None
    return time_text(now_ms + round(in_s * 1000))


async def configure(charger: Charger, key: str, value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    answer = await charger.network("change_configuration", key=key, value=text)
    assert answer["answer"] == {"status": "Accepted"}, key


async def say(charger: Charger, verb: str, **arguments: Any) -> dict[str, Any]:
    """The answer to one of the messages about prices."""
    answer = await charger.network(verb, **arguments)
    assert "schema_problem" not in answer
    return dict(answer["answer"])


async def running_cost(charger: Charger, cost: float, **more: Any) -> None:
    told = {"at": now_text(charger), "meter_wh": charger.register_wh(), "price": PER_MINUTE, **more}
    assert await say(charger, "running_cost", cost=cost, **told) == {"status": "Accepted"}


def readings_at_marks(charger: Charger) -> list[tuple[int | None, int]]:
    """The transaction and the register of all meter values that were neither due by an interval nor asked for."""
    found = []
    for payload in charger.told("MeterValues"):
        for sampled in payload["meterValue"][0]["sampledValue"]:
            if sampled.get("context") == "Other" and sampled["measurand"] == "Energy.Active.Import.Register":
                found.append((payload.get("transactionId"), int(sampled["value"])))
    return found


def unplugged(charger: Charger) -> list[int]:
    """Transactions of which the network heard that their car left."""
    payloads = [one for one in charger.told("DataTransfer") if one["messageId"] == "ConnectorUnplugged"]
    return [json.loads(payload["data"])["transactionId"] for payload in payloads]


def test_a_whole_charge_is_priced_in_two_languages_from_the_free_connector_to_the_receipt() -> None:
    async def story(charger: Charger) -> None:
        await configure(charger, "DefaultPrice", DEFAULT)
        await configure(charger, "DefaultPriceText,de", {"priceText": "0,50 $/kWh"})
        await configure(charger, "CustomIdleFeeAfterStop", "true")
        assert (shown(charger).text, shown(charger, "de-AT").text) == ("$0.50/kWh", "0,50 $/kWh")
        assert shown(charger).scene is Scene.FREE
        # The price for this card comes while the charge waits for it.
        await charger.plug_in()
        await charger.world("swipe", token=CARD)
        await charger.passes(1.0)
        assert charger.transactions() == []
        told = await say(charger, "user_price", token=CARD, text="$0.30/kWh", texts={"de": "0,30 $/kWh"})
        assert told == {"status": "Accepted"}
        await charger.passes(2.0)
        (transaction,) = charger.transactions()
        assert (shown(charger).text, shown(charger, "de").text) == ("$0.30/kWh", "0,30 $/kWh")
        assert shown(charger).kind is CostKind.NONE
        # A running cost goes on by itself, and other prices begin when they were announced.
        await charger.world("wait", connector=1, until="charging", timeout_s=30)
        after = {"atTime": now_text(charger, 180), "chargingPrice": {"hourPrice": 600.0}}
        await running_cost(charger, 1.5, next=after)
        assert (shown(charger).cost, shown(charger).kind, shown(charger).currency) == ("1.50", CostKind.RECKONED, "USD")
        await charger.passes(120.0)
        assert (shown(charger).cost, bool(shown(charger).changes_at)) == ("3.50", True)
        await charger.passes(120.0)
        assert (shown(charger).cost, shown(charger).changes_at) == ("14.50", "")
        # The end, an idle car after it, and the network's last word.
        await charger.swipe()
        await charger.passes(10.0)
        assert shown(charger).scene is Scene.IDLE
        final = {"text": "Thank you", "texts": {"de": "Danke"}, "qr": "https://pay.example/7"}
        assert (await say(charger, "final_cost", cost=9.999, **final))["status"] == "Accepted"
        receipt = shown(charger, "de")
        assert (receipt.scene, receipt.text, receipt.cost, receipt.qr) == (
            *(Scene.OVER, "Danke", "10.00"),
            "https://pay.example/7",
        )
        assert unplugged(charger) == []
        await charger.world("plug_out", connector=1)
        await charger.passes(15.0)
        assert unplugged(charger) == [transaction["id"]]
        # Only now the network knows how long the car stayed; the driver can read what it comes to for five minutes.
        assert (await say(charger, "final_cost", cost=11))["status"] == "Accepted"
        assert (shown(charger).scene, shown(charger).cost, shown(charger).text) == (Scene.OVER, "11.00", "$0.30/kWh")
        await charger.passes(300.0)
        assert (shown(charger).scene, shown(charger).text) == (Scene.FREE, "$0.50/kWh")
        refused = await say(charger, "final_cost", cost=1.0)
        assert refused["status"] == "Rejected"
        assert "its car is gone" in refused["data"]

    tell(story, settings=SHOWN)


def test_a_charge_waits_for_its_price_no_longer_than_the_key_says() -> None:
    async def story(charger: Charger) -> None:
        await configure(charger, "WaitForSetUserPriceTimeout", "8000")
        await charger.plug_in()
        await charger.world("swipe", token=CARD)
        await charger.passes(7.0)
        assert charger.transactions() == []
        await charger.passes(3.0)
        assert len(charger.transactions()) == 1

    tell(story, settings=SHOWN)


def test_meter_values_are_told_at_each_mark_of_time_energy_power_and_status_and_once() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        transaction = charger.transactions()[0]["id"]
        mark_wh = charger.register_wh() + 200
        trigger = {"atTime": now_text(charger, 10), "atEnergykWh": mark_wh / 1000, "atCPStatus": ["SuspendedEV"]}
        await running_cost(charger, 0, trigger=trigger)
        await charger.passes(13.0)
        assert [charge for charge, _ in readings_at_marks(charger)] == [transaction]
        await charger.passes(120.0)
        at_energy = readings_at_marks(charger)[1:]
        assert [charge for charge, _ in at_energy] == [transaction]
        assert mark_wh <= at_energy[0][1] <= mark_wh + 10
        await charger.world("suspend", connector=1)
        await charger.passes(10.0)
        assert [charge for charge, _ in readings_at_marks(charger)] == [transaction] * 3
        # Other marks take the place of those that were left.
        await running_cost(charger, 0, trigger={"atPowerkW": 2.0})
        await charger.passes(5.0)
        await charger.world("resume", connector=1)
        await charger.passes(60.0)
        assert len(readings_at_marks(charger)) == 4
        why = sorted(str(event["why"]) for event in await charger.events("cost.triggered"))
        assert why == ["energy", "power", "status", "time"]

    tell(story, settings=SHOWN)


def test_cost_and_marks_go_on_where_the_program_dies_in_the_middle_of_a_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        mark_wh = charger.register_wh() + 400
        await running_cost(charger, 5, price={"hourPrice": 60, "kWhPrice": 0}, trigger={"atEnergykWh": mark_wh / 1000})
        await say(charger, "user_price", token=CARD, text="$1/min")
        await charger.passes(50.0)
        await charger.stage.charger.kill()
        await charger.passes(10.0)
        await charger.stage.charger.start()
        await charger.passes(60.0)
        display = shown(charger)
        assert (display.text, display.kind, display.scene) == ("$1/min", CostKind.RECKONED, Scene.CHARGING)
        assert 6.9 <= float(display.cost) <= 7.1
        await charger.passes(180.0)
        ((_, register_wh),) = readings_at_marks(charger)
        assert mark_wh <= register_wh <= mark_wh + 10

    tell(story, settings=SHOWN)


def test_without_a_network_the_default_price_is_reckoned_and_the_departure_is_told_after_the_stop() -> None:
    async def story(charger: Charger) -> None:
        await configure(charger, "DefaultPrice", DEFAULT)
        await configure(charger, "CustomIdleFeeAfterStop", "true")
        await configure(charger, "AllowOfflineTxForUnknownId", "true")
        await charger.network("offline")
        await charger.passes(5.0)
        assert shown(charger).text == "$1/kWh, no network"
        await charger.charge(current_a=16)
        await charger.passes(60.0)
        display = shown(charger)
        assert (display.text, display.kind, display.is_online) == ("$1/kWh, no network", CostKind.DEFAULT, False)
        assert 3.0 <= float(display.cost) <= 3.3
        await charger.swipe()
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        await charger.network("heal")
        await charger.passes(400.0)
        (transaction,) = charger.transactions()
        assert unplugged(charger) == [transaction["id"]]
        actions = [frame["action"] for frame in (await charger.network("frames", kind="call"))["frames"]]
        assert actions.index("StopTransaction") < actions.index("DataTransfer", actions.index("StartTransaction"))

    tell(story, settings=SHOWN)


def test_what_is_wrong_is_rejected_and_changes_nothing() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await running_cost(charger, 2)
        before = shown(charger)
        for wrong in ({"cost": -1.0}, {"cost": 5.0, "transaction": 999_999}, {"cost": 5.0, "price": {"kWhPrice": "x"}}):
            answer = await say(charger, "running_cost", **wrong)
            assert answer["status"] == "Rejected"
            assert answer["data"]
        assert float(shown(charger).cost) == float(before.cost)

    tell(story, settings=SHOWN)


def test_where_nothing_shows_prices_the_vendor_is_unknown_and_nothing_waits() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        assert await say(charger, "user_price", token=CARD, text="x") == {"status": "UnknownVendorId"}
        await charger.swipe()
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        assert charger.told("DataTransfer") == []

    tell(story)
