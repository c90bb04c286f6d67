"""DataTransfer: the one agreement this charger has is about prices, and only where it has something to show them on."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16 import price_messages
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    is_about_prices = asked["vendorId"].casefold() == price_messages.VENDOR
    if is_about_prices and charger.prices is not None and charger.settings.shows_costs:
        return await price_messages.answer(asked, charger.prices, charger.settings)
    return status("UnknownVendorId")


MESSAGE = Message(handle)
