"""ChangeConfiguration: the rules are those of v16/settings.py."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.settings import Configuration


async def handle(asked: Payload, charger: Charger) -> Answered:
    verdict = await Configuration(charger.station, charger.settings).change(asked["key"], asked["value"])
    return status(verdict.value)


MESSAGE = Message(handle)
