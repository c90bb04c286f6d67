"""One message on its way: what it says, and the bytes it becomes. Pure."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from agent.core.time import Instant
from agent.telemetry.profile import Level
from agent.values import frozen

JSON, DEFLATED, CBOR = "application/json", "application/zlib", "application/cbor"
"""Content types (RFC 8259, 6713, 8949). A message without one is JSON: saying so in each would be most of a ping."""
LARGEST_DOCUMENT_BYTES = 256 << 10
"""Of a deflated one, when it is read: a health document has at most 64 KiB."""
LARGEST_NUMBER = 2**63 - 1
"""What a database and another language's reader hold."""
DEEPEST = 64
"""Objects and lists in one another; a charger's have six."""
MOST_BRACKETS = 500
"""That open something; beyond it a document is looked at for how deep it is."""


class Fate(Enum):
    """What becomes of a message while there is no link."""

    KEPT = "kept"
    """It waits its turn, in order, as long as there is room."""
    NEWEST = "newest"
    """Only the newest of its topic matters, and after a new link it is made anew."""
    MOMENTARY = "momentary"
    """It is worth nothing later."""


@frozen(kw_only=True)
class Letter:
    """`at`: when what it tells happened. `octets` in place of a body is sent as it is, without a head."""

    topic: str
    at: Instant
    body: Mapping[str, Any] = field(default_factory=dict)
    octets: bytes | None = None
    content_type: str = ""
    qos: int = 1
    retain: bool = False
    level: Level = Level.RECORD
    fate: Fate = Fate.KEPT
    room_bytes: int = 0
    """What it takes in the queue; 0 is measured when it is put there."""


@frozen(kw_only=True)
class Stamp:
    """What the head of a message says beside its number."""

    now: Instant
    time_quality: str


def head(seq: int, at: Instant, stamp: Stamp) -> dict[str, Any]:
    """The first fields of every message. What happened before the time was known is dated by how long ago it was."""
    found: dict[str, Any] = {"boot_id": at.boot_id, "seq": seq, "t_mono_ms": round(at.monotonic_s * 1000)}
    utc_ms = at.utc_ms
    if utc_ms is None and stamp.now.utc_ms is not None and stamp.now.boot_id == at.boot_id:
        utc_ms = stamp.now.utc_ms - round(stamp.now.since(at) * 1000)
    found["time_quality"] = "none" if utc_ms is None else stamp.time_quality
    if utc_ms is not None:
        found["time"] = utc_text(utc_ms)
    return found


def utc_text(utc_ms: int) -> str:
    """RFC 3339, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(utc_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{utc_ms % 1000:03}Z"


def written(body: Mapping[str, Any]) -> bytes:
    """JSON without a space too many. Unknown is absent: a null on the first level is left out."""
    known = {key: value for key, value in body.items() if value is not None}
    return json.dumps(known, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def packed(octets: bytes, deflate_from: int) -> tuple[bytes, str]:
    """The payload and its content type, "" for plain JSON. Small ones stay readable: nothing is gained there."""
    if len(octets) < deflate_from:
        return octets, ""
    return zlib.compress(octets, 9), DEFLATED


class BadDocument(ValueError):
    """A payload that is no document of ours, and why."""


def read(payload: bytes, content_type: str = "") -> dict[str, Any]:
    """The document of a payload, for whoever collects. Raises BadDocument, never runs out of memory."""
    octets = payload
    if content_type == DEFLATED:
        octets = _inflated(payload)
    elif content_type not in ("", JSON):
        raise BadDocument(f"content type {content_type!r} is not read; known are {JSON} and {DEFLATED}")
    if len(octets) > LARGEST_DOCUMENT_BYTES:
        raise BadDocument(f"{len(octets)} bytes are above the {LARGEST_DOCUMENT_BYTES} of the largest document")
    try:
        text = octets.decode()
        body = _STRICT.decode(text)
    except BadDocument:
        raise
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"no JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadDocument("JSON, and no object")
    # A level takes a bracket, a half of a surrogate pair an escape: most documents need no second look.
    if "\\u" in text or text.count("{") + text.count("[") > MOST_BRACKETS:
        return {_whole_text(key): _looked_through(one, 1) for key, one in body.items()}
    return body


def _whole(digits: str) -> int:
    if len(digits) < 19:
        return int(digits)
    if len(digits) > 20 or not -LARGEST_NUMBER <= (number := int(digits)) <= LARGEST_NUMBER:
        raise BadDocument(f"a number of {len(digits)} digits, and none has more than 8 bytes")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadDocument(f"{digits[:20]} is no number that is finite")
    return number


_STRICT = json.JSONDecoder(parse_int=_whole, parse_float=_finite, parse_constant=_finite)


def _looked_through(value: Any, depth: int) -> Any:
    """Raises BadDocument where it is too deep; halves of surrogate pairs, which are no text, are replaced."""
    if depth > DEEPEST:
        raise BadDocument(f"more than {DEEPEST} objects and lists are in one another")
    if isinstance(value, dict):
        return {_whole_text(key): _looked_through(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_looked_through(one, depth + 1) for one in value]
    return _whole_text(value) if isinstance(value, str) else value


def _whole_text(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _inflated(payload: bytes) -> bytes:
    reader = zlib.decompressobj()
    try:
        octets = reader.decompress(payload, LARGEST_DOCUMENT_BYTES)
    except zlib.error as error:
        raise BadDocument(f"cannot be inflated: {error}") from error
    if not reader.eof:
        raise BadDocument("is cut off, or inflates to more than any document has")
    return octets
