"""GetLocalListVersion: 0 for an empty list, -1 while the list is switched off."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message

NOT_SUPPORTED = -1


async def handle(_asked: Payload, charger: Charger) -> Answered:
    is_in_use = charger.settings.local_list_enabled
    return Answered({"listVersion": charger.station.local_list.version if is_in_use else NOT_SUPPORTED})


MESSAGE = Message(handle)
