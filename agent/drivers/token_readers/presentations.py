"""What all readers have in common: a card is told once however long it lies there, and a lost reader is said once."""

from __future__ import annotations

import logging

from agent.core.identity import IdToken
from agent.errors import DriverUnavailable

log = logging.getLogger(__name__)

ONE_EVENT_WITHIN_S = 5.0
"""A card that shows again within this time was never taken away: readers repeat a card that lies on them."""


class Presentations:
    """Makes tokens of the numbers that a reader tells. `reverse_bytes` for readers that tell the last byte first."""

    def __init__(self, *, reverse_bytes: bool = False) -> None:
        self._reverse_bytes = reverse_bytes
        self._last_number = ""
        self._last_seen_at = float("-inf")

    def shown(self, number: str, now: float, *, is_random: bool = False) -> IdToken | None:
        """The token, where this is news. `number` is upper-case hexadecimal digits, `now` seconds of any clock."""
        was_there = number == self._last_number and now - self._last_seen_at < ONE_EVENT_WITHIN_S
        self._last_number, self._last_seen_at = number, now
        if was_there:
            return None
        told = bytes.fromhex(number)[::-1].hex().upper() if self._reverse_bytes else number
        return IdToken(told, is_random=is_random)


class Absence:
    """A reader that cannot be reached: told to whoever asks, written to the log when it begins."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._is_lost = False
        self.why = ""
        """The latest reason; empty while it is there."""

    def because(self, reason: str) -> DriverUnavailable:
        """The error to raise."""
        self.why = reason
        if not self._is_lost:
            self._is_lost = True
            log.warning("card reader is lost", extra={"reader": self._reader, "reason": reason})
        return DriverUnavailable(self._reader, reason)

    def is_over(self) -> None:
        """It is there; the next loss is written again."""
        self._is_lost = False
        self.why = ""
