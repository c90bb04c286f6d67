"""Everything that is drawn at random. Simulation passes a seeded generator in, the charger the operating system's."""

from __future__ import annotations

import random
import uuid

from agent.core.identity import TransactionKey


class Ids:
    """Names that never repeat, and jitter."""

    def __init__(self, source: random.Random | None = None) -> None:
        self._random = source or random.SystemRandom()

    def message_id(self) -> str:
        """36 characters, unique over connections and restarts (OCPP-J 1.6 section 4.1.4)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def transaction_key(self) -> TransactionKey:
        """Our own name of a new transaction."""
        return TransactionKey(uuid.UUID(int=self._random.getrandbits(128), version=4).hex)

    def letters(self, among: str, count: int) -> str:
        """So many of them, each drawn anew: a code that nobody can guess."""
        return "".join(self._random.choice(among) for _ in range(count))

    def between(self, low: float, high: float) -> float:
        """A number drawn evenly from low…high: waits, jitter."""
        return self._random.uniform(low, high)
