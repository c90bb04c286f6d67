"""ReserveNow: durable and in force before it is accepted; connector 0 is any of them (ocpp16.md section 10)."""

from __future__ import annotations

from agent.core.availability import Reservation
from agent.core.identity import IdToken
from agent.core.reservations import ReservationVerdict
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.moments import read_time
from agent.ocpp_client.v16.profiles import MOST


async def handle(asked: Payload, charger: Charger) -> Answered:
    number, id = asked["connectorId"], asked["reservationId"]
    connector = charger.connector(number)
    if connector is None and number != 0:
        return status(ReservationVerdict.REJECTED.value)
    expires_ms = read_time(asked["expiryDate"])
    if expires_ms is None:
        raise bad_value("expiryDate is no time")
    if abs(id) > MOST:
        raise bad_value("reservationId has more than 32 bits")
    if not asked["idTag"]:
        raise bad_value("idTag is empty")
    parent = asked.get("parentIdTag")
    wanted = Reservation(
        id=id,
        connector=connector,
        token=IdToken(asked["idTag"], "Central"),
        group=IdToken(parent, "Central") if parent else None,
        expires_ms=expires_ms,
    )
    verdict = await charger.station.reservations.reserve(wanted)
    return status(verdict.value)


MESSAGE = Message(handle)
