"""The steps of a commissioning on paper: their names, and how long each took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.papers.blocks import Block, Heading, Table, plain
from agent.papers.words import duration, moment, number, verdict, worked

Report = Mapping[str, Any]
STEP_TITLES = {
    "identify": "Who, and which charger",
    "plan": "Plan and hard limit",
    "self-test": "Self-test without a car",
    "measurements": "Electrical measurements",
    "adapter": "Tests with the adapter",
    "network": "Network and central system",
    "activate": "First charge",
    "load-management": "Load management",
    "report": "Report",
    "hand-over": "Hand-over",
}


def took(step: Report) -> str:
    """In all runs together; nothing of a step that the charger does not have."""
    took_ms = step.get("worked_ms", step["duration_ms"])
    return "" if took_ms is None or step["says"].startswith("not applicable") else worked(took_ms)


def visited(times: Mapping[str, Any]) -> str:
    """A visit ends where nothing was done for four hours; who goes on sooner begins another run."""
    runs = times["runs"]
    return f"{number(times['visits'])}, in {runs} run{'' if runs == 1 else 's'}"


def time_blocks(report: Report) -> Iterator[Block]:
    times = report["times"]
    yield Heading("Times", "9")
    rows = [
        (STEP_TITLES.get(one["id"], one["id"]), moment(one["started"]), took(one), verdict(one).text)
        for one in report["steps"]
    ]
    rows.append(("From the beginning to this report", moment(times["started"]), duration(times["whole_ms"]), ""))
    rows.append(
        ("of it pauses of more than 15 minutes", "", duration(times["pauses_ms"]) if times["pauses_ms"] else "none", "")
    )
    yield Table(head=("Step", "Begun last", "Time in all", "Result"), rows=plain(rows), shares=(0.4, 0.28, 0.18, 0.14))
