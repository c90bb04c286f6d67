"""Reset: answered first, carried out once the answer has left (ocpp16.md section 8)."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.ports import ResetKind
from agent.ocpp_client.v16.message import Charger, Message


async def handle(asked: Payload, charger: Charger) -> Answered:
    """Always accepted: asking the station before would begin the reset before the answer has left."""

    def begin() -> None:
        charger.station.reset(ResetKind(asked["type"]))

    return Answered({"status": "Accepted"}, act=begin)


MESSAGE = Message(handle)
