"""Prices and costs over DataTransfer, as the application note on California's pricing requirements has them for 1.6.

The one place that knows the vendor and the message ids; their fields are read in `price_fields.py`. What is refused is
Rejected with the reason in `data`, and nothing has changed then. Fields that the note does not know are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from agent.core.identity import ID_TOKEN_MAX_LENGTH, IdToken
from agent.core.time import Instant
from agent.ocpp_client.adapter import Answered, Payload, WireCall
from agent.ocpp_client.price_port import PricePort
from agent.ocpp_client.station.price_values import Fields, no_price, read_json, read_text, read_texts
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16 import price_fields
from agent.ocpp_client.v16.moments import certain_ms, time_text

VENDOR = "org.openchargealliance.costmsg"

Take = Callable[[Fields, PricePort, NetworkSettings], Awaitable[str]]


async def answer(asked: Payload, prices: PricePort, settings: NetworkSettings) -> Answered:
    """The answer to a DataTransfer of this vendor."""
    take = MESSAGES.get(str(asked.get("messageId", "")).casefold())
    if take is None:
        return Answered({"status": "UnknownMessageId"})
    try:
        fields = read_json(asked.get("data"))
        _refuse_currency(fields, settings)
        why = await take(fields, prices, settings)
    except ValueError as error:
        why = str(error)
    return Answered({"status": "Rejected", "data": why} if why else {"status": "Accepted"})


def connector_unplugged(remote_id: int, at: Instant, now: Instant) -> WireCall:
    """The car left after its transaction: from here on no idle fee runs."""
    said = {"transactionId": remote_id, "timestamp": time_text(certain_ms(at, now))}
    data = json.dumps(said, separators=(",", ":"))
    return WireCall("DataTransfer", {"vendorId": VENDOR, "messageId": "ConnectorUnplugged", "data": data})


async def _user_price(fields: Fields, prices: PricePort, _: NetworkSettings) -> str:
    value = read_text(fields, "idToken", longest=ID_TOKEN_MAX_LENGTH)
    texts = read_texts(fields)
    if not value or texts is None:
        raise no_price("idToken and priceText are needed")
    return await prices.price_told(IdToken(value), texts)


async def _running_cost(fields: Fields, prices: PricePort, settings: NetworkSettings) -> str:
    update, triggers = price_fields.running_cost(fields, settings), price_fields.triggers(fields, settings)
    return await prices.cost_told(price_fields.transaction(fields), update, triggers)


async def _final_cost(fields: Fields, prices: PricePort, _: NetworkSettings) -> str:
    return await prices.final_told(price_fields.transaction(fields), price_fields.final_cost(fields))


MESSAGES: Mapping[str, Take] = {
    name.casefold(): take
    for name, take in {"SetUserPrice": _user_price, "RunningCost": _running_cost, "FinalCost": _final_cost}.items()
}


def _refuse_currency(fields: Fields, settings: NetworkSettings) -> None:
    """The note has no such field; who sends it all the same and means other money must not be believed."""
    currency = fields.get("currency")
    if currency is not None and settings.currency and currency != settings.currency:
        raise no_price(f"currency: amounts are shown in {settings.currency} here")
