"""SetChargingProfile: a profile is durable and in force before it is accepted (ocpp16.md section 9)."""

from __future__ import annotations

from dataclasses import replace

from agent.core.identity import TransactionKey
from agent.core.schedule.profile import ChargingProfile, ProfilePurpose
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.profiles import objection, read_profile


async def handle(asked: Payload, charger: Charger) -> Answered:
    """A connector there is not is a CALLERROR (errata 3.39); what may not be installed is Rejected."""
    number, given = asked["connectorId"], asked["csChargingProfiles"]
    connector = charger.connector(number)
    if connector is None and number != 0:
        raise bad_value("connectorId names no connector")
    profile = read_profile(given, connector, charger.station.now())
    if objection(profile, charger.settings) is not None:
        return status("Rejected")
    if profile.purpose is ProfilePurpose.TX:
        key = _running(profile, given.get("transactionId"), charger)
        if key is None:
            return status("Rejected")
        profile = replace(profile, transaction=key)
    verdict = await charger.station.install_profile(profile)
    return status(verdict.value)


def _running(profile: ChargingProfile, remote_id: int | None, charger: Charger) -> TransactionKey | None:
    """The transaction the profile is for: the running one of its connector, which must be the one it names, if any."""
    if profile.connector is None:
        return None
    transaction = charger.station.session(profile.connector).transaction
    if transaction is None:
        return None
    is_named = remote_id is None or charger.station.transaction_of(remote_id) == transaction.key
    return transaction.key if is_named else None


MESSAGE = Message(handle)
