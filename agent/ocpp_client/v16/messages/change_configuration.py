"""ChangeConfiguration: the rules are those of v16/settings.py."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16 import secured_keys
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.settings import ChangeVerdict, Configuration


async def handle(asked: Payload, charger: Charger) -> Answered:
    """What changes the way to the central system counts from the next connection on, which is opened at once."""
    configuration = Configuration(charger.station, charger.settings, security=charger.security)
    verdict = await configuration.change(asked["key"], asked["value"])
    key = configuration.find(asked["key"])
    if verdict is not ChangeVerdict.ACCEPTED or key is None or key.secured is None:
        return status(verdict.value)
    reconnects = secured_keys.reconnects(key.secured, key.name, charger.secured)
    return Answered({"status": verdict.value}, act=charger.secured.reconnect if reconnects else None)


MESSAGE = Message(handle)
