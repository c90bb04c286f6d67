"""What people did about the charger, and the visits that it amounts to. Pure.

An act is a command that had an effect, or a look for a support case; who it was is a role and never a name.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.time import Instant
from agent.values import frozen

AT_THE_CHARGER = "socket"
"""The door that is no further away than the charger itself."""
SAME_VISIT_MS = 3_600_000
"""Who does nothing for an hour has left (proposed value)."""


@frozen(kw_only=True)
class Act:
    """`via`: the door, "socket", "mqtt" or "ocpp". `case`: the support case, or "". `port` None: all of them."""

    number: int
    at: Instant
    verb: str
    role: str = ""
    via: str = AT_THE_CHARGER
    case: str = ""
    port: int | None = None

    def concerns(self, port: int) -> bool:
        return self.port in (None, port)


@frozen(kw_only=True)
class ServiceVisit:
    """Acts at the charger, none of them an hour after the one before. Roles, cases and verbs once each."""

    began: Instant
    ended: Instant
    acts: int
    roles: tuple[str, ...]
    cases: tuple[str, ...]
    verbs: tuple[str, ...]


def visits_of(acts: Iterable[Act]) -> tuple[ServiceVisit, ...]:
    """Oldest first, as `acts` have to be. Where no clock spans two acts, they are of two visits."""
    groups: list[list[Act]] = []
    for one in acts:
        if one.via != AT_THE_CHARGER:
            continue
        passed_ms = one.at.ms_since(groups[-1][-1].at) if groups else None
        if passed_ms is not None and passed_ms < SAME_VISIT_MS:
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(_visit(group) for group in groups)


def _visit(group: list[Act]) -> ServiceVisit:
    return ServiceVisit(
        began=group[0].at,
        ended=group[-1].at,
        acts=len(group),
        roles=_once(one.role for one in group),
        cases=_once(one.case for one in group),
        verbs=_once(one.verb for one in group),
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
