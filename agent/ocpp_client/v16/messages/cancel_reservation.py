"""CancelReservation: durable before it is accepted; one that nobody knows is Rejected."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.profiles import MOST


async def handle(asked: Payload, charger: Charger) -> Answered:
    if abs(asked["reservationId"]) > MOST:
        raise bad_value("reservationId has more than 32 bits")
    was_known = await charger.station.reservations.cancel(asked["reservationId"])
    return status("Accepted" if was_known else "Rejected")


MESSAGE = Message(handle)
