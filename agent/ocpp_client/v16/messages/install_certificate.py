"""InstallCertificate: a root to trust, of the central system or of the manufacturer. Judged first, then kept."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.security.certificate_store import RootUse


async def handle(asked: Payload, charger: Charger) -> Answered:
    verdict = await charger.secured.install_root(RootUse(asked["certificateType"]), asked["certificate"])
    return status(verdict.value)


MESSAGE = Message(handle)
