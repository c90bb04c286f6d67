"""What a row of the table of events holds; the rows are in `agent/events.py` and what it joins."""

from __future__ import annotations

from collections.abc import Mapping

from agent.values import frozen

UNITS: Mapping[str, str] = {"a": "A", "wh": "Wh", "w": "W", "s": "s", "ms": "ms", "v": "V"}
"""What the end of a field's name says about its unit."""


@frozen
class EventField:
    name: str
    meaning: str
    may_be_absent: bool = False
    """The event is told without it, or with no value."""

    @property
    def unit(self) -> str:
        """Empty for words and plain counts."""
        return UNITS.get(self.name.rpartition("_")[2], "") if "_" in self.name else ""


@frozen
class EventKind:
    """One thing that can happen. `meaning` is a sentence for the reader of a log."""

    name: str
    meaning: str
    fields: tuple[EventField, ...] = ()
