"""GetLocalListVersion: the network cannot write this charger's list, which 1.6 says by -1."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message

NOT_SUPPORTED = -1


async def handle(_asked: Payload, _charger: Charger) -> Answered:
    return Answered({"listVersion": NOT_SUPPORTED})


MESSAGE = Message(handle)
