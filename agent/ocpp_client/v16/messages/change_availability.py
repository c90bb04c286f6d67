"""ChangeAvailability: connector 0 is the station with all its connectors; durable before it is answered."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    number = asked["connectorId"]
    connector = charger.connector(number)
    if connector is None and number != 0:
        return status("Rejected")
    verdict = await charger.station.change_availability(connector, asked["type"] == "Operative")
    return status(verdict.value)


MESSAGE = Message(handle)
