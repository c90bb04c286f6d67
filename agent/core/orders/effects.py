"""What a verb does to the charger when it is asked for from afar, and who may ask for that (operations.md, 5)."""

from __future__ import annotations

from enum import Enum, IntEnum


class Effect(Enum):
    """The worst that can come of it.

    NET: it opens connections of its own, to hosts that are configured, looks around for networks, or has the way to
    them made anew.
    """

    READ = "read"
    NET = "net"
    MOVES_LOCK = "moves-lock"
    OPENS = "opens"
    CLOSES_POSSIBLE = "closes-possible"
    """Closes nothing by itself; a charge may begin later, by the session's own rules."""


class KeyRole(IntEnum):
    """What a key for orders may hold. There is no installer among them: an installer stands at the charger."""

    VIEWER = 1
    OPERATOR = 2
    SERVICE = 4

    @property
    def word(self) -> str:
        """As the file of keys writes it."""
        return self.name.lower()


LEAST_ROLE = {
    Effect.READ: KeyRole.VIEWER,
    Effect.NET: KeyRole.OPERATOR,
    Effect.MOVES_LOCK: KeyRole.OPERATOR,
    Effect.OPENS: KeyRole.OPERATOR,
    Effect.CLOSES_POSSIBLE: KeyRole.SERVICE,
}
"""Beyond the role that the verb itself wants at the socket; the higher of the two counts."""
VALID_AT_MOST_S = 300.0
"""From issue to end (security reference, 5): so long an order may wait at the broker for a charger that is away."""
UNNAMED = frozenset({Effect.READ, Effect.NET})
"""Allowed where the site names no verbs (`[support] allow`) and nothing is changed; anything else has to be named."""


def needs_no_name(effect: Effect, *, changes: bool) -> bool:
    """Whether it may be asked for where the site names no verbs: it keeps no row, sets nothing and moves nothing."""
    return effect in UNNAMED and not changes
