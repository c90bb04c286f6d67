"""A reason why a connector is charging or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

from agent.core.explain.links import Link, link_of
from agent.core.explain.scene import Scene
from agent.core.time import Instant
from agent.values import frozen

Evidence = tuple[tuple[str, str | int | float | bool], ...]


class Effect(Enum):
    """What a reason does to a charge, strongest first."""

    BLOCKS = "blocks"
    """No charge goes on or begins before somebody or something has changed it."""
    PAUSES = "pauses"
    """The charger offers nothing for now."""
    WAITS = "waits"
    """The ordinary course: the next move is somebody's."""
    LIMITS = "limits"
    NOTE = "note"

    @property
    def stops_current(self) -> bool:
        """Alone enough for no current to flow."""
        return self in (Effect.BLOCKS, Effect.PAUSES, Effect.WAITS)


@frozen(kw_only=True)
class Reason:
    """One cause. `key` is for programs, "fault.cp.diode"; `what` and `next_step` are words for people.

    `evidence` holds numbers with their units in the name; `since` None is unknown, or since the program started.
    """

    key: str
    effect: Effect
    what: str
    evidence: Evidence = ()
    since: Instant | None = None
    next_step: str = ""
    at: Link | None = None
    """Its link where that does not follow from the key alone: a contactor may wait for the lock or for the mains."""

    @property
    def link(self) -> Link | None:
        """What of the chain it is about; None is none of it."""
        return self.at or link_of(self.key)


Part = Callable[[Scene], Iterator[Reason]]
"""One aspect: yields what it has to say about a scene, possibly nothing."""
