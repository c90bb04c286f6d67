"""The PN532's frames on a serial line, to and from bytes. Pure; garbage is counted and never raised.

A frame is `00 00 FF LEN LCS payload DCS 00`: LEN and LCS add to 0, payload and DCS too, modulo 256. The payload's first
byte is D4 towards the chip and D5 back (relays-and-inputs.md section 4.2; UM0701-02 section 6.2).
"""

from __future__ import annotations

from enum import Enum

START = b"\x00\xff"
TO_CHIP, FROM_CHIP = 0xD4, 0xD5
PAYLOAD_AT_MOST = 254
BYTE_TIMEOUT_S = 0.1
"""A frame that does not go on for this long was cut. A byte takes 0.09 ms; a USB adapter hands on every 16 ms."""


class Control(Enum):
    """Frames without a payload of their own, as the bytes behind START."""

    ACK = b"\x00\xff"
    NACK = b"\xff\x00"
    ERROR = b"\x01\xff\x7f\x81"
    """The chip did not understand: a syntax error."""


Frame = Control | bytes
"""A control frame, or the payload of another one, without D4 or D5."""
ACK_FRAME = b"\x00" + START + Control.ACK.value + b"\x00"


def frame_of(payload: bytes) -> bytes:
    """What is sent for a command, its code and its parameters. Raises ValueError for one that fits no frame."""
    if not 0 < len(payload) < PAYLOAD_AT_MOST:
        raise ValueError(f"a payload of {len(payload)} bytes fits no frame; 1 to {PAYLOAD_AT_MOST - 1} do")
    body = bytes((TO_CHIP,)) + payload
    return b"\x00" + START + bytes((len(body), -len(body) & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))


class FrameStream:
    """Finds frames in pieces of any size, behind any noise; keeps less than one frame."""

    def __init__(self) -> None:
        self.garbage = 0
        """Bytes that belong to no frame; zeros between frames are none."""
        self.echoes = 0
        """Frames of our own that came back."""
        self._kept = b""
        self._fed_at = float("-inf")

    def feed(self, received: bytes, now: float) -> list[Frame]:
        """The frames that `received` completes. `now` in seconds, for frames that were cut."""
        if now - self._fed_at > BYTE_TIMEOUT_S:
            self._drop(len(self._kept))
        self._fed_at = now
        self._kept += received
        frames: list[Frame] = []
        while self._reaches_start():
            length = _frame_length(self._kept)
            if length is None or len(self._kept) < length:
                break
            self._take(length, frames)
        return frames

    def _reaches_start(self) -> bool:
        """Drop what stands before the next start; whether there is one."""
        start = self._kept.find(START)
        if start < 0:
            # A zero at the end may be the start's first half.
            start = len(self._kept) - self._kept.endswith(START[:1])
            self._drop(start)
            return False
        self._drop(start)
        return True

    def _take(self, length: int, frames: list[Frame]) -> None:
        frame = _read(self._kept[len(START) : length])
        if frame is None:
            # What looked like a start was none: the real one may stand within.
            self._drop(1)
            return
        self._kept = self._kept[length:]
        if isinstance(frame, Control):
            frames.append(frame)
        elif frame[0] == FROM_CHIP:
            frames.append(frame[1:])
        else:
            self.echoes += frame[0] == TO_CHIP

    def _drop(self, count: int) -> None:
        dropped, self._kept = self._kept[:count], self._kept[count:]
        self.garbage += count - dropped.count(0)


def _frame_length(kept: bytes) -> int | None:
    """Of the frame that `kept` begins with, start and checksums included; None while that is not known."""
    behind = kept[len(START) : len(START) + 2]
    if len(behind) < 2:
        return None
    if behind in (Control.ACK.value, Control.NACK.value) or sum(behind) & 0xFF:
        return len(START) + 2
    return len(START) + 2 + behind[0] + 1


def _read(behind: bytes) -> Frame | None:
    """The frame whose bytes behind START these are; None where its sums are wrong."""
    for control in Control:
        if behind == control.value:
            return control
    length_is_right = sum(behind[:2]) & 0xFF == 0
    body = behind[2:]
    return body[:-1] if length_is_right and len(body) > 1 and sum(body) & 0xFF == 0 else None
