"""A card reader that sends each card as one ASCII frame: STX, hex digits, two checksum digits, CR LF, ETX."""

from __future__ import annotations

import re

from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline

STX, ETX = b"\x02", b"\x03"
UID = re.compile(r"(?:[0-9A-F]{2}){2,10}")
OCTET_S = 10 / 9600


def uid_of(token: str) -> bytes:
    """The octets of a card's number. Raises ValueError for what no card can have as one."""
    if not UID.fullmatch(token.upper()):
        raise ValueError(
            f"token: {token!r} is no card number; write 8 to 20 hexadecimal digits, an even number of them"
        )
    return bytes.fromhex(token)


def frame_of(token: str) -> bytes:
    """The frame of a card. Raises ValueError for what no card can have as its number."""
    uid = uid_of(token)
    checksum = 0
    for octet in uid:
        checksum ^= octet
    return STX + f"{uid.hex().upper()}{checksum:02X}\r\n".encode("ascii") + ETX


class TokenReader:
    """`chunk_octets` cuts each frame into pieces of that length, one octet time apart per octet; 0 sends it whole."""

    def __init__(self, timeline: Timeline, wire: SerialWire, chunk_octets: int = 0) -> None:
        self.chunk_octets = chunk_octets
        self.wire = wire
        self._timeline = timeline

    def present(self, token: str) -> None:
        """A card is held before the reader."""
        frame = frame_of(token)
        step = self.chunk_octets or len(frame)
        for start in range(0, len(frame), step):
            piece = frame[start : start + step]
            self._timeline.after(start * OCTET_S, lambda piece=piece: self.wire.send(piece))  # type: ignore[misc]
