"""New firmware, free of any protocol version: what was asked for, and the words for how far it came."""

from __future__ import annotations

from enum import Enum

from agent.values import frozen


class FirmwareState(Enum):
    """OCPP 2.0.1's FirmwareStatus, which 1.6's security extension shares; plain 1.6 knows seven of them."""

    IDLE = "Idle"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    DOWNLOADING = "Downloading"
    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    SIGNATURE_VERIFIED = "SignatureVerified"
    INVALID_SIGNATURE = "InvalidSignature"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALLING = "Installing"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALLED = "Installed"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"


FINAL = frozenset(
    {FirmwareState.DOWNLOAD_FAILED, FirmwareState.INVALID_SIGNATURE, FirmwareState.INSTALLED}
    | {FirmwareState.INSTALLATION_FAILED, FirmwareState.INSTALL_VERIFICATION_FAILED}
)
"""After one of these there is nothing more to tell of an update."""


@frozen(kw_only=True)
class Signed:
    """How a signed order is proven: `certificate` is PEM, `signature` base64, over the bytes of the file."""

    certificate: str
    signature: str


@frozen(kw_only=True)
class UpdateRequest:
    """Fetch the file at `location` from `retrieve_at_ms` on; install it, from `install_at_ms` on where that is given.

    Times are UTC milliseconds. `retries` are tries beyond the first. `location` may hold a password: never to be shown.
    `request_id` and `signed` come with a signed order and with no other.
    """

    location: str
    retrieve_at_ms: int
    retries: int
    retry_interval_s: int
    request_id: int | None = None
    install_at_ms: int | None = None
    signed: Signed | None = None


@frozen(kw_only=True)
class FirmwareNotice:
    """To be told to the network. `is_signed` tells which of 1.6's two messages carries it."""

    state: FirmwareState
    request_id: int | None = None
    is_signed: bool = False


class UpdateVerdict(Enum):
    """What is answered to an order, in the words of 1.6's SignedUpdateFirmware."""

    ACCEPTED = "Accepted"
    ACCEPTED_CANCELED = "AcceptedCanceled"
    REJECTED = "Rejected"
    INVALID_CERTIFICATE = "InvalidCertificate"
    REVOKED_CERTIFICATE = "RevokedCertificate"
