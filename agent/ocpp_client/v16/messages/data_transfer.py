"""DataTransfer: this charger has no agreement with any vendor, so no vendor is known."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(_asked: Payload, _charger: Charger) -> Answered:
    return status("UnknownVendorId")


MESSAGE = Message(handle)
