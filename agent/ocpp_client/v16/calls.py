"""Our CALLs that are no facts and no status, and what the answers to all our CALLs mean.

Reading is liberal: only what cannot be done without is insisted upon.
"""

from __future__ import annotations

from agent.core.facts import QueuedFact, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import ID_TOKEN_MAX_LENGTH, IdToken
from agent.core.session.events import AuthorizationStatus
from agent.core.time import Instant
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import BootAnswer, FactAnswer, Payload, Registration, WireCall
from agent.ocpp_client.ports import AuthorizationAnswer, StationIdentity
from agent.ocpp_client.v16.checks import CODES
from agent.ocpp_client.v16.moments import certain_ms, read_time, time_text
from agent.ocpp_client.v16.render import id_tag

VENDOR_LENGTH = 20
SERIAL_LENGTH = 25
VERSION_LENGTH = 50
INFO_LENGTH = 255
LARGEST_ID = 2**63 - 1
"""What the store can keep. Some central systems number transactions by milliseconds, beyond 1.6's 32 bits."""

_STATUSES = {
    status.value.casefold(): status for status in AuthorizationStatus if status is not AuthorizationStatus.UNREACHABLE
}
_REGISTRATIONS = {status.value.casefold(): status for status in Registration}


def boot_notification(identity: StationIdentity) -> WireCall:
    """Texts of ours are cut to what 1.6 takes; empty ones are left out."""
    fields = {
        "chargePointVendor": identity.vendor[:VENDOR_LENGTH],
        "chargePointModel": identity.model[:VENDOR_LENGTH],
        "chargePointSerialNumber": identity.serial_number[:SERIAL_LENGTH],
        "firmwareVersion": identity.firmware_version[:VERSION_LENGTH],
        "meterType": identity.meter_type[:SERIAL_LENGTH],
        "meterSerialNumber": identity.meter_serial_number[:SERIAL_LENGTH],
    }
    return WireCall("BootNotification", {name: text for name, text in fields.items() if text})


def heartbeat() -> WireCall:
    return WireCall("Heartbeat", {})


def authorize(token: IdToken) -> WireCall:
    """Raises ProtocolMisuse for a token 1.6 cannot carry."""
    return WireCall("Authorize", {"idTag": id_tag(token)})


def security_event(event: str, info: str, at: Instant, now: Instant) -> WireCall:
    """SecurityEventNotification."""
    fields = {"type": event, "timestamp": time_text(certain_ms(at, now)), "techInfo": info[:INFO_LENGTH]}
    return WireCall("SecurityEventNotification", {name: text for name, text in fields.items() if text})


def sign_certificate(request_pem: str) -> WireCall:
    return WireCall("SignCertificate", {"csr": request_pem})


def read_boot(answer: Payload) -> BootAnswer:
    status = _REGISTRATIONS.get(_folded(answer.get("status")))
    if status is None:
        raise PeerViolation(CODES.property_constraint_violation, "the answer to BootNotification has no known status")
    interval_s = _whole(answer.get("interval"))
    return BootAnswer(status=status, interval_s=max(0, interval_s or 0), utc_ms=read_time(answer.get("currentTime")))


def read_heartbeat(answer: Payload) -> int | None:
    return read_time(answer.get("currentTime"))


def read_authorize(answer: Payload) -> AuthorizationAnswer:
    judged = _judged(answer)
    if judged is None:
        raise PeerViolation(CODES.protocol_error, "the answer to Authorize has no idTagInfo with a status")
    return judged


def read_fact(queued: QueuedFact, answer: Payload) -> FactAnswer:
    """A start needs its transaction id, of any sign; by 1.6's own words it comes also with a refusal."""
    match queued.fact:
        case TransactionStarted():
            remote_id = _whole(answer.get("transactionId"))
            if remote_id is None:
                raise PeerViolation(CODES.protocol_error, "the answer to StartTransaction has no usable transactionId")
            return FactAnswer(remote_id=remote_id, judged=_judged(answer))
        case TransactionStopped():
            return FactAnswer(judged=_judged(answer))
        case TransactionSampled():
            return FactAnswer()


def _judged(answer: Payload) -> AuthorizationAnswer | None:
    """`idTagInfo`, None where there is none. A status nobody knows lets nobody in."""
    judged = answer.get("idTagInfo")
    if not isinstance(judged, dict) or not isinstance(judged.get("status"), str):
        return None
    return AuthorizationAnswer(
        status=_STATUSES.get(_folded(judged["status"]), AuthorizationStatus.INVALID),
        group=_token(judged.get("parentIdTag")),
        expires_ms=read_time(judged.get("expiryDate")),
    )


def _whole(value: object) -> int | None:
    """A whole number, however JSON spelled it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_ID:
        return None
    return value


def _token(value: object) -> IdToken | None:
    return IdToken(value) if isinstance(value, str) and 0 < len(value) <= ID_TOKEN_MAX_LENGTH else None


def _folded(value: object) -> str:
    return value.casefold() if isinstance(value, str) else ""
