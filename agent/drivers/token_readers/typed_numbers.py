"""Card numbers out of the keys that a keyboard-like reader types. Pure; what is no card is counted and never raised.

Key codes name places on a keyboard, not letters, so no keyboard layout can change a number
(linux/input-event-codes.h).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from agent.values import frozen

NATIVE = Struct("@LLHHi")
"""struct input_event: seconds, microseconds, type, code, value. Two words of this process's own size stand in front, on
32 bits too (linux/input.h since 2018), where the kernel writes what a 32-bit process reads."""

EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
PRESSED = 1
"""0 is released, 2 repeated."""

ENTERS = frozenset({28, 96})
"""That of the keypad too."""
UNCOUNTED = frozenset({29, 42, 54, 58, 69})
"""Ctrl, both Shift keys, Caps Lock and Num Lock: some readers press them around letters and digits."""
_ROW = {key: digit for digit, key in zip("1234567890", range(2, 12), strict=True)}
_KEYPAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))
_LETTERS = dict(zip((30, 48, 46, 32, 18, 33), "ABCDEF", strict=True))
DIGITS = _ROW | _KEYPAD | _LETTERS

GAP_S = 0.3
"""A reader types a key in some 10 ms: who pauses for longer is no reader, or one that was pulled out."""
DIGITS_AT_MOST = 40


class TypedNumbers:
    """Collects digits until Enter. `record` is how the kernel writes an event; pieces of any size will do."""

    def __init__(self, record: Struct = NATIVE) -> None:
        self.garbage = 0
        """Numbers that were broken off, or had keys in them that are no digits."""
        self._record = record
        self._rest = b""
        self._digits = ""
        self._is_spoilt = False
        self._typed_at = float("-inf")

    def feed(self, received: bytes) -> list[str]:
        """The numbers that `received` completes, as upper-case hexadecimal digits."""
        whole, self._rest = _whole_records(self._rest + received, self._record.size)
        numbers = [self._take(event) for event in self._events(whole)]
        return [number for number in numbers if number]

    def _events(self, whole: bytes) -> Iterator[tuple[float, int, int, int]]:
        for seconds, micros, kind, code, value in self._record.iter_unpack(whole):
            yield seconds + micros / 1e6, kind, code, value

    def _take(self, event: tuple[float, int, int, int]) -> str:
        at_s, kind, code, value = event
        if kind == EV_SYN and code == SYN_DROPPED:
            # The kernel's queue was full: keys are missing, and nobody knows which.
            self._is_spoilt = True
        if kind != EV_KEY or value != PRESSED or code in UNCOUNTED:
            return ""
        # The kernel's own time, which a late look at the device does not change.
        if not 0 <= at_s - self._typed_at <= GAP_S:
            self._begin()
        self._typed_at = at_s
        if code in ENTERS:
            return self._end()
        self._is_spoilt |= code not in DIGITS or len(self._digits) >= DIGITS_AT_MOST
        if not self._is_spoilt:
            self._digits += DIGITS[code]
        return ""

    def _begin(self) -> None:
        self.garbage += bool(self._digits) or self._is_spoilt
        self._digits, self._is_spoilt = "", False

    def _end(self) -> str:
        number = "" if self._is_spoilt else self._digits
        self.garbage += self._is_spoilt
        self._digits, self._is_spoilt = "", False
        return number


def _whole_records(received: bytes, size: int) -> tuple[bytes, bytes]:
    end = len(received) - len(received) % size
    return received[:end], received[end:]


@frozen(kw_only=True)
class Print:
    """What a reader types: `lengths` in digits; with `decimal` the number itself, of a card of `card_bytes`."""

    lengths: tuple[int, ...]
    decimal: bool
    card_bytes: int

    def card_of(self, number: str) -> str | None:
        """The card as hexadecimal digits; None where the number is none of this reader's."""
        if len(number) not in self.lengths:
            return None
        if not self.decimal:
            return number
        if not number.isdecimal() or int(number) >= 256**self.card_bytes:
            return None
        return f"{int(number):0{2 * self.card_bytes}X}"
