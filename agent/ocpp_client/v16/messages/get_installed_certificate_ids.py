"""GetInstalledCertificateIds: the roots of one use, each by its hashes."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.security.certificate_store import RootUse
from agent.security.certificates import HashData


async def handle(asked: Payload, charger: Charger) -> Answered:
    """Without one the list is left out: the schema has no room for an empty one."""
    found = await charger.secured.installed(RootUse(asked["certificateType"]))
    if not found:
        return status("NotFound")
    return Answered({"status": "Accepted", "certificateHashData": [_told(one) for one in found]})


def _told(one: HashData) -> Payload:
    return {
        "hashAlgorithm": one.algorithm,
        "issuerNameHash": one.issuer_name_hash,
        "issuerKeyHash": one.issuer_key_hash,
        "serialNumber": one.serial_number,
    }


MESSAGE = Message(handle)
