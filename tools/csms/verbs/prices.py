"""Commands about prices and costs, sent by DataTransfer. What a charger refuses it explains in `data` of its answer."""

from __future__ import annotations

import json
from typing import Any

from tools.csms import queries
from tools.csms.arguments import Arguments, BadCommand
from tools.csms.moments import utc_now, wire_time
from tools.csms.prices import VENDOR
from tools.csms.server import CentralSystem
from tools.csms.verbs.calls import sends
from tools.csms.verbs.verb import Verb

STATES = ("Charging", "Idle")

Sent = tuple[str, dict[str, Any]]


def user_price(_: CentralSystem, arguments: Arguments) -> Sent:
    return _transfer("SetUserPrice", {"idToken": arguments.text("token")} | _texts(arguments))


def running_cost(system: CentralSystem, arguments: Arguments) -> Sent:
    data = {
        "transactionId": _transaction(system, arguments),
        "timestamp": arguments.text("at", wire_time(utc_now(system.behaviour.clock_offset_s))),
        "cost": arguments.number("cost"),
        "state": arguments.choice("state", STATES, STATES[0]),
        "chargingPrice": arguments.mapping("price"),
        "meterValue": arguments.optional_whole("meter_wh"),
        "idlePrice": arguments.mapping("idle"),
        "nextPeriod": arguments.mapping("next"),
        "triggerMeterValue": arguments.mapping("trigger"),
    }
    wanted = {name: value for name, value in data.items() if value not in (None, {}) or name == "chargingPrice"}
    return _transfer("RunningCost", wanted)


def final_cost(system: CentralSystem, arguments: Arguments) -> Sent:
    data = {"transactionId": _transaction(system, arguments), "cost": arguments.number("cost")} | _texts(arguments)
    qr = arguments.optional_text("qr")
    return _transfer("FinalCost", data if qr is None else data | {"qrCodeText": qr})


def _transfer(message: str, data: dict[str, Any]) -> Sent:
    return "DataTransfer", {"vendorId": VENDOR, "messageId": message, "data": json.dumps(data)}


def _texts(arguments: Arguments) -> dict[str, Any]:
    """The text for everybody, and those of `texts`, an object from languages to texts."""
    others = [
        {"format": "UTF8", "language": language, "content": text}
        for language, text in arguments.mapping("texts").items()
    ]
    said = arguments.optional_text("text")
    return ({} if said is None else {"priceText": said}) | ({"priceTextExtra": others} if others else {})


def _transaction(system: CentralSystem, arguments: Arguments) -> int:
    """The one that is named, else the newest."""
    named = arguments.optional_whole("transaction")
    if named is not None:
        return named
    known = queries.transactions(system.record)
    if not known:
        raise BadCommand("say which transaction: none was told yet")
    return int(known[-1]["id"])


VERBS = (
    Verb("user_price", 'token= text= texts={"de": "…"}', "SetUserPrice: the price for one token", sends(user_price)),
    Verb(
        "running_cost",
        'cost= price={"kWhPrice": 0.3} state=Charging|Idle transaction= at= meter_wh= idle={} next={} trigger={}',
        "RunningCost: what the newest transaction costs by now, and prices from here on",
        sends(running_cost),
    ),
    Verb(
        "final_cost", "cost= text= texts={} qr= transaction=", "FinalCost of the newest transaction", sends(final_cost)
    ),
)
