"""Settings about prices: which texts are values, and what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from agent.core.cost.prices import ChargingPrice, PriceTexts
from agent.ocpp_client.station.price_settings import (
    CURRENCY,
    DEFAULT_PRICE,
    NEXT_TIME_OFFSET,
    NEXT_TRANSITION,
    TIME_OFFSET,
    default_text,
)
from agent.ocpp_client.station.settings import NetworkSettings, objection
from tests.ocpp_client.v16.station import Kept

PRICE = {"priceText": "0.50", "priceTextOffline": "1.00", "chargingPrice": {"kWhPrice": 0.5, "flatFee": 1}}


def settings(values: Mapping[str, str]) -> NetworkSettings:
    return NetworkSettings(Kept(values))


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        (DEFAULT_PRICE, "0.50", "data: an object is needed"),
        (DEFAULT_PRICE, "{}", "priceText: is needed"),
        (DEFAULT_PRICE, json.dumps(PRICE | {"chargingPrice": {"kWhPrice": -1}}), "kWhPrice: must lie between"),
        (DEFAULT_PRICE, json.dumps(PRICE | {"idlePrice": {}}), "idlePrice: there is no such field here"),
        (DEFAULT_PRICE, json.dumps({"priceText": "x" * 500}), "is longer than 500 characters"),
        (default_text("de"), json.dumps(PRICE), "chargingPrice: there is no such field here"),
        (CURRENCY, "usd", "three capitals"),
        (CURRENCY, "DOLLAR", "three capitals"),
        (TIME_OFFSET, "1:00", 'not written as "+01:00"'),
        (TIME_OFFSET, "+25:00", 'not written as "+01:00"'),
        (NEXT_TRANSITION, "in spring", "is no time"),
        (NEXT_TRANSITION, "2027-03-28T01:00:00", "has no zone"),
    ],
)
def test_what_is_no_value_is_told_with_its_reason(variable: str, text: str, says: str) -> None:
    assert says in (objection(variable, text) or "")


def test_the_default_price_has_its_texts_in_every_language_that_was_written() -> None:
    german = {"priceText": "0,50", "priceTextOffline": "1,00"}

    price = settings({DEFAULT_PRICE: json.dumps(PRICE), default_text("de"): json.dumps(german)}).default_price

    assert price.texts == PriceTexts(text="0.50", others=(("de", "0,50"),))
    assert price.offline == PriceTexts(text="1.00", others=(("de", "1,00"),))
    assert price.charging == ChargingPrice(kwh=500_000, flat=1_000_000)


def test_a_text_in_one_language_serves_everybody_where_there_is_no_other() -> None:
    german = json.dumps({"priceText": "0,50"})

    assert settings({default_text("de"): german}).default_price.texts.in_language("fr") == "0,50"


@pytest.mark.parametrize(
    ("values", "winter_h", "summer_h"),
    [
        ({}, 0, 0),
        ({TIME_OFFSET: "-08:00"}, -8, -8),
        ({TIME_OFFSET: "+01:00", NEXT_TRANSITION: "2027-03-28T01:00:00Z", NEXT_TIME_OFFSET: "+02:00"}, 1, 2),
        ({TIME_OFFSET: "+01:00", NEXT_TRANSITION: "2027-03-28T01:00:00Z"}, 1, 1),
    ],
)
def test_the_zone_follows_the_next_transition(values: Mapping[str, str], winter_h: int, summer_h: int) -> None:
    zone_at = settings(values).zone_at

    assert zone_at(1_800_000_000_000).utcoffset(None) == timedelta(hours=winter_h)
    assert zone_at(1_815_000_000_000).utcoffset(None) == timedelta(hours=summer_h)
