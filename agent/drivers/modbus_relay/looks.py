"""What was seen of a relay board, and what follows from it. Pure."""

from __future__ import annotations

from agent.errors import DriverError, DriverRejected, DriverUnavailable
from agent.values import frozen

Channel = int
"""From 1, as the terminals are numbered."""


@frozen(kw_only=True)
class Looked:
    """One look. `closed` is what the board remembers of its relays, which says nothing of a contact.

    `fed`: the inputs through which current flows. `wanted`: the relays that a driver wants to be closed.
    """

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


@frozen(kw_only=True)
class Absence:
    """Nothing is known of the board, or it is one that cannot be used (`unfit`); `why` says what to check."""

    why: str
    unfit: bool = False

    def error(self, driver: str) -> DriverError:
        """What an operation of `driver` raises."""
        return DriverRejected(driver, self.why) if self.unfit else DriverUnavailable(driver, self.why)


Level = Looked | Absence | None
"""None: nobody has looked yet."""


def numbered(bits: tuple[bool, ...]) -> frozenset[Channel]:
    """The places of those that are set, from 1."""
    return frozenset(place for place, bit in enumerate(bits, start=1) if bit)
