"""SML out of a stream of bytes: where a file begins and ends, and whether its checksum is right. Pure.

Transport protocol of version 1 (BSI TR-03109-1, "Smart Message Language", section 8): four escapes and four 1 begin a
file, four escapes and 0x1A end it, followed by the count of padding bytes and the checksum of everything before; four
escapes in the content are doubled.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache

ESCAPE = b"\x1b\x1b\x1b\x1b"
START = ESCAPE + b"\x01\x01\x01\x01"
WORD = 4
END_MARK = 0x1A
PADDING_AT_MOST = 3
FILE_AT_MOST = 8192
"""A push has 200 to 800 bytes; whatever goes on for longer is none."""
REFLECTED_CCITT = 0x8408


class Checksum(Enum):
    """X25 is the standard's. KERMIT is what Holley's DTZ541 sends in its place."""

    X25 = "x25"
    KERMIT = "kermit"

    def fits(self, octets: bytes, told: bytes) -> bool:
        """Whether `told` is the checksum of these octets."""
        match self:
            case Checksum.X25:
                return told == (_crc(octets, 0xFFFF) ^ 0xFFFF).to_bytes(2, "little")
            case Checksum.KERMIT:
                # Recorded of the messages inside a file is the high byte first; of the file's own nobody says which.
                return told in (_crc(octets, 0).to_bytes(2, "big"), _crc(octets, 0).to_bytes(2, "little"))


class BadFile(Exception):
    """A file began and did not end as one; the text says what to check."""


class SmlFrames:
    """Feed it what arrives, in whatever pieces."""

    def __init__(self, checksum: Checksum) -> None:
        self._checksum = checksum
        self._received = bytearray()

    def feed(self, received: bytes) -> Iterator[bytes | BadFile]:
        """The content of each file that is complete now, or what is wrong with it."""
        self._received += received
        while (begin := self._received.find(START)) >= 0:
            del self._received[:begin]
            end = _end_of(self._received)
            if end is None:
                if len(self._received) > FILE_AT_MOST:
                    self._received.clear()
                return
            file = bytes(self._received[:end])
            del self._received[:end]
            yield self._content(file)
        del self._received[: -(len(START) - 1)]

    def _content(self, file: bytes) -> bytes | BadFile:
        if file[-2 * WORD : -WORD] != ESCAPE or file[-WORD] != END_MARK:
            return BadFile("a file of SML breaks off; check that the head sits straight on the meter's window")
        body, told = file[:-2], file[-2:]
        if not self._checksum.fits(body, told):
            return BadFile(self._spoilt(body, told))
        padding = file[-3]
        if padding > PADDING_AT_MOST:
            return BadFile(f"a file of SML tells {padding} bytes of padding; check the meter")
        return _unescaped(file[len(START) : -2 * WORD])[: -padding or None]

    def _spoilt(self, body: bytes, told: bytes) -> str:
        for other in Checksum:
            if other is not self._checksum and other.fits(body, told):
                return f'its checksums are of another kind; write checksum = "{other.value}"'
        return "its files arrive with wrong checksums; check the head's place on the meter, its cable and outside light"


def _end_of(received: bytearray) -> int | None:
    """Behind the file that the bytes begin with, or where another begins because it broke off. None: not yet."""
    place = len(START)
    while (place := received.find(ESCAPE, place)) >= 0:
        word = received[place + WORD : place + 2 * WORD]
        if len(word) < WORD:
            return None
        if word == START[WORD:]:
            return place
        if word[0] == END_MARK:
            return place + 2 * WORD
        place += 2 * WORD if word == ESCAPE else 1
    return None


def _unescaped(content: bytes) -> bytes:
    return content.replace(ESCAPE + ESCAPE, ESCAPE)


def _crc(octets: bytes, crc: int) -> int:
    table = _table()
    for octet in octets:
        crc = (crc >> 8) ^ table[(crc ^ octet) & 0xFF]
    return crc


@cache
def _table() -> tuple[int, ...]:
    return tuple(_entry(octet) for octet in range(256))


def _entry(crc: int) -> int:
    for _ in range(8):
        crc = (crc >> 1) ^ REFLECTED_CCITT if crc & 1 else crc >> 1
    return crc
