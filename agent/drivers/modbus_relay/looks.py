"""What was seen of a relay board, and what follows from it. Pure."""

from __future__ import annotations

from agent.drivers.device_level import Absence
from agent.values import frozen

Channel = int
"""From 1, as the terminals are numbered."""


@frozen(kw_only=True)
class Looked:
    """One look. `closed` is what the board remembers of its relays, which says nothing of a contact.

    `fed`: the inputs through which current flows. `wanted`: the relays that a driver wants to be closed. `meeting`
    counts how often the board was met; `number` the looks.
    """

    meeting: int
    number: int
    closed: frozenset[Channel]
    fed: frozenset[Channel]
    wanted: frozenset[Channel]

    @property
    def strays(self) -> frozenset[Channel]:
        """Closed, and nobody wants it: by another program, a button on the board, or an order that went astray."""
        return self.closed - self.wanted

    @property
    def fallen(self) -> frozenset[Channel]:
        """Wanted, and open: the board has started anew, or somebody else opened it."""
        return self.wanted - self.closed


Level = Looked | Absence | None
"""None: nobody has looked yet."""


def numbered(bits: tuple[bool, ...]) -> frozenset[Channel]:
    """The places of those that are set, from 1."""
    return frozenset(place for place, bit in enumerate(bits, start=1) if bit)
