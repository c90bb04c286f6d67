"""What is drawn for one trial."""

from __future__ import annotations

import random
from dataclasses import dataclass

LONGEST_LIFE_S = 12.0
"""Instants of the cut are drawn from the agent's start until a while after the end of the charge."""
LONGEST_DEATH_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Who dies, when after the agent's start, how long it stays dead; how soon the card is shown and shown again."""

    with_board: bool
    after_s: float
    dead_s: float
    card_after_s: float
    charge_lasts_s: float

    @classmethod
    def drawn(cls, seed: int, trial: int) -> Cut:
        """Equal numbers draw equal cuts."""
        chance = random.Random(f"{seed}/{trial}")
        return cls(
            with_board=chance.random() < 0.5,
            after_s=chance.uniform(0.0, LONGEST_LIFE_S),
            dead_s=chance.uniform(0.0, LONGEST_DEATH_S),
            card_after_s=chance.uniform(0.0, 1.5),
            charge_lasts_s=chance.uniform(0.5, 4.0),
        )

    def __str__(self) -> str:
        who = "agent and board" if self.with_board else "agent"
        return f"{who} after {self.after_s:.2f} s, dead for {self.dead_s:.2f} s"
