"""SML as a meter writes it: words, messages, and the file around them. Pure.

Written down from BSI TR-03109-1 ("Smart Message Language") and from what meters send; shared with nobody who reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

ABSENT = b"\x01"
END = b"\x00"
MARK = b"\x1b" * 4
OPENED, LISTED, CLOSED = 0x0101, 0x0701, 0x0201
WATT_HOUR, WATT, AMPERE, VOLT, HERTZ = 30, 27, 33, 35, 44
NO_GROUP = b"\x62\x00"


def octets(content: bytes) -> bytes:
    """A text or a number that is none."""
    return _head(0, len(content), counts_itself=True) + content


def whole(number: int, size: int = 1) -> bytes:
    """Without a sign, of so many bytes."""
    return bytes((0x60 | size + 1,)) + number.to_bytes(size, "big")


def signed(number: int, size: int = 1) -> bytes:
    return bytes((0x50 | size + 1,)) + number.to_bytes(size, "big", signed=True)


def listed(*words: bytes) -> bytes:
    """The length of a list counts its words, not its bytes."""
    return _head(7, len(words), counts_itself=False) + b"".join(words)


def entry(code: str, unit: int | None, scaler: int, value: bytes) -> bytes:
    """One value: "1.8.0", what it is in, the power of ten, and its word."""
    name = bytes((1, 0, *map(int, code.split(".")), 255))
    described = (ABSENT, ABSENT) if unit is None else (whole(unit), signed(scaler))
    return listed(octets(name), ABSENT, ABSENT, *described, value, ABSENT)


def file(server_id: bytes, count: int, entries: Sequence[bytes], *, kermit: bool = False) -> bytes:
    """Opened, the list of values, closed: what is pushed each time. `count` makes its transactions different."""
    now = listed(whole(1), whole(count & 0xFFFFFFFF, 4))
    opened = listed(ABSENT, ABSENT, octets(count.to_bytes(4, "big")), octets(server_id), now, whole(1))
    values = listed(
        ABSENT, octets(server_id), octets(bytes((1, 0, 98, 10, 255, 255))), now, listed(*entries), ABSENT, ABSENT
    )
    bodies = ((OPENED, opened), (LISTED, values), (CLOSED, listed(ABSENT)))
    content = b"".join(_message(3 * count + place, *body, kermit=kermit) for place, body in enumerate(bodies))
    padding = -len(content) % 4
    framed = MARK + b"\x01" * 4 + content.replace(MARK, MARK + MARK) + bytes(padding) + MARK + bytes((0x1A, padding))
    return framed + checksum(framed, kermit=kermit)


def checksum(content: bytes, *, kermit: bool = False) -> bytes:
    """CRC-16 of X.25, low byte first; or Kermit's, high byte first."""
    value = 0 if kermit else 0xFFFF
    for octet in content:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value.to_bytes(2, "big") if kermit else (value ^ 0xFFFF).to_bytes(2, "little")


def _message(count: int, kind: int, content: bytes, *, kermit: bool) -> bytes:
    body = listed(whole(kind, 2), content)
    start = b"\x76" + octets(count.to_bytes(4, "big")) + NO_GROUP + NO_GROUP + body
    return start + b"\x63" + checksum(start, kermit=kermit) + END


def _head(kind: int, length: int, *, counts_itself: bool) -> bytes:
    """Type and length; what needs more than four bits takes a second byte."""
    told = length + 1 if counts_itself else length
    if told < 16:
        return bytes((kind << 4 | told,))
    told = length + 2 if counts_itself else length
    return bytes((0x80 | kind << 4 | told >> 4, told & 0x0F))
