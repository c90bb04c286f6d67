"""Card numbers out of what a serial reader sends. Pure; garbage is counted and never raised.

Two forms are common: a plain line of hexadecimal digits, and the same between STX and ETX with two digits of checksum
behind it, the XOR of the number's bytes (relays-and-inputs.md section 4.5). A reader that once sent a good framed card
is held to that form: a card whose STX was lost would read as another card.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

STX, ETX = 0x02, 0x03
LINE_ENDS = frozenset(b"\r\n" + bytes((ETX,)))
LINE_AT_MOST = 64
PIECE_TIMEOUT_S = 0.5
"""A line that does not go on for this long was cut; what comes next is another one."""
PLAIN = re.compile(rb"[0-9A-Fa-f]{2}(?:[ :-]?[0-9A-Fa-f]{2})*")
SEPARATORS = b" :-"
CARD_BYTES = range(4, 11)
"""ISO 14443 numbers have 4, 7 or 10 bytes, 125 kHz cards 5, ISO 15693 8."""


class CardLines:
    """Reassembles lines from pieces of any size; keeps at most one line."""

    def __init__(self) -> None:
        self.garbage = 0
        """Lines that are no card: noise, wrong checksums, other texts."""
        self._line = bytearray()
        self._is_framed = False
        self._is_overlong = False
        self._only_framed = False
        self._fed_at = float("-inf")

    def feed(self, received: bytes, now: float) -> list[str]:
        """The numbers that `received` completes, as upper-case hexadecimal digits."""
        if now - self._fed_at > PIECE_TIMEOUT_S:
            self._restart(is_framed=False)
        self._fed_at = now
        cards = [self._take(byte) for byte in received]
        return [card for card in cards if card is not None]

    def _take(self, byte: int) -> str | None:
        if byte == STX:
            self._restart(is_framed=True)
        elif byte in LINE_ENDS:
            return self._end_line()
        elif len(self._line) < LINE_AT_MOST:
            self._line.append(byte)
        else:
            self._is_overlong = True
        return None

    def _end_line(self) -> str | None:
        line, is_framed, is_overlong = bytes(self._line).strip(), self._is_framed, self._is_overlong
        self._line.clear()
        self._restart(is_framed=False)
        if not line:
            # Between CR and LF, and between LF and ETX.
            return None
        card = None if is_overlong else self._card(line, is_framed=is_framed)
        self.garbage += card is None
        return card

    def _card(self, line: bytes, *, is_framed: bool) -> str | None:
        if not PLAIN.fullmatch(line) or (self._only_framed and not is_framed):
            return None
        number = bytes.fromhex(line.translate(None, SEPARATORS).decode("ascii"))
        if is_framed:
            number, checksum = number[:-1], number[-1]
            if reduce(xor, number, 0) != checksum:
                return None
            self._only_framed = True
        return number.hex().upper() if len(number) in CARD_BYTES else None

    def _restart(self, *, is_framed: bool) -> None:
        self.garbage += bool(self._line)
        self._line.clear()
        self._is_framed = is_framed
        self._is_overlong = False
