"""What the octets that reached a board amount to, read by the host's codec and never by the board's own.

A wish counts after the table of messages was named, and only if its number comes after that of the last one; numbers
begin anew with a question that was not asked before. A wrong name takes everything back. A wish is void 2 s after it
was heard (docs/pilot-board-protocol.md).
"""

from __future__ import annotations

from agent.drivers.pilot_board.codec import decode
from agent.drivers.pilot_board.frames import FrameError, FrameSplitter, unframe
from agent.drivers.pilot_board.messages import TABLE_HASH, TEST_STEPS, Identify, Message, MessageError, Test, Wish

LEASE_US = 2_000_000
LEAST_DA = 60
WAVE = TEST_STEPS.index("drive_pwm")


class Heard:
    """Feed it the very octets at the very time; ask what the board may go by."""

    def __init__(self) -> None:
        self.wish: Wish | None = None
        self.wish_at_us = 0
        self.wave_at_us: int | None = None
        """When a test asked for a square wave on the empty outlet last, whatever came of it."""
        self.wishes = 0
        self.nonsense = 0
        self._splitter = FrameSplitter()
        self._named = False
        self._last_number: int | None = None
        self._last_question: int | None = None

    def hear(self, octets: bytes, now_us: int) -> None:
        for piece in self._splitter.feed(octets):
            try:
                self._take(decode(unframe(piece)), now_us)
            except (FrameError, MessageError):
                self.nonsense += 1

    @property
    def overlong(self) -> int:
        """Pieces without an end that were dropped."""
        return self._splitter.overlong

    def permitted_da(self, now_us: int) -> int:
        """What may be offered at this moment, in 0.1 A; 0 without a fresh permission in service for at least 6 A."""
        wish = self.wish
        if wish is None or wish.open_at_once or now_us - self.wish_at_us >= LEASE_US:
            return 0
        if not (wish.permit and wish.commissioned):
            return 0
        return wish.offer_da if wish.offer_da >= LEAST_DA else 0

    def must_open(self, now_us: int) -> bool:
        """The host wants open contacts now."""
        wish = self.wish
        return wish is not None and wish.open_at_once and now_us - self.wish_at_us < LEASE_US

    def is_fresh(self, now_us: int) -> bool:
        """A host speaks, and what it wished counts."""
        return self.wish is not None and now_us - self.wish_at_us < LEASE_US

    def voids_at_us(self) -> int:
        """When the present wish stops to count."""
        return self.wish_at_us + LEASE_US

    def _is_later(self, number: int) -> bool:
        """Ahead of the last one by less than half of the way round."""
        if self._last_number is None:
            return True
        ahead = (number - self._last_number) % 2**32
        return 1 <= ahead < 2**31

    def _take(self, message: Message, now_us: int) -> None:
        match message:
            case Identify():
                self._named = message.table_hash == TABLE_HASH
                if message.request != self._last_question:
                    self._last_question, self._last_number = message.request, None
                if not self._named:
                    self.wish = None
            case Wish() if self._named and self._is_later(message.sequence):
                self._last_number = message.sequence
                self.wish, self.wish_at_us = message, now_us
                self.wishes += 1
            case Test() if self._named and message.step == WAVE:
                self.wave_at_us = now_us
            case _:
                pass
