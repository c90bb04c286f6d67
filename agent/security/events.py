"""The security events there are, which of them must reach the central system, and how often each may be told. Pure.

The table is the one of the OCPP 1.6 security whitepaper, edition 3, with two of our own for the local command line that
2.0.1 has as MaintenanceLoginAccepted and MaintenanceLoginFailed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum

from agent.core.rate import Bucket, Rate

LONGEST_INFO = 255
"""`techInfo`, in characters."""
QUIET_S = 300.0
"""An event that a stranger can bring about at will is noted this often; the next note tells how many there were."""
BURST = 10
REFILL_S = 60.0
"""Any other: so many in a row, then one a minute. Beyond, somebody could fill the disk with them."""


class SecurityEvent(Enum):
    """The values are OCPP 1.6's words."""

    FIRMWARE_UPDATED = "FirmwareUpdated"
    FAILED_TO_AUTHENTICATE = "FailedToAuthenticateAtCentralSystem"
    CENTRAL_SYSTEM_FAILED = "CentralSystemFailedToAuthenticate"
    SETTING_SYSTEM_TIME = "SettingSystemTime"
    STARTUP = "StartupOfTheDevice"
    RESET_OR_REBOOT = "ResetOrReboot"
    LOG_WAS_CLEARED = "SecurityLogWasCleared"
    RECONFIGURED = "ReconfigurationOfSecurityParameters"
    MEMORY_EXHAUSTION = "MemoryExhaustion"
    INVALID_MESSAGES = "InvalidMessages"
    REPLAY_ATTACKS = "AttemptedReplayAttacks"
    TAMPER = "TamperDetectionActivated"
    INVALID_FIRMWARE_SIGNATURE = "InvalidFirmwareSignature"
    INVALID_FIRMWARE_CERTIFICATE = "InvalidFirmwareSigningCertificate"
    INVALID_CENTRAL_SYSTEM_CERTIFICATE = "InvalidCentralSystemCertificate"
    INVALID_CHARGE_POINT_CERTIFICATE = "InvalidChargePointCertificate"
    INVALID_TLS_VERSION = "InvalidTLSVersion"
    INVALID_TLS_CIPHER_SUITE = "InvalidTLSCipherSuite"
    MAINTENANCE_LOGIN_ACCEPTED = "MaintenanceLoginAccepted"
    MAINTENANCE_LOGIN_FAILED = "MaintenanceLoginFailed"

    @property
    def is_critical(self) -> bool:
        """Kept until the central system took it, over power cuts."""
        return self in _CRITICAL

    @property
    def is_at_will(self) -> bool:
        """Somebody without any rights can bring it about as often as he likes."""
        return self in _AT_WILL


CANNOT_HAPPEN: Mapping[SecurityEvent, str] = {
    SecurityEvent.CENTRAL_SYSTEM_FAILED: "the central system shows nothing but its certificate, and one that does not "
    "prove it, whatever is wrong with it, is an InvalidCentralSystemCertificate",
}
"""Events that nothing here tells, and why none ever has to."""

_AT_WILL = frozenset(
    {SecurityEvent.FAILED_TO_AUTHENTICATE, SecurityEvent.CENTRAL_SYSTEM_FAILED, SecurityEvent.INVALID_MESSAGES}
    | {SecurityEvent.REPLAY_ATTACKS, SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE}
    | {SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE, SecurityEvent.INVALID_TLS_VERSION}
    | {SecurityEvent.INVALID_TLS_CIPHER_SUITE, SecurityEvent.MAINTENANCE_LOGIN_FAILED}
)

_CRITICAL = frozenset(
    {SecurityEvent.FIRMWARE_UPDATED, SecurityEvent.SETTING_SYSTEM_TIME, SecurityEvent.STARTUP}
    | {SecurityEvent.RESET_OR_REBOOT, SecurityEvent.LOG_WAS_CLEARED, SecurityEvent.MEMORY_EXHAUSTION}
    | {SecurityEvent.TAMPER}
)


class EventRates:
    """Bounds how often events are noted, kind by kind. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._buckets: dict[SecurityEvent, Bucket] = {}
        self._untold: Counter[SecurityEvent] = Counter()

    def admit(self, event: SecurityEvent, now_s: float) -> int:
        """How many happened since the last one that was noted, this one included; 0: this one is not noted."""
        bucket = self._buckets.get(event)
        if bucket is None:
            rate = Rate(1, QUIET_S) if event.is_at_will else Rate(BURST, REFILL_S)
            bucket = self._buckets[event] = rate.bucket()
        self._untold[event] += 1
        return self._untold.pop(event) if bucket.take(now_s) else 0


def info_text(info: str, count: int) -> str:
    """What goes on record with an event: one line, cut to what OCPP takes, with how many there were."""
    times = f" ({count} times)" if count > 1 else ""
    one_line = "".join(sign if sign.isprintable() else "?" for sign in info)
    return one_line[: LONGEST_INFO - len(times)] + times
