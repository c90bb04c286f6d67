"""What comes back to one order: acknowledgement, progress, one end. Pure.

Messages come at least once, so the same one twice is one; two different ends, or answers of two boots, mean that two
chargers answer to one name, and that is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from agent.control.render import printable


class Kind(Enum):
    ACK = "ack"
    PROGRESS = "progress"
    RESULT = "result"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def ends(self) -> bool:
        return self in (Kind.RESULT, Kind.REFUSED, Kind.FAILED)


@dataclass
class Answers:
    """To the order `id`. `end` is the first that ended it."""

    id: str
    acknowledged: bool = False
    end: Mapping[str, Any] | None = None
    kind: Kind | None = None
    boots: set[str] = field(default_factory=set)
    other_end: bool = False
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def take(self, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """One message at `res/<id>`; the body of a progress that is new, else None."""
        try:
            kind = Kind(body.get("kind"))
        except ValueError:
            return None
        if body.get("id") != self.id:
            return None
        boot, seq = str(body.get("boot_id", "")), body.get("seq")
        if isinstance(seq, int):
            if (boot, seq) in self._seen:
                return None
            self._seen.add((boot, seq))
        self.boots.add(boot)
        self.acknowledged = True
        if kind.ends:
            if self.end is None:
                self.end, self.kind = body, kind
            else:
                self.other_end |= (kind, _content(body)) != (self.kind, _content(self.end))
            return None
        told = body.get("body")
        return told if kind is Kind.PROGRESS and isinstance(told, dict) else None

    @property
    def doubt(self) -> str:
        """A sentence where the answers cannot all be of one charger; "" where they can."""
        if len(self.boots) > 1 or self.other_end:
            return (
                "more than one charger answered to this name (or it restarted in the middle); two with one name on the "
                "broker must be told apart: [mqtt] device in their site files"
            )
        return ""


def reason_of(end: Mapping[str, Any]) -> str:
    """Why it was refused or failed, in the charger's words."""
    reason = end.get("reason")
    if isinstance(reason, Mapping):
        reason = reason.get("text") or reason.get("reason") or reason.get("key")
    body = end.get("body")
    if not reason and isinstance(body, Mapping):
        reason = body.get("reason")
    return printable(str(reason)[:1000]) if reason else "the charger does not say why"


def _content(body: Mapping[str, Any]) -> tuple[Any, Any]:
    return body.get("body"), body.get("reason")
