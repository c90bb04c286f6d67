"""How the sending of one file goes on: tries, waits, what is told. Pure; each state is on record before it is acted on.

Everything follows from what is on record, so that a power cut loses nothing: a file that was promised is sent or told
as failed, and its final word is told until the network answers to it (ocpp16.md section 12).
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.maintenance.uploads import LogKind, UploadNotice, UploadRequest, UploadState
from agent.core.time import Instant
from agent.values import frozen

MOST_INTERRUPTIONS = 3
"""Restarts of the program in the middle of one file. Were the sending to blame for them, it would go on for ever."""
MOST_RETRIES = 20
"""Beyond this a central system's number is not believed: a charger that tries for weeks helps nobody (proposed)."""
LONGEST_INTERVAL_S = 24 * 3600
MOST_NOTICES = 32
DEFAULT_RETRIES = 3
"""Where the network leaves the number to us, as 1.6 lets it."""
DEFAULT_INTERVAL_S = 60


@frozen(kw_only=True)
class Upload:
    """A file that was promised. `due_ms`: not to be tried before; None: at once. `failures` and restarts so far."""

    request: UploadRequest
    file_name: str
    failures: int = 0
    interruptions: int = 0
    due_ms: int | None = None


@frozen(kw_only=True)
class Uploading:
    """All that is on record: what is to be sent, and what is not told yet, oldest first."""

    upload: Upload | None = None
    notices: tuple[UploadNotice, ...] = ()


def begun(now: Uploading, request: UploadRequest, file_name: str) -> Uploading:
    """A new request; one that was under way gives way to it."""
    left = now if now.upload is None else _ended(now, UploadState.CANCELED)
    bounded = replace(
        request,
        retries=min(max(0, request.retries), MOST_RETRIES),
        retry_interval_s=min(max(0, request.retry_interval_s), LONGEST_INTERVAL_S),
    )
    upload = Upload(request=bounded, file_name=file_name)
    return _telling(replace(left, upload=upload), _notice(upload, UploadState.UPLOADING))


def resumed(now: Uploading) -> Uploading:
    """The program starts anew: a file is sent again from its beginning, but not for ever."""
    if now.upload is None:
        return now
    interruptions = now.upload.interruptions + 1
    if interruptions > MOST_INTERRUPTIONS:
        return _ended(now, UploadState.FAILED)
    return replace(now, upload=replace(now.upload, interruptions=interruptions, due_ms=None))


def sent(now: Uploading) -> Uploading:
    return _ended(now, UploadState.UPLOADED)


def failed(now: Uploading, word: UploadState, at: Instant, *, may_retry: bool) -> Uploading:
    """A try came to nothing; after the last one `word` is what is told."""
    upload = now.upload
    assert upload is not None, "only what is under way can fail"
    failures = upload.failures + 1
    if not may_retry or failures > upload.request.retries:
        return _ended(now, word)
    due_ms = None if at.utc_ms is None else at.utc_ms + upload.request.retry_interval_s * 1000
    return replace(now, upload=replace(upload, failures=failures, due_ms=due_ms))


def told(now: Uploading, notice: UploadNotice) -> Uploading:
    """The network answered to the oldest notice; anything else changes nothing."""
    return replace(now, notices=now.notices[1:]) if now.notices[:1] == (notice,) else now


def waits_s(upload: Upload, at: Instant) -> float:
    """Seconds until the next try. A clock that was set back meanwhile makes nobody wait beyond one interval."""
    if upload.due_ms is None or at.utc_ms is None:
        return 0.0
    return min(max(0.0, (upload.due_ms - at.utc_ms) / 1000), float(upload.request.retry_interval_s))


def present(now: Uploading, *, is_log: bool) -> UploadNotice:
    """What a network that asks is told."""
    if now.upload is None:
        return UploadNotice(state=UploadState.IDLE, is_log=is_log)
    return _notice(now.upload, UploadState.UPLOADING)


def file_name_of(request: UploadRequest, station: str, at: Instant) -> str:
    """A name of our own making that sorts by time; of the station's only what every file system takes."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in station)[:48]
    number = at.utc_ms if at.utc_ms is not None else round(at.monotonic_s * 1000)
    ending = "tar.gz" if request.kind is LogKind.DIAGNOSTICS else "txt"
    return f"{request.kind.value}-{plain or 'charger'}-{number}.{ending}"


def _ended(now: Uploading, word: UploadState) -> Uploading:
    assert now.upload is not None, "only what is under way can end"
    return _telling(replace(now, upload=None), _notice(now.upload, word))


def _telling(now: Uploading, notice: UploadNotice) -> Uploading:
    """The oldest of too many go: only a network that was away for as long never hears of them."""
    return replace(now, notices=(*now.notices, notice)[-MOST_NOTICES:])


def _notice(upload: Upload, word: UploadState) -> UploadNotice:
    request_id = upload.request.request_id
    return UploadNotice(state=word, request_id=request_id, is_log=request_id is not None)
