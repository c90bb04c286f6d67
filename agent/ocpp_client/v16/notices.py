"""Notices → the messages of 1.6 and of its security extension that carry them (ocpp16.md sections 12 and 14)."""

from __future__ import annotations

from typing import assert_never

from agent.core.maintenance.notices import Notice
from agent.core.maintenance.updates import FirmwareNotice, FirmwareState
from agent.core.maintenance.uploads import UploadNotice, UploadState
from agent.ocpp_client.adapter import WireCall

_U, _F = UploadState, FirmwareState

DIAGNOSTICS_WORDS: dict[UploadState, str | None] = {
    _U.IDLE: "Idle",
    _U.UPLOADING: "Uploading",
    _U.UPLOADED: "Uploaded",
    _U.FAILED: "UploadFailed",
    _U.BAD_MESSAGE: "UploadFailed",
    _U.PERMISSION_DENIED: "UploadFailed",
    _U.NOT_SUPPORTED: "UploadFailed",
    # A newer request took its place, and what it tells is told under the same name.
    _U.CANCELED: None,
}
LOG_WORDS = {_U.CANCELED: "UploadFailure"}
"""Of LogStatusNotification where they differ: the published schema has no AcceptedCanceled there, as 2.0.1's does."""
FIRMWARE_WORDS: dict[FirmwareState, str | None] = {
    _F.IDLE: "Idle",
    _F.DOWNLOAD_SCHEDULED: None,
    _F.DOWNLOADING: "Downloading",
    _F.DOWNLOADED: "Downloaded",
    _F.DOWNLOAD_FAILED: "DownloadFailed",
    _F.SIGNATURE_VERIFIED: None,
    _F.INVALID_SIGNATURE: "InstallationFailed",
    _F.INSTALL_SCHEDULED: None,
    _F.INSTALLING: "Installing",
    _F.INSTALL_REBOOTING: None,
    _F.INSTALLED: "Installed",
    _F.INSTALLATION_FAILED: "InstallationFailed",
    _F.INSTALL_VERIFICATION_FAILED: "InstallationFailed",
}
"""Of FirmwareStatusNotification; the signed one has every word. None: nothing is told."""
ASKED_WORDS = {
    _F.SIGNATURE_VERIFIED: "Downloaded",
    _F.INSTALL_SCHEDULED: "Downloaded",
    _F.INSTALL_REBOOTING: "Installing",
}
"""What a network that asks is told where nothing is told unasked: the last word it heard. For the rest none was yet."""


def notification(notice: Notice) -> WireCall | None:
    """None where 1.6 has no word for it."""
    match notice:
        case UploadNotice(is_log=True):
            return _with_id("LogStatusNotification", LOG_WORDS.get(notice.state, notice.state.value), notice.request_id)
        case UploadNotice():
            return _plain("DiagnosticsStatusNotification", DIAGNOSTICS_WORDS[notice.state])
        case FirmwareNotice(is_signed=True):
            return _with_id("SignedFirmwareStatusNotification", notice.state.value, notice.request_id)
        case FirmwareNotice():
            return _plain("FirmwareStatusNotification", FIRMWARE_WORDS[notice.state])
        case _:
            assert_never(notice)


def triggered(notice: Notice) -> WireCall:
    """The message for a network that asked. Before the first word there is for it nothing has begun in its eyes."""
    told = notification(notice)
    if told is not None:
        return told
    if isinstance(notice, UploadNotice):
        return WireCall("DiagnosticsStatusNotification", {"status": "Idle"})
    return WireCall("FirmwareStatusNotification", {"status": ASKED_WORDS.get(notice.state, "Idle")})


def _plain(action: str, word: str | None) -> WireCall | None:
    return None if word is None else WireCall(action, {"status": word})


def _with_id(action: str, word: str, request_id: int | None) -> WireCall:
    """The id is left out only where nobody asked for anything (Idle)."""
    return WireCall(action, {"status": word} | ({} if request_id is None else {"requestId": request_id}))
