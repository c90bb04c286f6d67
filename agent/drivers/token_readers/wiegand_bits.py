"""Card numbers out of the pulses of a Wiegand reader. Pure; what is no number is counted and never raised.

A number of 26 bits is a parity bit, 24 bits of the card and a parity bit; one of 34 bits has 32 of the card. The first
half with its parity has an even number of ones, the second an odd one (relays-and-inputs.md section 4.4).
"""

from __future__ import annotations

GAP_S = 0.025
"""Bits come 1 to 2 ms apart. Whoever pauses for longer has ended."""
LENGTHS = (26, 34)
BITS_AT_MOST = 64


class WiegandBits:
    """Collects bits until `end`, or until a bit that comes after a gap. Times are the kernel's, in seconds."""

    def __init__(self) -> None:
        self.rejected = 0
        """Trains of pulses that were no number: crossed wires and noise make it rise."""
        self._bits = ""
        self._is_spoilt = False
        self._last_at = 0.0

    def pulse(self, bit: int, at_s: float, *, after_gap: bool = False) -> str | None:
        """One pulse on D0 or D1. The number before it, where it comes too late for that one.

        `after_gap`: the kernel lost changes before this one, so that what is under way cannot be right.
        """
        before = self.end() if self._bits and at_s - self._last_at > GAP_S else None
        self._last_at = at_s
        self._is_spoilt |= after_gap or len(self._bits) >= BITS_AT_MOST
        if len(self._bits) < BITS_AT_MOST:
            self._bits += str(bit)
        return before

    def end(self) -> str | None:
        """No more bits came: the number as upper-case hexadecimal digits, where it is one."""
        bits, is_spoilt = self._bits, self._is_spoilt
        self._bits, self._is_spoilt = "", False
        if not bits:
            return None
        number = None if is_spoilt else number_of(bits)
        self.rejected += number is None
        return number


def number_of(bits: str) -> str | None:
    """Six hexadecimal digits of 26 bits, eight of 34; None for another length or a wrong parity."""
    if len(bits) not in LENGTHS:
        return None
    half = len(bits) // 2
    if bits[:half].count("1") % 2 or not bits[half:].count("1") % 2:
        return None
    card = bits[1:-1]
    return f"{int(card, 2):0{len(card) // 4}X}"
