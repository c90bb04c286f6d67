"""DeleteCertificate: a root, by the hashes that GetInstalledCertificateIds told."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.security.certificates import HashData


async def handle(asked: Payload, charger: Charger) -> Answered:
    told = asked["certificateHashData"]
    named = HashData(
        algorithm=told["hashAlgorithm"],
        issuer_name_hash=told["issuerNameHash"],
        issuer_key_hash=told["issuerKeyHash"],
        serial_number=told["serialNumber"],
    )
    return status((await charger.secured.delete_certificate(named)).value)


MESSAGE = Message(handle)
