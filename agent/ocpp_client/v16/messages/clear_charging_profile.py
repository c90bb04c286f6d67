"""ClearChargingProfile: an id alone counts, else all filters that are given; none clears all (ocpp16.md section 8)."""

from __future__ import annotations

from agent.core.identity import ConnectorId
from agent.core.schedule.profile import ProfilePurpose
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    number = asked.get("connectorId")
    purpose = asked.get("chargingProfilePurpose")
    matched = await charger.station.clear_profiles(
        profile_id=asked.get("id"),
        connector=ConnectorId(number) if number else None,
        station_only=number == 0,
        purpose=None if purpose is None else ProfilePurpose(purpose),
        stack_level=asked.get("stackLevel"),
    )
    return status("Accepted" if matched else "Unknown")


MESSAGE = Message(handle)
