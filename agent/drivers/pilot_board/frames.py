"""Frames of the pilot board's link: COBS(payload + CRC-16/CCITT-FALSE, big endian) and one zero byte as the end.

docs/pilot-board-protocol.md, section 2. Pure; the board has its own twin, and both are held to one file of vectors.
"""

from __future__ import annotations

from binascii import crc_hqx

MAX_PAYLOAD = 480
MAX_FRAME = MAX_PAYLOAD + 2 + 3
"""Largest encoded frame without its zero."""

DELIMITER = b"\x00"
CRC_START = 0xFFFF
FULL_BLOCK = 254
"""Bytes after a COBS code of 255, which alone stands for no zero."""


class FrameError(ValueError):
    """What stood between two zeros is no frame of the board's."""


def cobs_encode(content: bytes) -> bytes:
    """`content` without zero bytes."""
    out = bytearray()
    for run in content.split(DELIMITER):
        rest = run
        while len(rest) >= FULL_BLOCK:
            out += b"\xff" + rest[:FULL_BLOCK]
            rest = rest[FULL_BLOCK:]
        out.append(len(rest) + 1)
        out += rest
    return bytes(out)


def cobs_decode(encoded: bytes) -> bytes:
    """The inverse of `cobs_encode`; FrameError for a zero, or a code byte that leads past the end."""
    if DELIMITER in encoded:
        raise FrameError("zero inside a frame")
    out = bytearray()
    at = 0
    while at < len(encoded):
        code = encoded[at]
        end = at + code
        if end > len(encoded):
            raise FrameError("COBS code leads past the end")
        out += encoded[at + 1 : end]
        if code <= FULL_BLOCK and end < len(encoded):
            out.append(0)
        at = end
    return bytes(out)


def frame(payload: bytes) -> bytes:
    """`payload` ready for the wire. One longer than MAX_PAYLOAD is our own mistake: ValueError."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"payload of {len(payload)} bytes; a frame holds {MAX_PAYLOAD}")
    return cobs_encode(payload + crc_hqx(payload, CRC_START).to_bytes(2, "big")) + DELIMITER


def unframe(encoded: bytes) -> bytes:
    """The payload of what stood between two zeros. Raises FrameError."""
    if len(encoded) > MAX_FRAME:
        raise FrameError("too long")
    content = cobs_decode(encoded)
    payload, checksum = content[:-2], content[-2:]
    if not payload:
        raise FrameError("too short")
    if crc_hqx(payload, CRC_START) != int.from_bytes(checksum, "big"):
        raise FrameError("checksum")
    return payload


class FrameSplitter:
    """Cuts a stream of bytes at its zeros. Keeps no more than one frame: what is longer is dropped and counted."""

    def __init__(self) -> None:
        self.overlong = 0
        self._pending = b""
        self._skipping = False

    def feed(self, received: bytes) -> list[bytes]:
        """The encoded frames that `received` completes, without their zeros; empty ones are left out."""
        *complete, self._pending = (self._pending + received).split(DELIMITER)
        if complete and self._skipping:
            self._skipping = False
            del complete[0]
        if len(self._pending) > MAX_FRAME:
            self.overlong += not self._skipping
            self._skipping = True
            self._pending = b""
        return [piece for piece in complete if piece]
