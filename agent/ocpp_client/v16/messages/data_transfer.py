"""DataTransfer: about prices, where there is something to show them on, and about the charger itself."""

from __future__ import annotations

import json

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.maintenance_port import SupportPort
from agent.ocpp_client.v16 import price_messages
from agent.ocpp_client.v16.message import Charger, Message, status

SUPPORT_VENDOR = "evse-agent"


async def handle(asked: Payload, charger: Charger) -> Answered:
    vendor = asked["vendorId"].casefold()
    if vendor == price_messages.VENDOR and charger.prices is not None and charger.settings.shows_costs:
        return await price_messages.answer(asked, charger.prices, charger.settings)
    if vendor == SUPPORT_VENDOR and charger.support is not None:
        return await _support(asked, charger.support)
    return status("UnknownVendorId")


async def _support(asked: Payload, support: SupportPort) -> Answered:
    """`messageId` is a verb of evsectl, `data` its arguments as JSON (docs/remote-maintenance.md)."""
    told = await support.asked(str(asked.get("messageId", "")), asked.get("data"))
    if not told.known:
        return status("UnknownMessageId")
    data = json.dumps(dict(told.body), separators=(",", ":"))
    return Answered({"status": "Accepted" if told.done else "Rejected", "data": data})


MESSAGE = Message(handle)
