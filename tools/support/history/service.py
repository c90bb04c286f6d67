"""Uptime and charging success of a fleet, out of what its chargers told as it happened. Pure.

The charger's own record is the exact one (evsectl uptime); this one knows what arrived, and says since when.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from agent.core.time import Instant
from agent.core.uptime.intervals import Stretch, common, length, united
from agent.core.visits.figures import VisitFigures, figures_of
from agent.core.visits.model import Attempt, FailureClass, Mark, Outcome
from agent.values import frozen
from tools.support.picture import moment_ms

LONGEST_S = 10 * 366 * 86_400
"""Of an outage that a message may tell."""
NEVER = Instant(0.0)


@frozen(kw_only=True)
class OutageSpan:
    """One outage as far as it is known. `excluded_ms`: what of it does not count; `lasts`: no end was told yet."""

    device: str
    port: int
    cause: str
    of: str
    at: Stretch
    excluded_ms: int = 0
    excluded_class: str = ""
    lasts: bool = False


@frozen(kw_only=True)
class PortShare:
    """Milliseconds of one port within a stretch. `percent` None: nothing of it is on record."""

    device: str
    port: int
    recorded_ms: int
    outage_ms: int
    excluded_ms: int
    outages: int

    @property
    def percent(self) -> float | None:
        counted = self.outage_ms - self.excluded_ms
        return 100 * (1 - counted / self.recorded_ms) if self.recorded_ms else None


@dataclass
class _Open:
    row: Mapping[str, Any]
    body: Mapping[str, Any]


def outages(rows: Iterable[Mapping[str, Any]], now_ms: int) -> list[OutageSpan]:
    """Rows of the kind "outage" in the order in which they happened. What cannot be dated is left out."""
    standing: dict[tuple[str, int], _Open] = {}
    found: list[OutageSpan] = []
    for row in rows:
        body, key = json.loads(row["body"]), (str(row["device"]), int(row["port"]))
        if body.get("edge") == "begun":
            standing[key] = _Open(row, body)
            continue
        begun = standing.pop(key, None)
        span = _ended(row, body, begun)
        if span is not None:
            found.append(span)
    for (device, port), one in standing.items():
        begin = int(one.row["told_ms"] or one.row["received_ms"])
        at, cause, of = (begin, max(begin, now_ms)), str(one.body.get("cause", "")), str(one.body.get("class", ""))
        found.append(OutageSpan(device=device, port=port, at=at, cause=cause, of=of, lasts=True))
    return sorted(found, key=lambda one: (one.device, one.port, one.at))


def _ended(row: Mapping[str, Any], body: Mapping[str, Any], begun: _Open | None) -> OutageSpan | None:
    end = int(row["told_ms"] or row["received_ms"])
    began = moment_ms(body.get("began"))
    lasted_s = _seconds(body.get("lasted_s"))
    if began is None and lasted_s is not None:
        began = end - round(1000 * lasted_s)
    if began is None and begun is not None and begun.row["told_ms"]:
        began = int(begun.row["told_ms"])
    if began is None:
        return None
    excluded_s = _seconds(body.get("excluded_s")) or 0
    return OutageSpan(
        device=str(row["device"]),
        port=int(row["port"]),
        cause=str(body.get("cause", "")),
        of=str(body.get("class", "")),
        at=(began, max(began, end)),
        excluded_ms=round(1000 * excluded_s),
        excluded_class=str(body.get("excluded_class", "")),
    )


def shares(spans: Iterable[OutageSpan], ports: Mapping[tuple[str, int], int], within: Stretch) -> list[PortShare]:
    """Of each port in `ports`, which says since when it is on record. An outage that is cut by an edge of the stretch
    is excluded in proportion."""
    of_port: dict[tuple[str, int], list[OutageSpan]] = defaultdict(list)
    for one in spans:
        of_port[one.device, one.port].append(one)
    found = []
    for (device, port), since in sorted(ports.items()):
        recorded = common(((since, within[1]),), (within,))
        mine = [one for one in of_port[device, port] if common((one.at,), recorded)]
        excluded = 0.0
        for one in mine:
            whole, seen = one.at[1] - one.at[0], length(common((one.at,), recorded))
            excluded += one.excluded_ms * seen / whole if whole else 0
        outage = length(common(united(one.at for one in mine), recorded))
        found.append(
            PortShare(
                device=device,
                port=port,
                recorded_ms=length(recorded),
                outage_ms=outage,
                excluded_ms=min(outage, round(excluded)),
                outages=len(mine),
            )
        )
    return found


@frozen(kw_only=True)
class Charging:
    """Success of a fleet's attempts, and how long a start took."""

    figures: VisitFigures
    start_times: int
    start_median_s: float | None
    start_p95_s: float | None


def charging(rows: Iterable[Mapping[str, Any]]) -> Charging:
    """Rows of the kind "session". One that a charger of another release told in other words is left out."""
    attempts: list[Attempt] = []
    times: list[float] = []
    for place, row in enumerate(rows):
        body = json.loads(row["body"])
        attempt = _attempt(place, body)
        if attempt is None:
            continue
        attempts.append(attempt)
        took = _seconds(body.get("charge_start_s"))
        if took is not None and attempt.start is Outcome.SUCCESS:
            times.append(took)
    times.sort()
    return Charging(
        figures=figures_of(attempts),
        start_times=len(times),
        start_median_s=median(times) if times else None,
        start_p95_s=times[-(-95 * len(times) // 100) - 1] if times else None,
    )


def _seconds(value: object) -> float | None:
    """What a message says; None where it can be no length of time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= LONGEST_S else None


def _attempt(place: int, body: Mapping[str, Any]) -> Attempt | None:
    try:
        return Attempt(
            port=int(body["port"]),
            number=place,
            # Each is a visit of its own: who came again within five minutes only the charger knows.
            visit=place,
            marks=((Mark.PLUGGED, NEVER), (Mark.UNPLUGGED, NEVER)),
            start=Outcome(body["start"]),
            end=Outcome(body["end"]),
            excluded=str(body.get("excluded", "")),
            failure=FailureClass(body.get("failure_class", "")),
            code=str(body.get("code", "")),
        )
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
