"""UnlockConnector: a transaction is stopped first; without a lock nothing is done at all (ocpp16.md section 5)."""

from __future__ import annotations

from agent.core.facts import StopReason
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.ports import UnlockVerdict
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    connector = charger.connector(asked["connectorId"])
    if connector is None:
        return status(UnlockVerdict.NOT_SUPPORTED.value)
    session = charger.station.session(connector)
    if not session.settings.has_lock:
        return status(UnlockVerdict.NOT_SUPPORTED.value)
    if session.transaction is not None:
        charger.station.request_stop(session.transaction.key, StopReason.UNLOCK_COMMAND)
    verdict = await charger.station.unlock(connector)
    return status(verdict.value)


MESSAGE = Message(handle)
