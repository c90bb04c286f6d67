"""Frames of the wire as lines of two files that take turns: bounded in bytes, the oldest half goes at once.

Lines that are written together are deflated together, to about a fifteenth: a block is

    mark 4 | length 4 | CRC-32 of what follows 4 | lines, deflated

Numbers are big-endian. What lies between blocks is read as plain lines, as versions before wrote them; of half a block
nothing is one. Not in the store's one file: what comes and goes by the kilobyte would wear it, and nothing rests on
these. Not flushed either: the system writes them when it likes, and a power cut may cost the last of them. Everything
here blocks.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.core.time import Instant
from agent.values import frozen

FILE_NAME = "wire-trace"
MOST_BYTES = 512_000
"""Of both files together."""
FILE_MODE = 0o600
GAP = "gap"
"""In place of a direction: more came at once than is kept, and the text says how many frames are missing."""

_MARK = b"\xf5EVW"
"""No text in UTF-8 holds it."""
_HEAD = struct.Struct(">4sII")
_LEVEL = 9
"""Some kilobytes a quarter of an hour: the flash is dearer than the milliseconds."""
_LARGEST_LINES = 8 << 20
"""More in one block is none of ours."""

_UNKNOWN = "-"
_BREAKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
"""Legal between the parts of a JSON text, and never within its strings."""


@frozen(kw_only=True)
class TracedFrame:
    """`direction` is "sent", "received" or GAP. `latency_s`: since the CALL that it answers."""

    at: Instant
    direction: str
    text: str
    latency_s: float | None = None


def written(frame: TracedFrame) -> str:
    """The line of a frame, without its end."""
    utc = _UNKNOWN if frame.at.utc_ms is None else str(frame.at.utc_ms)
    latency = _UNKNOWN if frame.latency_s is None else f"{1000 * frame.latency_s:.1f}"
    # Half a surrogate pair is legal in JSON and in no file.
    text = frame.text.translate(_BREAKS).encode("utf-8", "replace").decode("utf-8")
    return f"{utc}\t{frame.direction}\t{latency}\t{text}"


def read(line: str) -> TracedFrame | None:
    """The frame of a line; None for one that a power cut left incomplete."""
    try:
        utc, direction, latency, text = line.split("\t", 3)
        return TracedFrame(
            at=Instant(0.0, None if utc == _UNKNOWN else int(utc)),
            direction=direction,
            text=text,
            latency_s=None if latency == _UNKNOWN else float(latency) / 1000,
        )
    except ValueError:
        return None


class Ring:
    """Two files in `folder`; the newer one is written until it holds half of `most_bytes`."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._newer = folder / f"{FILE_NAME}.log"
        self._older = folder / f"{FILE_NAME}.1.log"
        self._half = most_bytes // 2

    def append(self, lines: Iterable[str]) -> None:
        """Add lines together, of which no more than a half is kept. Raises OSError."""
        given = list(lines)
        kept, content = _packed(given, self._half)
        if kept < len(given):
            # What is older would stand before a gap.
            self.erase()
        size = self._newer.stat().st_size if self._newer.exists() else 0
        if size and size + len(content) > self._half:
            self._newer.replace(self._older)
        descriptor = os.open(self._newer, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        with os.fdopen(descriptor, "ab") as file:
            file.write(content)

    def newest(self, limit: int) -> tuple[TracedFrame, ...]:
        """Up to `limit` frames, oldest first. Raises OSError."""
        found: list[TracedFrame] = []
        # From the end, so that no more is inflated than is wanted.
        for part in self._parts_backwards():
            if len(found) >= limit:
                break
            # Only "\n" ends a line: a frame may hold the other characters that end one for `splitlines`.
            lines = _plain(part).decode("utf-8", "replace").split("\n")
            found += reversed([frame for frame in map(read, lines) if frame is not None])
        return tuple(reversed(found[:limit]))

    def _parts_backwards(self) -> Iterator[bytes]:
        for file in (self._newer, self._older):
            if file.exists():
                yield from reversed(list(_parts(file.read_bytes())))

    def erase(self) -> None:
        """Nothing is kept any more. Raises OSError."""
        for file in (self._older, self._newer):
            file.unlink(missing_ok=True)


def _packed(lines: list[str], most_bytes: int) -> tuple[int, bytes]:
    """How many of the newest lines have room in `most_bytes`, and the block of them."""
    while lines:
        content = zlib.compress("".join(f"{line}\n" for line in lines).encode("utf-8"), _LEVEL)
        if _HEAD.size + len(content) <= most_bytes:
            return len(lines), _HEAD.pack(_MARK, len(content), zlib.crc32(content)) + content
        lines = lines[len(lines) // 2 + 1 :]
    return 0, b""


def _parts(octets: bytes) -> Iterator[bytes]:
    """Blocks, and what lies between them, as they lie."""
    begin = at = 0
    while (at := octets.find(_MARK, at)) >= 0:
        end = _end_of_block(octets, at)
        if end is None:
            at += 1
            continue
        yield octets[begin:at]
        yield octets[at:end]
        begin = at = end
    yield octets[begin:]


def _end_of_block(octets: bytes, at: int) -> int | None:
    """None where no whole block begins there."""
    if len(octets) - at < _HEAD.size:
        return None
    _, length, crc = _HEAD.unpack_from(octets, at)
    content = memoryview(octets)[at + _HEAD.size : at + _HEAD.size + length]
    return at + _HEAD.size + length if len(content) == length and zlib.crc32(content) == crc else None


def _plain(part: bytes) -> bytes:
    """The lines of a part; of a block that is not whole none, also where its begin could be inflated."""
    if not part.startswith(_MARK):
        return part
    inflater = zlib.decompressobj()
    try:
        lines = inflater.decompress(part[_HEAD.size :], _LARGEST_LINES)
    except zlib.error:
        return b""
    return lines if inflater.eof else b""
