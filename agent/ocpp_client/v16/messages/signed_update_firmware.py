"""SignedUpdateFirmware: the certificate is judged before the answer, the file before it is installed (section 14)."""

from __future__ import annotations

from agent.core.maintenance.updates import Signed, UpdateRequest
from agent.core.maintenance.uploading import DEFAULT_INTERVAL_S, DEFAULT_RETRIES
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import CODES, bad_value
from agent.ocpp_client.v16.given import asked_time
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    if why := charger.maintained.objection_to_update(is_signed=True):
        raise PeerViolation(CODES.not_supported, why)
    firmware = asked["firmware"]
    retrieve_at_ms = asked_time(firmware, "retrieveDateTime")
    if retrieve_at_ms is None:
        raise bad_value("firmware.retrieveDateTime is missing")
    request = UpdateRequest(
        location=firmware["location"],
        retrieve_at_ms=retrieve_at_ms,
        retries=asked.get("retries", DEFAULT_RETRIES),
        retry_interval_s=asked.get("retryInterval", DEFAULT_INTERVAL_S),
        request_id=asked["requestId"],
        install_at_ms=asked_time(firmware, "installDateTime"),
        signed=Signed(certificate=firmware["signingCertificate"], signature=firmware["signature"]),
    )
    return status((await charger.maintained.update(request)).value)


MESSAGE = Message(handle)
