"""The figures as plain values, for JSON: minutes and percent; None where nobody can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.core.time import rfc3339
from agent.core.uptime.figures import MonthFigure, Placed, Reliability, ServiceFigures, Share, minutes_by_class
from agent.core.uptime.repairs import RepairFigures
from agent.core.visits.figures import Share as VisitShare
from agent.core.visits.figures import VisitFigures

Plain = dict[str, Any]
DIGITS = 4


def of_service(figures: ServiceFigures) -> Plain:
    """`months` oldest first, port by port; `outages` newest first."""
    return {
        "why_not": figures.why,
        "months": [of_month(one) for one in figures.months],
        "reliability": [_reliability(one) for one in figures.reliability],
        "outages": [of_outage(one) for one in reversed(figures.outages)],
        "outage_min_by_class": {
            of.value: round(minutes, DIGITS) for of, minutes in minutes_by_class(figures.outages).items()
        },
        "unplaced": len(figures.unplaced),
        "moved_boots": figures.moved_boots,
    }


def of_month(one: MonthFigure) -> Plain:
    return {
        "port": one.port,
        "month": one.month,
        "is_partial": one.is_partial,
        "percent": _percent(one.percent),
        "percent_connected": _percent(one.percent_connected),
        "percent_of_recorded": _percent(one.percent_of_recorded),
        "availability_percent": _percent(one.availability_percent),
        "online_percent": _percent(one.online_percent),
        "month_percent": _percent(one.month_percent),
        "year": _share(one.year),
        "alone": _share(one.alone),
        "repairs": of_repairs(one.repairs),
    }


def of_outage(one: Placed) -> Plain:
    outage = one.outage
    return {
        "number": outage.number,
        "port": outage.port,
        "cause": outage.cause.key,
        "class": outage.cause.of.value,
        "evidence": outage.cause.evidence,
        "began": rfc3339(one.at[0]),
        "ended": None if outage.ended is None else rfc3339(one.at[1]),
        "minutes": _minutes(one.at[1] - one.at[0]),
        "excluded_min": _minutes(one.excluded_ms),
        "excluded": [
            {"why": part.why.value, "by": part.by, "minutes": _minutes(part.at[1] - part.at[0])}
            for part in one.excluded
        ],
        "starts": one.starts,
        "wanted": outage.wanted,
        "verdict": outage.verdict,
        "verdict_by": outage.verdict_by,
        "verdict_why": outage.verdict_why,
    }


def of_visits(figures: VisitFigures) -> Plain:
    return {
        "attempts": figures.attempts,
        "start_success": _rate(figures.start),
        "end_success": _rate(figures.end),
        "session_success": _rate(figures.session),
        "first_time_success": _rate(figures.first_time),
        "charge_start": {
            "count": figures.start_times,
            "median_s": figures.start_median_s,
            "p95_s": figures.start_p95_s,
        },
        "failures": dict(figures.failures),
        "codes": dict(figures.codes),
    }


def _rate(one: VisitShare) -> Mapping[str, Any]:
    return {"share": one.share, "good": one.good, "count": one.count, "left_out": dict(one.left_out)}


def _share(one: Share) -> Mapping[str, float]:
    return {
        "recorded_min": _minutes(one.recorded_ms),
        "outage_min": _minutes(one.outage_ms),
        "excluded_min": _minutes(one.excluded_ms),
        "offline_min": _minutes(one.offline_ms),
        "unconnected_min": _minutes(one.unconnected_ms),
        "unconnected_excluded_min": _minutes(one.unconnected_excluded_ms),
    }


def _reliability(one: Reliability) -> Plain:
    return {
        "port": one.port,
        "operating_h": round(one.operating_s / 3600, DIGITS),
        "failures": one.failures,
        "mtbf_h": None if one.mtbf_s is None else round(one.mtbf_s / 3600, DIGITS),
        **of_repairs(one.repairs),
    }


def of_repairs(one: RepairFigures) -> Plain:
    return {
        "repaired": one.repaired,
        "mttr_min": _from_s(one.mttr_s),
        "detect_min": _from_s(one.detect_s),
        "acknowledged": one.acknowledged,
        "acknowledge_min": _from_s(one.acknowledge_s),
        "repair_min": _from_s(one.repair_s),
        "unattended": one.unattended,
        "unattended_min": _from_s(one.unattended_s),
    }


def _percent(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _minutes(ms: int) -> float:
    return round(ms / 60_000, DIGITS)


def _from_s(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, DIGITS)
