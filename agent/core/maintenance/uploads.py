"""Files the network asks for, free of any protocol version: which, where to, and how the sending of one came along."""

from __future__ import annotations

from enum import Enum

from agent.values import frozen


class LogKind(Enum):
    """What a file holds. DIAGNOSTICS: everything support wants to see. SECURITY: the log of security events."""

    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"


class UploadState(Enum):
    """How far a file came, in the words of OCPP 2.0.1's UploadLogStatus; each adapter maps them to its own."""

    IDLE = "Idle"
    UPLOADING = "Uploading"
    UPLOADED = "Uploaded"
    FAILED = "UploadFailure"
    BAD_MESSAGE = "BadMessage"
    PERMISSION_DENIED = "PermissionDenied"
    NOT_SUPPORTED = "NotSupportedOperation"
    CANCELED = "AcceptedCanceled"


@frozen(kw_only=True)
class UploadRequest:
    """Send a file to `location`, a folder's address where it ends in "/". May hold a password: never to be shown.

    `retries` are tries beyond the first (OCPP 1.6 errata 3.50). `request_id` None: asked for by a message that has
    none (1.6 GetDiagnostics). What was recorded before `oldest_ms` or after `latest_ms`, UTC milliseconds, is left out.
    """

    kind: LogKind
    location: str
    retries: int
    retry_interval_s: int
    request_id: int | None = None
    oldest_ms: int | None = None
    latest_ms: int | None = None


@frozen(kw_only=True)
class UploadNotice:
    """To be told to the network. `is_log` tells the two ways of asking apart where no request id does."""

    state: UploadState
    request_id: int | None = None
    is_log: bool = False


class UploadVerdict(Enum):
    """ACCEPTED_CANCELED: accepted, and an upload that was under way gave way to it."""

    ACCEPTED = "Accepted"
    ACCEPTED_CANCELED = "AcceptedCanceled"
    REJECTED = "Rejected"


@frozen(kw_only=True)
class UploadAnswer:
    """`file_name` is the name the file will have; "" where none will come."""

    verdict: UploadVerdict
    file_name: str = ""
