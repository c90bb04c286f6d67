"""ExtendedTriggerMessage: TriggerMessage of the security extension, with the messages that extension brings along."""

from __future__ import annotations

from agent.core.maintenance.notices import Notice
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.messages import trigger_message
from agent.ocpp_client.v16.notices import triggered

COMMON = ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification")


async def handle(asked: Payload, charger: Charger) -> Answered:
    """The request for a certificate leaves when its key is made, some time after the answer."""
    match asked["requestedMessage"]:
        case "SignChargePointCertificate":
            security = charger.secured
            if not security.can_request_certificate():
                return status("Rejected")
            return Answered({"status": "Accepted"}, act=security.request_certificate)
        case "LogStatusNotification":
            return _sent(charger.maintained.upload_notice(is_log=True))
        case "FirmwareStatusNotification":
            return _sent(charger.maintained.firmware_notice(is_signed=True))
        case message if message in COMMON:
            return await trigger_message.handle(asked, charger)
        case _:
            return status("NotImplemented")


def _sent(notice: Notice) -> Answered:
    return Answered({"status": "Accepted"}, then=(triggered(notice),))


MESSAGE = Message(handle)
