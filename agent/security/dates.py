"""When a certificate ends, and whose it is, read off its DER: what a health report needs of it, and nothing judged.

The library that judges certificates costs 10 MB of memory, and a charger whose certificates come by file never loads
it. RFC 5280 section 4.1: of the TBSCertificate only version, serial number and signature stand before issuer, validity
and subject. Pure.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from agent.values import frozen

BLOCK = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----(.*?)-----END", re.DOTALL)
SEQUENCE, SET, INTEGER, VERSION, UTC_TIME = 0x30, 0x31, 0x02, 0xA0, 0x17
COMMON_NAME = bytes.fromhex("0603550403")
LONGEST_NAME = 64


@frozen(kw_only=True)
class Dates:
    """`subject` is its common name, "" where it has none."""

    subject: str
    ends_ms: int


def dates_of(pem: str, most: int = 20) -> tuple[Dates, ...]:
    """Of the certificates in a PEM text, in its order; what cannot be read is left out."""
    found = (_dates(block) for block, _ in zip(BLOCK.findall(pem), range(most), strict=False))
    return tuple(one for one in found if one is not None)


def _dates(block: str) -> Dates | None:
    try:
        der = binascii.a2b_base64(block)
        (_, whole), *_ = _parts(der)
        (_, signed), *_ = _parts(whole)
        parts = [part for part in _parts(signed) if part[0] != VERSION]
        _serial, _signature, _issuer, (_, validity), (_, subject), *_ = parts
        _, (kind, until) = _parts(validity)
        return Dates(subject=_name(subject), ends_ms=_milliseconds(kind, until.decode("ascii")))
    except (ValueError, IndexError, UnicodeDecodeError):
        return None


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element. Raises ValueError."""
    place = 0
    while place < len(der):
        tag, length, begin = der[place], der[place + 1], place + 2
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(der[place + 2 : begin], "big")
        if begin + length > len(der):
            raise ValueError("an element that is cut off")
        yield tag, der[begin : begin + length]
        place = begin + length


def _name(subject: bytes) -> str:
    for _, one in _parts(subject):
        for _, pair in _parts(one):
            if pair.startswith(COMMON_NAME):
                (_, _), (_, text) = _parts(pair)
                return text.decode("utf-8", "replace")[:LONGEST_NAME]
    return ""


def _milliseconds(kind: int, text: str) -> int:
    """UTCTime has years of two digits, 50 and more are of the last century (RFC 5280 section 4.1.2.5.1)."""
    if kind == UTC_TIME:
        text = f"{'19' if text[:2] >= '50' else '20'}{text}"
    return round(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000)
