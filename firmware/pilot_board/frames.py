"""Frames of the host link: COBS(payload + CRC-16 big endian) + one zero byte, and the way back.

CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected; "123456789" gives 0x29B1.
"""

import binascii

MAX_PAYLOAD = 480
MAX_FRAME = MAX_PAYLOAD + 2 + 3
"""Largest encoded frame without its zero: checksum, and one code byte per 254 bytes begun, plus one."""

DELIMITER = b"\x00"

# CPython has the very checksum under this name, MicroPython has none.
crc_hqx = getattr(binascii, "crc_hqx", None)

# The checksum's remainders for four bits at a time: 16 entries cost a microcontroller nothing and save half the loop.
NIBBLE_REMAINDERS = (
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
)  # fmt: skip


class FrameError(ValueError):
    """The bytes between two zeros are not a frame of ours."""


def crc16_by_nibbles(content: bytes) -> int:
    """CRC-16/CCITT-FALSE without help from the platform."""
    crc = 0xFFFF
    for byte in content:
        crc = ((crc << 4) & 0xFFFF) ^ NIBBLE_REMAINDERS[(crc >> 12) ^ (byte >> 4)]
        crc = ((crc << 4) & 0xFFFF) ^ NIBBLE_REMAINDERS[(crc >> 12) ^ (byte & 0x0F)]
    return crc


def crc16(content: bytes) -> int:
    """CRC-16/CCITT-FALSE by the fastest means at hand."""
    if crc_hqx is None:
        return crc16_by_nibbles(content)
    crc: int = crc_hqx(content, 0xFFFF)
    return crc


def cobs_encode(content: bytes) -> bytes:
    """`content` without zero bytes (Cheshire and Baker, 1999)."""
    out = bytearray()
    for run in content.split(DELIMITER):
        at = 0
        while len(run) - at >= 254:
            out.append(255)
            out.extend(run[at : at + 254])
            at += 254
        out.append(len(run) - at + 1)
        out.extend(run[at:])
    return bytes(out)


def cobs_decode(encoded: bytes) -> bytes:
    """The inverse of `cobs_encode`; FrameError for a zero, or a code byte that leads past the end."""
    if DELIMITER in encoded:
        raise FrameError("zero inside a frame")
    out = bytearray()
    at, size = 0, len(encoded)
    while at < size:
        code = encoded[at]
        end = at + code
        if code == 0 or end > size:
            raise FrameError("COBS code leads nowhere")
        out.extend(encoded[at + 1 : end])
        if code < 255 and end < size:
            out.append(0)
        at = end
    return bytes(out)


def frame(payload: bytes) -> bytes:
    """`payload` ready for the wire, with the zero that ends it. Longer than MAX_PAYLOAD is our own mistake."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError("payload too long")
    return cobs_encode(payload + crc16(payload).to_bytes(2, "big")) + DELIMITER


def unframe(encoded: bytes) -> bytes:
    """The payload of what stood between two zeros; FrameError where it is none of ours."""
    if len(encoded) > MAX_FRAME:
        raise FrameError("too long")
    content = cobs_decode(encoded)
    if len(content) < 3:
        raise FrameError("too short")
    payload = content[:-2]
    if crc16(payload) != (content[-2] << 8 | content[-1]):
        raise FrameError("checksum")
    return payload
