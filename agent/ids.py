"""Everything that is drawn at random. Simulation passes a seeded generator in, the charger the operating system's."""

from __future__ import annotations

import random

from agent.core.identity import TransactionKey


class Ids:
    """Names that never repeat, and jitter."""

    def __init__(self, source: random.Random | None = None) -> None:
        self._random = source or random.SystemRandom()

    def message_id(self) -> str:
        """36 characters, unique over connections and restarts (OCPP-J 1.6 section 4.1.4)."""
        drawn = self._drawn()
        return f"{drawn[:8]}-{drawn[8:12]}-{drawn[12:16]}-{drawn[16:20]}-{drawn[20:]}"

    def transaction_key(self) -> TransactionKey:
        """Our own name of a new transaction."""
        return TransactionKey(self._drawn())

    def letters(self, among: str, count: int) -> str:
        """So many of them, each drawn anew: a code that nobody can guess."""
        return "".join(self._random.choice(among) for _ in range(count))

    def between(self, low: float, high: float) -> float:
        """A number drawn evenly from low…high: waits, jitter."""
        return self._random.uniform(low, high)

    def bits(self, count: int) -> int:
        """A whole number of so many bits that nobody can guess: a mark on a question."""
        return self._random.getrandbits(count)

    def _drawn(self) -> str:
        """The 32 digits of a UUID of version 4 (RFC 9562 section 5.4); the library's module takes 2 ms to load."""
        bits = self._random.getrandbits(128) & ~(0xF000 << 64 | 0xC000 << 48) | 0x4000 << 64 | 0x8000 << 48
        return f"{bits:032x}"
