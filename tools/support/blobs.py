"""A file that a charger sends in pieces: put together, and believed only with the right hash. Pure but for the octets.

`blob/<id>/<k>` is a CBOR map {k, data}; k = 0 also says how large the whole is and its SHA-256 (docs/mqtt.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.values import frozen
from tools.support.failures import SupportError

MOST_BYTES = 64 << 20
"""A charger sends 20 MiB at most; beyond this somebody wants to fill our disk."""
MOST_CHUNK_BYTES = 256 << 10
MOST_CHUNKS = 4096


class BadChunk(SupportError):
    """This piece is none of this file."""


@frozen(kw_only=True)
class Promise:
    """What the charger says the whole is."""

    bytes: int
    chunks: int
    sha256: str
    name: str
    content_type: str


def promise_of(told: Mapping[str, Any]) -> Promise:
    """Of chunk 0, or of the `blob` in the result. Raises BadChunk."""
    try:
        promise = Promise(
            bytes=int(told["bytes"]),
            chunks=int(told["chunks"]),
            sha256=str(told["sha256"]).lower(),
            name=str(told["name"])[:200],
            content_type=str(told["content_type"])[:100],
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadChunk(f"the charger does not say what it sends: {error} is missing or makes no sense") from error
    if not (0 <= promise.bytes <= MOST_BYTES and 0 < promise.chunks <= MOST_CHUNKS):
        raise BadChunk(f"{promise.bytes} bytes in {promise.chunks} pieces are more than a charger ever sends")
    return promise


@dataclass
class Arriving:
    """The pieces so far. The same piece twice is one; two that differ are told, and the hash decides."""

    promise: Promise | None = None
    pieces: dict[int, bytes] = field(default_factory=dict)
    differing: set[int] = field(default_factory=set)
    refused: int = 0

    def take(self, number: int, payload: bytes) -> None:
        """One message of the topic with this number. What is no piece is counted, and nothing else."""
        try:
            self._take(number, payload)
        except BadChunk:
            self.refused += 1

    def _take(self, number: int, payload: bytes) -> None:
        told = _decoded(payload)
        data = told.get("data")
        if told.get("k") != number or not isinstance(data, bytes) or len(data) > MOST_CHUNK_BYTES:
            raise BadChunk(f"piece {number} is damaged")
        if number >= (self.promise.chunks if self.promise else MOST_CHUNKS):
            raise BadChunk(f"there is no piece {number}")
        if number == 0 and self.promise is None:
            self.promise = promise_of(told)
        if self.pieces.get(number, data) != data:
            self.differing.add(number)
        if sum(map(len, self.pieces.values())) + len(data) > MOST_BYTES:
            raise BadChunk("it is more than a charger ever sends")
        self.pieces[number] = data

    def expect(self, promise: Promise) -> None:
        """What the result names; it counts where chunk 0 never came."""
        self.promise = promise
        self.pieces = {number: data for number, data in self.pieces.items() if number < promise.chunks}

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of pieces that have not come; none where nobody said how many there are."""
        if self.promise is None:
            return ()
        return tuple(number for number in range(self.promise.chunks) if number not in self.pieces)

    @property
    def is_complete(self) -> bool:
        return self.promise is not None and not self.missing

    def whole(self) -> bytes:
        """The file. Raises BadChunk with what is missing or wrong."""
        if self.promise is None:
            raise BadChunk("not even its first piece came")
        if self.missing:
            raise BadChunk(f"{_numbers(self.missing)} of {self.promise.chunks} did not come")
        whole = b"".join(self.pieces[number] for number in range(self.promise.chunks))
        if len(whole) != self.promise.bytes:
            raise BadChunk(f"it is {len(whole)} bytes long, and should be {self.promise.bytes}")
        if hashlib.sha256(whole).hexdigest() != self.promise.sha256:
            twice = f"; {_numbers(tuple(sorted(self.differing)))} came twice and differ" if self.differing else ""
            raise BadChunk(f"its SHA-256 is not the one that the charger told: it was changed on its way{twice}")
        return whole


def _decoded(payload: bytes) -> Mapping[str, Any]:
    import cbor2

    try:
        told = cbor2.loads(payload)
    except (cbor2.CBORDecodeError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise BadChunk("this piece is no CBOR") from error
    if not isinstance(told, dict):
        raise BadChunk("this piece is no map")
    return told


def _numbers(numbers: tuple[int, ...]) -> str:
    """ "piece 3", "pieces 0, 4, 7 and 12 more"."""
    shown = ", ".join(str(one) for one in numbers[:8])
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"piece{'s' if len(numbers) > 1 else ''} {shown}{more}"
