"""Modbus on the wire: CRC, requests out of a byte stream, answers. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass

FIXED_REQUESTS = (1, 2, 3, 4, 5, 6)
WRITE_MANY = (15, 16)
FIXED_OCTETS = 8
CRC_OCTETS = 2

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3


def crc16(octets: bytes | bytearray) -> bytes:
    """CRC-16/MODBUS, low octet first, as it stands on the wire."""
    crc = 0xFFFF
    for octet in octets:
        crc = (crc >> 8) ^ _TABLE[(crc ^ octet) & 0xFF]
    return struct.pack("<H", crc)


def _table_entry(octet: int) -> int:
    crc = octet
    for _ in range(8):
        crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


_TABLE = tuple(_table_entry(octet) for octet in range(256))


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one unit: function code and what follows it."""

    unit: int
    pdu: bytes


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    body = bytes((unit,)) + pdu
    return body + crc16(body)


def split_rtu(buffer: bytearray) -> Request | None:
    """Take the first complete request out of `buffer`, by its length, not by gaps.

    Octets that cannot begin a request are dropped up to the next that can; None: nothing complete yet.
    """
    while len(buffer) >= FIXED_OCTETS:
        length = _request_octets(buffer)
        if length is None or (len(buffer) >= length and not _crc_fits(buffer, length)):
            del buffer[0]
            continue
        if len(buffer) < length:
            return None
        frame = bytes(buffer[:length])
        del buffer[:length]
        return Request(frame[0], frame[1:-CRC_OCTETS])
    return None


def _request_octets(buffer: bytearray) -> int | None:
    function = buffer[1]
    if function in FIXED_REQUESTS:
        return FIXED_OCTETS
    return 7 + buffer[6] + CRC_OCTETS if function in WRITE_MANY else None


def _crc_fits(buffer: bytearray, length: int) -> bool:
    return crc16(buffer[: length - CRC_OCTETS]) == buffer[length - CRC_OCTETS : length]


def refusal(function: int, code: int) -> bytes:
    """The exception answer to a request with this function code."""
    return bytes((function | 0x80, code))


MBAP = struct.Struct(">HHHB")
"""Transaction, protocol 0, octets that follow including the unit, unit."""


def tcp_frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    return MBAP.pack(transaction, 0, len(pdu) + 1, unit) + pdu
