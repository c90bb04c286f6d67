"""Figures as plain values, for JSON. Seconds; None with a reason beside it where nobody can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.core.metrics.charger import Answer, ChargerFigures, Span
from agent.core.metrics.fleet import Duration, FleetFigures, LeftOut, Rate

Plain = dict[str, Any]


def of_charger(figures: ChargerFigures) -> Plain:
    return {
        "serial": figures.serial,
        "installation": _span(figures.installation),
        "planning_min": figures.planning_min,
        "mounting_min": figures.mounting_min,
        "time_to_activate": _span(figures.activation),
        "split": {stage.value: _span(span) for stage, span in figures.split.items()},
        "commissionings": [
            {
                "job_id": run.job_id,
                "month": run.month or None,
                "state": run.state.value,
                "duration": _span(run.duration),
                "pauses_s": run.pauses_s,
                "runs": run.runs,
                "visits": run.visits,
            }
            for run in figures.runs
        ],
        "first_time_right": _answer(figures.first_time_right),
        "onboarding": _answer(figures.onboarding),
    }


def of_fleet(figures: FleetFigures) -> Plain:
    return {
        "chargers": figures.chargers,
        "installation": _duration(figures.installation),
        "planning": _duration(figures.planning),
        "mounting": _duration(figures.mounting),
        "commissioning": _duration(figures.commissioning),
        "pauses": _duration(figures.pauses),
        "time_to_activate": _duration(figures.activation),
        "split": {stage.value: _duration(one) for stage, one in figures.split.items()},
        "commissioning_success": {month: _rate(rate) for month, rate in figures.success.items()},
        "commissioning_success_left_out": _left_out(figures.success_left_out),
        "first_time_right": {**_rate(figures.first_time_right), "tickets_counted": figures.tickets_counted},
        "onboarding": _rate(figures.onboarding),
    }


def _span(span: Span) -> Plain:
    return {"s": None if span.seconds is None else round(span.seconds, 3), "why": span.why}


def _answer(answer: Answer) -> Plain:
    return {"holds": answer.holds, "why": answer.why}


def _duration(one: Duration) -> Plain:
    return {
        "count": one.count,
        "median_s": one.median_s,
        "p90_s": one.p90_s,
        "left_out": _left_out(one.left_out),
    }


def _rate(rate: Rate) -> Plain:
    return {
        "share": rate.share,
        "good": rate.good,
        "count": rate.count,
        "against": _left_out(rate.against),
        "left_out": _left_out(rate.left_out),
    }


def _left_out(rows: tuple[LeftOut, ...]) -> list[Mapping[str, str]]:
    return [{"serial": one.serial, "why": one.why} for one in rows]
