"""What a case is: something that goes wrong at a charger, and by which words a support engineer recognises it.

`keys` and `words` were written down from what is broken, before any run. `keys` are those of `explain` and of the
verdict in `show`; a name ending in "*" is a family. `words`: where a key alone is not yet the cause (a network that is
offline for one of ten reasons), one of them has to stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

Given = Mapping[str, object]


class Whose(Enum):
    """Who does something."""

    WORLD = "world"
    """A verb of the simulator: a person at the charger, a car, a part that breaks."""
    OFFICE = "office"
    """A verb of the central system."""
    HERE = "here"
    """The bench itself: `doings.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that is done, and how long nobody does anything then."""

    whose: Whose
    verb: str
    given: Given = field(default_factory=dict)
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`network` is a word of tools/sites/networks.py, laid before the start. `connector`: which one it is about.

    `story` is what a customer says on the telephone, `cause` what is broken and what helps. `stands_s`: how long after
    the start of the charger its cause is first named (measured; 0 is not measured). No `keys`: nothing is wrong, and
    nothing may be named.
    """

    name: str
    story: str
    cause: str = ""
    stands_s: float = 0.0
    keys: tuple[str, ...]
    words: tuple[str, ...] = ()
    board: str = "sim-single"
    connector: int = 1
    acts: tuple[Act, ...] = ()
    network: str = ""
    commissioning: str = "lab"
    small_disk: bool = False
    """On a file system of its own, which can be filled."""

    def accepts(self, key: str, says: str) -> bool:
        """Whether this is its cause, as named."""
        folded = says.casefold()
        named = any(fnmatchcase(key, one) for one in self.keys)
        return named and (not self.words or any(word.casefold() in folded for word in self.words))


def world(verb: str, wait_s: float = 0.0, /, **given: object) -> Act:
    return Act(whose=Whose.WORLD, verb=verb, given=given, wait_s=wait_s)


def office(verb: str, wait_s: float = 0.0, /, **given: object) -> Act:
    return Act(whose=Whose.OFFICE, verb=verb, given=given, wait_s=wait_s)


def here(verb: str, wait_s: float = 0.0, /, **given: object) -> Act:
    return Act(whose=Whose.HERE, verb=verb, given=given, wait_s=wait_s)


def breaks(name: str, wait_s: float = 0.0, /, **given: object) -> Act:
    return world("fault", wait_s, name=name, **given)


CARD = "04A1B2C3"
"""The bench's central system accepts it."""
PLUGS_IN = world("plug_in", 6.0, connector=1)
SWIPES = world("swipe", 20.0, token=CARD)
CHARGES = (PLUGS_IN, SWIPES)
"""Somebody comes and charges."""
