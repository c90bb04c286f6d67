"""The record of service and of attempts, as lines of the exported file (metrics_file.py), and back.

One line an outage, a time offline, a run, a window, an act, an attempt: as they were read then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.acts import Act
from agent.core.uptime.axis import LAST_MS
from agent.core.uptime.hours import parsed
from agent.core.uptime.model import (
    Cause,
    CauseClass,
    Exclusion,
    Offline,
    Outage,
    PortService,
    ServiceRecords,
    Window,
)
from agent.core.visits import codec
from agent.core.visits.model import Attempt, Mark
from agent.metrics_values import moment, read_moment, text, whole
from agent.zones import zone_of

S = TypeVar("S")
T = TypeVar("T")
Row = Mapping[str, Any]
KINDS = ("service", "service_port", "outage", "offline", "run", "window", "act", "attempt")


def service_rows(service: ServiceRecords | None, attempts: Iterable[Attempt]) -> Iterator[dict[str, Any]]:
    if service is not None:
        yield {
            "kind": "service",
            "at": moment(service.now),
            "hours": list(service.hours),
            "time_zone": str(service.zone),
            "is_networked": service.is_networked,
        }
        yield from ({"kind": "service_port", "port": one.port, "began": moment(one.began)} for one in service.ports)
        yield from (_run_row(one) for one in service.runs)
        yield from (_outage_row(one) for one in service.outages)
        yield from (_offline_row(one) for one in service.offline)
        yield from (_window_row(one) for one in service.windows)
        yield from (_act_row(one) for one in service.acts)
    for one in attempts:
        yield {"kind": "attempt", "port": one.port, "number": one.number, **codec.plain(one)}


def read_service(rows: Sequence[Row]) -> ServiceRecords | None:
    """None where the file has none. Raises ValueError, LookupError, TypeError for what no charger writes."""
    heads = [row for row in rows if row["kind"] == "service"]
    if not heads:
        return None
    head = heads[0]
    hours = tuple(text(one) for one in head["hours"])
    for one in hours:
        parsed(one)
    return ServiceRecords(
        now=read_moment(head["at"]),
        ports=_all(rows, "service_port", lambda row: PortService(port=whole(row["port"]), began=_began(row))),
        outages=_all(rows, "outage", _outage),
        offline=_all(rows, "offline", _offline),
        runs=_all(rows, "run", _run),
        windows=_all(rows, "window", _window),
        acts=_all(rows, "act", _act),
        hours=hours,
        zone=zone_of(text(head["time_zone"])),
        is_networked=_bool(head["is_networked"]),
    )


def read_attempts(rows: Sequence[Row]) -> tuple[Attempt, ...]:
    """Raises ValueError, LookupError, TypeError for what no charger writes."""
    return _all(rows, "attempt", _attempt)


def _all(rows: Sequence[Row], kind: str, read: Callable[[Row], T]) -> tuple[T, ...]:
    return tuple(read(row) for row in rows if row["kind"] == kind)


def _attempt(row: Row) -> Attempt:
    found = codec.of_plain(row, port=whole(row["port"]), number=whole(row["number"]))
    if found.at(Mark.PLUGGED) is None:
        raise ValueError("an attempt without a plug")
    return found


def _outage_row(one: Outage) -> dict[str, Any]:
    return {
        "kind": "outage",
        "number": one.number,
        "port": one.port,
        "cause": one.cause.key,
        "class": one.cause.of.value,
        "evidence": one.cause.evidence,
        "began": moment(one.began),
        "ended": _maybe(one.ended, moment),
        "wanted": one.wanted,
        "verdict": one.verdict,
        "verdict_by": one.verdict_by,
        "verdict_why": one.verdict_why,
    }


def _outage(row: Row) -> Outage:
    verdict = text(row["verdict"])
    return Outage(
        number=whole(row["number"]),
        port=whole(row["port"]),
        cause=Cause(key=text(row["cause"]), of=CauseClass(row["class"]), evidence=text(row["evidence"])),
        began=_began(row),
        ended=_ended(row),
        wanted=_bool(row["wanted"]),
        verdict=Exclusion(verdict).value if verdict else "",
        verdict_by=text(row["verdict_by"]),
        verdict_why=text(row["verdict_why"]),
    )


def _offline_row(one: Offline) -> dict[str, Any]:
    return {
        "kind": "offline",
        "number": one.number,
        "class": one.of.value,
        "cause": one.cause,
        "began": moment(one.began),
        "ended": _maybe(one.ended, moment),
    }


def _offline(row: Row) -> Offline:
    return Offline(
        number=whole(row["number"]),
        began=_began(row),
        cause=text(row["cause"]),
        of=CauseClass(row["class"]),
        ended=_ended(row),
    )


def _run_row(one: Run) -> dict[str, Any]:
    return {
        "kind": "run",
        "number": one.number,
        "began": moment(one.began),
        "alive": moment(one.alive),
        "ended": one.ended,
        "version": one.version,
        "boards": [list(pair) for pair in one.boards],
        "keeps_acts": one.keeps_acts,
    }


def _run(row: Row) -> Run:
    return Run(
        number=whole(row["number"]),
        began=_began(row),
        alive=read_moment(row["alive"]),
        ended=text(row["ended"]),
        version=text(row["version"]),
        boards=tuple((whole(port), text(boot)) for port, boot in row["boards"]),
        keeps_acts=_bool(row.get("keeps_acts", False)),
    )


def _window_row(one: Window) -> dict[str, Any]:
    return {
        "kind": "window",
        "number": one.number,
        "opened": moment(one.opened),
        "from_ms": one.from_ms,
        "until_ms": one.until_ms,
        "closed_ms": one.closed_ms,
        "why": one.why,
        "by": one.by,
    }


def _window(row: Row) -> Window:
    return Window(
        number=whole(row["number"]),
        opened=read_moment(row["opened"]),
        from_ms=_utc(row["from_ms"]),
        until_ms=_utc(row["until_ms"]),
        why=text(row["why"]),
        by=text(row["by"]),
        closed_ms=_maybe(row["closed_ms"], _utc),
    )


def _act_row(one: Act) -> dict[str, Any]:
    return {
        "kind": "act",
        "number": one.number,
        "at": moment(one.at),
        "verb": one.verb,
        "role": one.role,
        "via": one.via,
        "case": one.case,
        "port": one.port,
    }


def _act(row: Row) -> Act:
    return Act(
        number=whole(row["number"]),
        at=read_moment(row["at"]),
        verb=text(row["verb"]),
        role=text(row["role"]),
        via=text(row["via"]),
        case=text(row["case"]),
        port=_maybe(row["port"], whole),
    )


def _began(row: Row) -> Instant:
    return read_moment(row["began"])


def _ended(row: Row) -> Instant | None:
    return _maybe(row["ended"], read_moment)


def _maybe(value: S | None, of: Callable[[S], T]) -> T | None:
    """Either way: what is not there is null in a row."""
    return None if value is None else of(value)


def _utc(value: object) -> int:
    utc_ms = whole(value)
    if not 0 <= utc_ms < LAST_MS:
        raise ValueError("a time that cannot be")
    return utc_ms


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is neither true nor false")
    return value
