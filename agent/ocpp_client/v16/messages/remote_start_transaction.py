"""RemoteStartTransaction: "will try", not "has started"."""

from __future__ import annotations

from agent.core.identity import IdToken
from agent.core.schedule.profile import ChargingProfile, ProfilePurpose
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.profiles import objection, read_profile


async def handle(asked: Payload, charger: Charger) -> Answered:
    """Without a connector any that can charge will do. A profile must be a TxProfile that names no transaction.

    Raises PeerViolation for an empty token: a charge under it could never be told.
    """
    if not asked["idTag"]:
        raise bad_value("idTag is empty")
    number = asked.get("connectorId")
    connector = None if number is None else charger.connector(number)
    if number is not None and connector is None:
        return status("Rejected")
    profile: ChargingProfile | None = None
    if "chargingProfile" in asked:
        profile = read_profile(asked["chargingProfile"], connector, charger.station.now())
        is_for_a_start = profile.purpose is ProfilePurpose.TX and "transactionId" not in asked["chargingProfile"]
        if not is_for_a_start or objection(profile, charger.settings) is not None:
            return status("Rejected")
    will_try = charger.station.request_start(connector, IdToken(asked["idTag"], "Central"), profile)
    return status("Accepted" if will_try else "Rejected")


MESSAGE = Message(handle, while_pending={"status": "Rejected"})
