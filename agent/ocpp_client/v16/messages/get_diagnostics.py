"""GetDiagnostics: answered with the name the file will have, on record by then (ocpp16.md section 12)."""

from __future__ import annotations

from agent.core.maintenance.uploading import DEFAULT_INTERVAL_S, DEFAULT_RETRIES
from agent.core.maintenance.uploads import LogKind, UploadRequest
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.given import asked_time
from agent.ocpp_client.v16.message import Charger, Message


async def handle(asked: Payload, charger: Charger) -> Answered:
    request = UploadRequest(
        kind=LogKind.DIAGNOSTICS,
        location=asked["location"],
        retries=asked.get("retries", DEFAULT_RETRIES),
        retry_interval_s=asked.get("retryInterval", DEFAULT_INTERVAL_S),
        oldest_ms=asked_time(asked, "startTime"),
        latest_ms=asked_time(asked, "stopTime"),
    )
    answer = await charger.maintained.upload(request)
    return Answered({"fileName": answer.file_name} if answer.file_name else {})


MESSAGE = Message(handle)
