"""CertificateSigned: the certificate this charger asked for. The next connection shows it."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    security = charger.secured
    if not await security.take_chain(asked["certificateChain"]):
        return status("Rejected")
    return Answered({"status": "Accepted"}, act=security.reconnect)


MESSAGE = Message(handle)
