"""Frames: how blocks lie in a file, so that a damaged one costs itself and no more.

    sync 4 | kind 1 | number 4 | length 4 | CRC-32 of what follows 4 | content, deflated

Numbers are big-endian. Whoever reads looks for the next sync after anything that is no whole frame; a power cut leaves
half a frame, and the next one is written behind it. The content is a row of CBOR items.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Any

import cbor2

from agent.core.recorder.schema import Unreadable
from agent.values import frozen

SYNC = b"\xf5EVR"
_HEAD = struct.Struct(">4sBIII")
LARGEST_CONTENT = 4 << 20
"""Deflated or not; more is no frame of ours."""
LEVEL = 9
"""Some kilobytes every few minutes: the flash is dearer than the milliseconds."""


class FrameKind(IntEnum):
    """SCHEMA stands first in every file. BLOCK holds steps, CHUNK samples for plots."""

    SCHEMA = 0
    BLOCK = 1
    CHUNK = 2


@frozen
class Frame:
    kind: FrameKind
    number: int
    content: bytes
    """Deflated."""

    def items(self) -> list[Any]:
        """The CBOR items in it. Raises Unreadable."""
        inflater = zlib.decompressobj()
        try:
            plain = inflater.decompress(self.content, LARGEST_CONTENT)
        except zlib.error as error:
            raise Unreadable("a frame of the recording is damaged") from error
        if not inflater.eof:
            raise Unreadable("a frame of the recording is damaged, or far larger than one can be")
        return list(_items(plain))


def frame(kind: FrameKind, number: int, items: Iterable[bytes]) -> bytes:
    """The octets of a frame; `items` are CBOR already."""
    content = zlib.compress(b"".join(items), LEVEL)
    return _HEAD.pack(SYNC, kind, number, len(content), zlib.crc32(content)) + content


def encoded(item: Any) -> bytes:
    """One item, as short as it can be without losing anything."""
    return cbor2.dumps(item, canonical=True)


def frames(octets: bytes) -> Iterator[Frame]:
    """Every whole frame, in order; what is damaged between them is passed over."""
    at = 0
    while (at := octets.find(SYNC, at)) >= 0:
        found = _frame_at(octets, at)
        if found is None:
            at += 1
            continue
        yield found
        at += _HEAD.size + len(found.content)


def _frame_at(octets: bytes, at: int) -> Frame | None:
    if len(octets) - at < _HEAD.size:
        return None
    _, kind, number, length, crc = _HEAD.unpack_from(octets, at)
    content = octets[at + _HEAD.size : at + _HEAD.size + length]
    if length > LARGEST_CONTENT or len(content) != length or zlib.crc32(content) != crc or kind not in _KINDS:
        return None
    return Frame(FrameKind(kind), number, content)


_KINDS = frozenset(FrameKind)


def _items(plain: bytes) -> Iterator[Any]:
    stream = io.BytesIO(plain)
    decoder = cbor2.CBORDecoder(stream)
    while stream.tell() < len(plain):
        try:
            yield decoder.decode()
        except (cbor2.CBORDecodeError, ValueError, RecursionError) as error:
            raise Unreadable("a frame of the recording holds no CBOR") from error
