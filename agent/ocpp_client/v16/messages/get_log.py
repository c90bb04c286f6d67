"""GetLog: a file of diagnostics or of security events; a newer request takes the place of one under way."""

from __future__ import annotations

from agent.core.maintenance.uploading import DEFAULT_INTERVAL_S, DEFAULT_RETRIES
from agent.core.maintenance.uploads import LogKind, UploadRequest
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.given import asked_time
from agent.ocpp_client.v16.message import Charger, Message

KINDS = {"DiagnosticsLog": LogKind.DIAGNOSTICS, "SecurityLog": LogKind.SECURITY}


async def handle(asked: Payload, charger: Charger) -> Answered:
    where = asked["log"]
    request = UploadRequest(
        kind=KINDS[asked["logType"]],
        location=where["remoteLocation"],
        retries=asked.get("retries", DEFAULT_RETRIES),
        retry_interval_s=asked.get("retryInterval", DEFAULT_INTERVAL_S),
        request_id=asked["requestId"],
        oldest_ms=asked_time(where, "oldestTimestamp"),
        latest_ms=asked_time(where, "latestTimestamp"),
    )
    answer = await charger.maintained.upload(request)
    return Answered({"status": answer.verdict.value} | ({"filename": answer.file_name} if answer.file_name else {}))


MESSAGE = Message(handle)
