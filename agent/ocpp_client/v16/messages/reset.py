"""Reset: answered first, carried out once the answer has left (ocpp16.md section 8)."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.ports import ResetKind
from agent.ocpp_client.v16.message import Charger, Message


async def handle(asked: Payload, charger: Charger) -> Answered:
    """Rejected where the program would not come back from it; else it begins once the answer has left."""
    if await charger.station.objection_to_reset():
        return Answered({"status": "Rejected"})

    def begin() -> None:
        charger.station.reset(ResetKind(asked["type"]))

    return Answered({"status": "Accepted"}, act=begin)


MESSAGE = Message(handle)
