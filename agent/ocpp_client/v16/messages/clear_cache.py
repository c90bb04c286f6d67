"""ClearCache: refused while the cache is switched off (errata 3.23)."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(_asked: Payload, charger: Charger) -> Answered:
    is_cleared = charger.settings.authorization_cache_enabled and await charger.station.clear_cache()
    return status("Accepted" if is_cleared else "Rejected")


MESSAGE = Message(handle)
