"""Charging success and support cases of a fleet, for `evse-support metrics` without a folder."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from agent.control.render import Page, duration
from agent.core.visits.figures import Share
from tools.support.history.cases import action_counts, cases, figures
from tools.support.history.service import Charging, charging
from tools.support.history.sink import opened
from tools.support.settings import history_of
from tools.support.telling import counted, page, printed, printed_json
from tools.support.times import since_ms

WIDTH = 30


def shown_figures(typed: argparse.Namespace) -> int:
    """0; 1 where nothing is on record. Raises WrongUse, HistoryDown."""
    since = since_ms(typed.since)
    with opened(history_of(typed.config)) as history:
        rows = history.ask(
            "SELECT body FROM message WHERE kind = 'session' AND received_ms >= ? ORDER BY received_ms", since
        )
        found = cases(history, since_ms=since)
        counts = action_counts(history)
    told, of_cases = charging(rows), figures(found, counts)
    if typed.json:
        printed_json({"charging": _plain(told), "cases": of_cases})
    else:
        shown = page()
        _show(told, of_cases, shown)
        printed(shown)
    return 0 if rows or found else 1


def _show(told: Charging, of_cases: dict[str, Any], shown: Page) -> None:
    figure = told.figures
    shown.line(f"{counted(figure.attempts, 'attempt')} to charge on record here")
    for name, share in (
        ("charge start success", figure.start),
        ("charge end success", figure.end),
        ("session success", figure.session),
    ):
        known = "not known" if share.share is None else f"{100 * share.share:.1f} %, {share.good} of {share.count}"
        shown.line(f"{name:<{WIDTH}} {known}{_left_out(share.left_out)}")
    if told.start_median_s is not None and told.start_p95_s is not None:
        times = f"median {told.start_median_s:.1f} s, p95 {told.start_p95_s:.1f} s, of {told.start_times}"
        shown.line(f"{'charge start time':<{WIDTH}} {times}")
    for word, times_of in (("failures lie with", figure.failures), ("codes", figure.codes)):
        if times_of:
            most = sorted(times_of.items(), key=lambda one: -one[1])[:8]
            words = ", ".join(f"{name or 'unknown'} {count}" for name, count in most)
            shown.line(f"{word:<{WIDTH}} {words}")
    shown.line()
    for line in figure_lines(of_cases):
        shown.line(line)
    symptom_s = of_cases["symptom_to_ticket_median_s"]
    if symptom_s is not None:
        shown.line(f"first symptom to ticket: median {duration(symptom_s)}")


def figure_lines(told: dict[str, object]) -> list[str]:
    """Resolution time and share, with what was left out."""
    median_s, p90_s, rate = told["resolution_median_s"], told["resolution_p90_s"], told["remote_resolution_rate"]
    closed = f"{told['closed']} closed, {told['open']} open, {told['without_solution']} closed without a solution"
    lines = [f"{counted(int(str(told['cases'])), 'case')}: {closed}"]
    if isinstance(median_s, int | float) and isinstance(p90_s, int | float):
        lines.append(f"resolution time: median {duration(median_s)}, p90 {duration(p90_s)}")
    if isinstance(rate, float):
        lines.append(f"without a visit: {100 * rate:.1f} %, {told['without_visit']} of {told['closed']} closed")
    return lines


def _left_out(counts: Mapping[str, int]) -> str:
    return "".join(f"; left out: {count} {why or 'without a reason'}" for why, count in counts.items())


def _plain(told: Charging) -> dict[str, Any]:
    def share(one: Share) -> dict[str, Any]:
        return {"good": one.good, "count": one.count, "share": one.share, "left_out": dict(one.left_out)}

    figure = told.figures
    return {
        "attempts": figure.attempts,
        "start": share(figure.start),
        "end": share(figure.end),
        "session": share(figure.session),
        "start_median_s": told.start_median_s,
        "start_p95_s": told.start_p95_s,
        "failures": dict(figure.failures),
        "codes": dict(figure.codes),
    }
