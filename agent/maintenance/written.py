"""What is on record of uploads and updates, as text. One that cannot be read is as none: it must not bar a start."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from enum import Enum
from typing import Any

from agent.core.maintenance.updates import FirmwareNotice, FirmwareState, Signed, UpdateRequest
from agent.core.maintenance.updating import Phase, Update, Updating
from agent.core.maintenance.uploading import Upload, Uploading
from agent.core.maintenance.uploads import LogKind, UploadNotice, UploadRequest, UploadState

log = logging.getLogger(__name__)

FORMAT = 1
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def written(state: Uploading | Updating) -> str:
    return json.dumps({"format": FORMAT} | asdict(state), default=_plain, separators=(",", ":"))


def read_uploading(text: str) -> Uploading:
    fields = _fields(text)
    try:
        upload = fields.get("upload")
        return Uploading(
            upload=None if upload is None else Upload(**upload | {"request": _upload_request(upload["request"])}),
            notices=tuple(
                UploadNotice(**one | {"state": UploadState(one["state"])}) for one in fields.get("notices", ())
            ),
        )
    except UNREADABLE as error:
        _forgotten("an upload", error)
        return Uploading()


def read_updating(text: str) -> Updating:
    fields = _fields(text)
    try:
        update = fields.get("update")
        return Updating(
            update=None if update is None else _update(update),
            notices=tuple(
                FirmwareNotice(**one | {"state": FirmwareState(one["state"])}) for one in fields.get("notices", ())
            ),
        )
    except UNREADABLE as error:
        _forgotten("an update", error)
        return Updating()


def _fields(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
        log.warning("what was on record of an upload or an update cannot be read")
        return {}
    return fields


def _upload_request(fields: dict[str, Any]) -> UploadRequest:
    return UploadRequest(**fields | {"kind": LogKind(fields["kind"])})


def _update(fields: dict[str, Any]) -> Update:
    request, signed = fields["request"], fields["request"]["signed"]
    return Update(
        **fields
        | {
            "request": UpdateRequest(**request | {"signed": None if signed is None else Signed(**signed)}),
            "phase": Phase(fields["phase"]),
            "state": FirmwareState(fields["state"]),
        }
    )


def _forgotten(what: str, error: Exception) -> None:
    # Never the text: it may hold the password of an address.
    log.warning("what was on record cannot be read", extra={"of": what, "error": type(error).__name__})


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)
