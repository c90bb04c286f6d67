"""The verdict of a port and of the station. Pure; the rules are a table (rules.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.core.health.causes import roots_first
from agent.core.health.model import Defect, Judgement, PortSeen, Verdict
from agent.core.health.rules import RULES


def judged(seen: PortSeen) -> Judgement:
    """Every reason, what keeps people from charging first; among equals in the order of the rules.

    What explains another stands before it, whatever its own weight.
    """
    found = (defect for rule in RULES for defect in rule.find(seen))
    defects = _together(found)
    return Judgement(verdict=worst(defect.verdict for defect in defects), defects=defects)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """OK where there are none."""
    return max(verdicts, key=lambda one: one.rank, default=Verdict.OK)


def station_judged(ports: Mapping[int, Judgement]) -> Judgement:
    """Down only where all ports are, degraded where any is not ok. What all ports share is one reason of the station.

    A reason of some ports alone is named with them: `ports_with` tells which.
    """
    if not ports:
        return Judgement(verdict=Verdict.OK)
    verdicts = {one.verdict for one in ports.values()}
    verdict = verdicts.pop() if len(verdicts) == 1 else Verdict.DEGRADED
    seen: dict[tuple[str, str], Defect] = {}
    for one in ports.values():
        for defect in one.defects:
            seen.setdefault((defect.key, defect.text), defect)
    return Judgement(verdict=verdict, defects=_together(seen.values()))


def _together(defects: Iterable[Defect]) -> tuple[Defect, ...]:
    return roots_first(sorted(defects, key=lambda defect: -defect.verdict.rank))


def ports_with(defect: Defect, ports: Mapping[int, Judgement]) -> tuple[int, ...]:
    """The ports that have this reason; all of them where it is the station's."""
    name = defect.key, defect.text
    return tuple(number for number, one in ports.items() if name in {(mine.key, mine.text) for mine in one.defects})
