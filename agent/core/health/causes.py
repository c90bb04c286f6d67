"""Which of several reasons of a verdict to look at first: one that explains others stands before them. Pure.

A network that is missed closes a charger by its policy: both are true, and one of them is what somebody has to mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.core.faults import causes
from agent.core.health.model import Defect

FAULT = "fault."

EXPLAINS: Mapping[str, frozenset[str]] = {
    "clock.wrong": frozenset({"certificate.ended", "network.offline"}),
    "certificate.ended": frozenset({"network.offline"}),
    "network.offline": frozenset({"network.closed", "limit.failsafe", "clock.unknown", "queue.filling"}),
    "network.not_accepted": frozenset({"network.closed", "clock.unknown", "queue.filling"}),
    "fault.mains.loss": frozenset({"meter.silent"}),
    "fault.rcd.upstream_open": frozenset({"meter.silent"}),
}
"""By a reason: those that are there because of it, as long as it is there too. Faults among themselves besides."""


def roots_first(defects: Iterable[Defect]) -> tuple[Defect, ...]:
    """The same; each behind those that explain it, whatever their weight, and otherwise in their order."""
    waiting = list(defects)
    ordered: list[Defect] = []
    while waiting:
        # Neither table has rings, nor have they together: a fault is explained by faults alone.
        free = next(one for one in waiting if not any(explains(other.key, one.key) for other in waiting))
        waiting.remove(free)
        ordered.append(free)
    return tuple(ordered)


def explains(by: str, other: str) -> bool:
    """By their keys."""
    if other in EXPLAINS.get(by, ()):
        return True
    if not (by.startswith(FAULT) and other.startswith(FAULT)):
        return False
    return other.removeprefix(FAULT) in causes.EXPLAINS.get(by.removeprefix(FAULT), ())
