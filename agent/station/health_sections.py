"""The parts of the health document, each as JSON out of what was looked at; unknown is absent, no token is in any."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from typing import Any

from agent import VERSION
from agent.bus import News
from agent.config.model import StationConfig
from agent.control.moments import age_s, utc_text
from agent.control.ports import BoardState, DeviceState, NetworkState
from agent.control.sharing import facts_of, facts_of_portion
from agent.core.explain.clearing import next_step
from agent.core.explain.sharing import SharedSupply, none_of
from agent.core.faults.model import Fault
from agent.core.faults.releasing import awaits_confirmation, objection
from agent.core.health.model import CertificateEnd, Defect
from agent.core.leaving import event_fields, without_cards, without_login, without_words
from agent.core.limits import LimitSource
from agent.core.link_figures import LinkFigures
from agent.core.load_profile.flexibility import Flexibility
from agent.core.runs import ToldRun
from agent.core.session.model import Session
from agent.core.time import LONG_AGO, Instant
from agent.core.wear.model import PartKind, Wear, part_id

NO_WAY: Mapping[str, Any] = {}


def known(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def told(at: Instant | None, now: Instant, name: str = "since", age: str = "age_s") -> dict[str, Any]:
    """RFC 3339 and an age, as far as each is known: {"since": "…", "age_s": 12.5}."""
    if at is None or at == LONG_AGO:
        return {}
    return known(**{name: utc_text(at, now), age: age_s(at, now)})


def without_people(value: Any) -> Any:
    """JSON in which no text names a card, no address a password, and nothing stands that a person typed."""
    return _plain(without_words(value))


def _plain(value: Any) -> Any:
    match value:
        case str():
            return without_login(without_cards(value))
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
    return value


def identity(config: StationConfig, boards: Mapping[int, BoardState | None]) -> dict[str, Any]:
    firmware = {str(port): board.firmware_version for port, board in boards.items() if board and board.firmware_version}
    return {
        "serial_number": config.station.serial_number,
        "vendor": config.board.vendor,
        "model": config.board.model,
        "board": config.board.board,
        "country": config.site.country,
        **({"site_ref": config.references.order} if config.references.order else {}),
        "versions": {
            "agent": VERSION,
            "firmware": config.station.firmware_version,
            "python": platform.python_version(),
            "kernel": platform.release(),
            "boards": firmware,
        },
    }


def defect(one: Defect, now: Instant) -> dict[str, Any]:
    words = {"remedy": one.remedy, "severity": one.severity}
    return {
        "key": one.key,
        "text": one.text,
        **told(one.since, now),
        **{key: text for key, text in words.items() if text},
    }


def limits(session: Session, shared: SharedSupply | None, now: Instant) -> list[dict[str, Any]]:
    """Every limit with its owner; `decides`: the lowest, by which the offer is made.

    `share` says what it means that there is none of a supply that others draw from as well.
    """
    decides = session.limits.effective().source
    share = "" if shared is None else none_of(shared, session.connector)
    return [
        {
            "owner": one.source.value,
            "current_a": one.current_a,
            "detail": one.detail,
            **told(one.since, now),
            "decides": one.source is decides,
            **({"share": share} if share and one.source is LimitSource.SUPPLY else {}),
        }
        for one in session.limits.entries
    ]


def supply(shared: SharedSupply) -> dict[str, Any]:
    """As `explain` tells it, the times in the way of this document."""
    parts = [
        {"port": int(one.connector), **facts_of_portion(one), **told(one.since, shared.now)} for one in shared.portions
    ]
    left = {} if shared.turns_at is None else {"turns_in_s": round(shared.turns_at.since(shared.now))}
    return {**facts_of(shared), **left, "parts": parts}


def fault(one: Fault, session: Session, now: Instant) -> dict[str, Any]:
    is_clearable = awaits_confirmation(one) or objection(one, board_speaks=session.board_speaks) is None
    return {
        "id": one.kind.id,
        "severity": one.kind.severity.value,
        "meaning": one.kind.meaning,
        **told(one.first_seen, now),
        "count": one.count,
        "evidence": dict(one.evidence),
        "remedy": next_step(one),
        "clearable": is_clearable,
    }


def flexibility(one: Flexibility, until: str | None = None) -> dict[str, Any]:
    """`until`: when a profile changes what is allowed next. What the car still wants nobody tells."""
    return known(
        drawn_w=one.drawn_w,
        shed_w=one.shed_w,
        shed_to_minimum_w=one.shed_to_minimum_w,
        raise_w=one.raise_w,
        shed_by=one.shed_by.value if one.shed_by else None,
        raise_by=one.raise_by.value if one.raise_by else None,
        shift="unknown" if one.drawn_w is not None else None,
        until=until,
    )


def contactor(session: Session, wear: Wear | None) -> dict[str, Any]:
    part = part_id(PartKind.CONTACTOR, int(session.connector))
    counted = {} if wear is None else wear.part(part).counts
    return {
        "state": session.contactor.value,
        **known(operations=counted.get("closings"), under_load=counted.get("openings_loaded")),
    }


def events(news: Iterable[News], now: Instant) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "at": known(utc=utc_text(one.at, now), age_s=age_s(one.at, now)),
            **known(connector=one.connector),
            "fields": event_fields(one.name, one.fields),
        }
        for one in news
    ]


def network(
    state: NetworkState, figures: LinkFigures | None, now: Instant, way: Mapping[str, Any] = NO_WAY
) -> dict[str, Any]:
    """`way`: by what the world is reached (way_out.py)."""
    by = {"way": dict(way)} if way else {}
    if not state.configured:
        return {"configured": False, "connected": False, **by}
    link = {} if figures is None else _link(figures)
    return {
        "configured": True,
        "connected": state.connected,
        **told(state.since, now),
        **_texts(cause=state.cause, found=state.found, passed_over=state.passed_over),
        "registration": state.registration,
        "host": state.host,
        "identity": state.identity,
        **known(last_answer_s=None if state.last_answer_s is None else round(state.last_answer_s, 1)),
        **by,
        **link,
    }


def _texts(**texts: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _link(figures: LinkFigures) -> dict[str, Any]:
    active = next((slot.number for slot in figures.slots if slot.is_active), None)
    round_trip_s = figures.round_trip_s
    return {
        "reconnects": figures.reconnects,
        **known(slot=active, rtt_s=None if round_trip_s is None else round(round_trip_s, 4)),
        "link": {
            "endpoint": figures.endpoint,
            "losses": dict(figures.losses),
            "slots": [
                known(number=one.number, endpoint=one.endpoint, failures=one.failures, why=one.why or None)
                for one in figures.slots
            ],
        },
    }


def certificates(ends: Iterable[CertificateEnd], now: Instant) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "subject": one.subject, "ends": utc_text(Instant(0.0, one.ends_ms), now), "days": one.days}
        for one in ends
    ]


def boots(runs: Iterable[ToldRun], now: Instant) -> list[dict[str, Any]]:
    """Runs of the program, the newest first; the first one runs."""
    return [
        {
            "boot_id": one.run.began.boot_id,
            **told(one.began, now, "started"),
            "reason": one.reason.value,
            "version": one.run.version,
            **({} if one.end is None else {"ended": one.end.how.value}),
            **_texts(stuck=one.run.stuck, crash=one.run.crash),
        }
        for one in runs
    ]


def boards(found: Mapping[int, BoardState | None], wear: Wear | None) -> list[dict[str, Any]]:
    """Pilot boards that report, with their restarts as this agent saw them; `other`: by neither of the known causes."""
    rows = []
    for port, board in found.items():
        if board is None:
            continue
        row = {"port": port, "answering": board.answering, **known(firmware=board.firmware_version or None)}
        if wear is not None and (counted := wear.part(part_id(PartKind.BOARD, port)).counts):
            of = {"watchdog": counted.get("watchdog_resets", 0), "brownout": counted.get("brownouts", 0)}
            row["resets"] = of | {"other": max(0, counted.get("restarts", 0) - sum(of.values()))}
        rows.append(row)
    return rows


def devices(states: Iterable[DeviceState]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "answering": one.answering,
            **({"detail": one.detail} if one.detail else {}),
            **{name: round(value, 3) for name, value in one.counters},
        }
        for one in states
    ]
