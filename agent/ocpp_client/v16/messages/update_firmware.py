"""UpdateFirmware: the order without a signature of its own; the image's is checked all the same (section 12).

Its answer has no room for a refusal, so what cannot be carried out is a CALLERROR and not a promise. Where signed
orders are taken, this one is not, unless the site file says so (whitepaper L01.FR.20).
"""

from __future__ import annotations

from agent.core.maintenance.updates import UpdateRequest
from agent.core.maintenance.uploading import DEFAULT_INTERVAL_S, DEFAULT_RETRIES
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import CODES, bad_value
from agent.ocpp_client.v16.given import asked_time
from agent.ocpp_client.v16.message import Charger, Message


async def handle(asked: Payload, charger: Charger) -> Answered:
    if why := charger.maintained.objection_to_update(is_signed=False):
        raise PeerViolation(CODES.not_supported, why)
    retrieve_at_ms = asked_time(asked, "retrieveDate")
    if retrieve_at_ms is None:
        raise bad_value("retrieveDate is missing")
    request = UpdateRequest(
        location=asked["location"],
        retrieve_at_ms=retrieve_at_ms,
        retries=asked.get("retries", DEFAULT_RETRIES),
        retry_interval_s=asked.get("retryInterval", DEFAULT_INTERVAL_S),
    )
    # While another one is being installed this one is dropped: that cannot be said in this message's answer.
    await charger.maintained.update(request)
    return Answered({})


MESSAGE = Message(handle)
