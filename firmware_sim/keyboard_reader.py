"""A USB reader that types each card like a keyboard. Its event device is a named pipe with the kernel's records."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from firmware_sim.timeline import US_PER_S, Timeline
from firmware_sim.token_reader import uid_of

KEY_S = 0.008
"""From one key to the next."""
SYNC, KEY = 0, 1
UP, DOWN = 0, 1
SHIFT, ENTER, KEYPAD_ENTER = 42, 28, 96
ROW = {"0": 11, **{str(digit): digit + 1 for digit in range(1, 10)}}
KEYPAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
LETTERS = {"A": 30, "B": 48, "C": 46, "D": 32, "E": 18, "F": 33}


class EventPipe:
    """The charger opens `path`. Nothing here blocks; what nobody reads is lost when the pipe is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_cut = False
        self.has_charger = True
        self._end: int | None = None
        self.appear()

    def appear(self) -> None:
        """Plug it in."""
        if self._end is not None:
            return
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.unlink(missing_ok=True)
        os.mkfifo(fresh, 0o600)
        # Open for both directions, so that it never lacks a reader and never waits for one.
        self._end = os.open(fresh, os.O_RDWR | os.O_NONBLOCK)
        fresh.replace(self.path)

    def vanish(self) -> None:
        """Pull it out: whoever has it open reads its end, and the path is gone."""
        if self._end is None:
            return
        self.path.unlink(missing_ok=True)
        os.close(self._end)
        self._end = None

    def send(self, octets: bytes) -> None:
        """To the charger."""
        if self._end is None or self.is_cut or not self.has_charger:
            return
        try:
            os.write(self._end, octets)
        except BlockingIOError:
            return


class KeyboardReader:
    """Types hexadecimal digits; or, with `decimal_digits`, the number in that many decimal ones.

    `last_first` types the octets from the last to the first. `keypad` uses the keys on the right.
    """

    def __init__(
        self, timeline: Timeline, wire: EventPipe, *, decimal_digits: int | None = None, last_first: bool = False
    ) -> None:
        self.wire = wire
        self.keypad = False
        self._timeline = timeline
        self._decimal_digits = decimal_digits
        self._last_first = last_first

    def present(self, token: str) -> None:
        """A card is held before the reader."""
        uid = uid_of(token)
        self.type(self._printed(uid[::-1] if self._last_first else uid))

    def type(self, digits: str, *, enter: bool = True, every_s: float = KEY_S) -> None:
        """Press these keys, one after the other."""
        end = [KEYPAD_ENTER if self.keypad else ENTER] if enter else []
        keys = [(self._place(digit), digit in LETTERS) for digit in digits] + [(key, False) for key in end]
        for count, (key, is_capital) in enumerate(keys):
            self._timeline.after(count * every_s, lambda key=key, big=is_capital: self.press(key, shift=big))  # type: ignore[misc]

    def press(self, key: int, *, shift: bool = False) -> None:
        """One key, down and up."""
        strokes = [(key, DOWN), (key, UP)]
        if shift:
            strokes = [(SHIFT, DOWN), *strokes, (SHIFT, UP)]
        self.wire.send(b"".join(self._records(strokes)))

    def event(self, kind: int, code: int, value: int) -> bytes:
        """As the kernel hands it on, at this moment."""
        seconds, micros = divmod(self._timeline.now_us(), US_PER_S)
        return struct.pack("llHHi", seconds, micros, kind, code, value)

    def _records(self, strokes: list[tuple[int, int]]) -> Iterator[bytes]:
        for key, value in strokes:
            yield self.event(KEY, key, value)
            yield self.event(SYNC, 0, 0)

    def _printed(self, uid: bytes) -> str:
        if self._decimal_digits is None:
            return uid.hex().upper()
        number = int.from_bytes(uid, "big")
        if len(str(number)) > self._decimal_digits:
            raise ValueError(f"token: {uid.hex()} has more than the {self._decimal_digits} digits that it types")
        return str(number).zfill(self._decimal_digits)

    def _place(self, digit: str) -> int:
        if digit in LETTERS:
            return LETTERS[digit]
        return KEYPAD[digit] if self.keypad else ROW[digit]
