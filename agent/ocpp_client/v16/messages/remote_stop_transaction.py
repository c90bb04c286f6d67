"""RemoteStopTransaction: only for a transaction that runs, by the id the network gave it."""

from __future__ import annotations

from agent.core.facts import StopReason
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status


async def handle(asked: Payload, charger: Charger) -> Answered:
    key = charger.station.transaction_of(asked["transactionId"])
    will_stop = key is not None and charger.station.request_stop(key, StopReason.REMOTE)
    return status("Accepted" if will_stop else "Rejected")


MESSAGE = Message(handle, while_pending={"status": "Rejected"})
