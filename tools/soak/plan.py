"""What is drawn for each turn of a soak: a visit, and in every third turn some trouble. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

TROUBLE_EVERY = 3
"""Quiet turns in between show that all is well again, and let a board live for more than the minute of a short life."""
ENDS_EARLY_SHARE = 0.25
"""Programs end in this first part only: what grows is seen in one that lives for the rest."""


class Place(Enum):
    """Where trouble is made. The value is who is asked for it."""

    NETWORK = "central system"
    WORLD = "world"
    PROGRAM = "programs"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong; `word` is the verb of the central system, the fault of the world, or a way to end programs."""

    place: Place
    word: str
    arguments: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        return f"{self.place.value}: {self.word}"


RESTART, POWER_CUT = Trouble(Place.PROGRAM, "agent restarted"), Trouble(Place.PROGRAM, "power cut")
LASTING = (
    Trouble(Place.NETWORK, "drop"),
    Trouble(Place.NETWORK, "freeze"),
    Trouble(Place.NETWORK, "silent"),
    Trouble(Place.NETWORK, "refuse"),
    Trouble(Place.NETWORK, "offline"),
    Trouble(Place.NETWORK, "deaf"),
    Trouble(Place.NETWORK, "slow", (("delay_s", 3.0),)),
    Trouble(Place.WORLD, "mcu_reset"),
    Trouble(Place.WORLD, "cp_short"),
    Trouble(Place.WORLD, "serial_noise"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One visit: seconds from the card to the end; `trouble` comes `after_s` after the car."""

    number: int
    charge_s: float
    current_a: int
    ends_by_card: bool
    trouble: Trouble | None
    after_s: float


def turns(seed: int, share_done: Iterator[float]) -> Iterator[Turn]:
    """One turn after the other, for as long as `share_done` says which share of the time has passed.

    Equal seeds and shares draw equal turns; each way of failing comes once before any comes again.
    """
    left: list[Trouble] = []
    for number, share in enumerate(share_done):
        chance = random.Random(f"{seed}/{number}")
        trouble = None
        if number % TROUBLE_EVERY == TROUBLE_EVERY - 1:
            if not left:
                left = [*LASTING, RESTART, POWER_CUT]
                chance.shuffle(left)
            trouble = left.pop()
            if trouble.place is Place.PROGRAM and share > ENDS_EARLY_SHARE:
                trouble = chance.choice(LASTING)
        charge_s = round(chance.uniform(6, 25), 1)
        yield Turn(
            number=number,
            charge_s=charge_s,
            current_a=chance.choice((6, 10, 16, 32)),
            ends_by_card=chance.random() < 0.6,
            trouble=trouble,
            after_s=round(chance.uniform(0, charge_s), 1),
        )
