"""Measurements, the charger's own tests and their curves, as tables and plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.papers.blocks import Block, Cell, Heading, Table, Text, Tone, plain
from agent.papers.series import plots
from agent.papers.words import limit, number, place, verdict

STAGES = {
    0: "On paper",
    1: "Identity and links",
    2: "Board, output dead",
    3: "Mains, output dead",
    4: "Pilot and people, with the adapter",
    5: "Contactor and protection, under supply",
    6: "Meter and load",
    7: "Controller and network",
    8: "Whole charge and sign-off",
}
MOST_PLOTS = 8
Report = Mapping[str, Any]


def measurement_blocks(report: Report) -> Iterator[Block]:
    yield Heading("Measurements, in the order of IEC 60364-6", "5")
    tools = _tools(report)
    if tools:
        rows = [(f"I{n}", one[0], one[1], one[2] or "not given") for n, one in enumerate(tools, 1)]
        yield Table(
            head=("", "Instrument", "Serial number", "Calibrated"), rows=plain(rows), shares=(0.07, 0.45, 0.26, 0.22)
        )
    yield Text("By: I1, I2, … are the instruments above; C is the charger itself.", Tone.DIM)
    measured: list[tuple[Cell, ...]] = []
    for group in report["measurements"]:
        measured.append((Cell(f"{group['id']}  {group['title']}", Tone.STRONG),))
        if not group["rows"]:
            measured.append((Cell("nothing recorded", Tone.WARN), *[Cell("")] * 6))
        measured += merged([_measured(one, tools) for one in group["rows"]], outlet=1)
    yield Table(
        head=("What", "Outlet", "Measured", "Limit", "Source of the limit", "By", "Result"),
        rows=tuple(measured),
        shares=(0.25, 0.08, 0.15, 0.13, 0.20, 0.08, 0.11),
    )


Tool = tuple[str, str, str]


def _tool(row: Report) -> Tool:
    tool = row["instrument"]
    return tool.get("make", ""), tool.get("serial", ""), tool.get("calibrated", "")


def _tools(report: Report) -> list[Tool]:
    found = (_tool(row) for group in report["measurements"] for row in group["rows"])
    return [one for one in dict.fromkeys(found) if any(one)]


def _measured(row: Report, tools: list[Tool]) -> tuple[Cell, ...]:
    tool, judged = _tool(row), verdict(row)
    if any(tool):
        by = Cell(f"I{tools.index(tool) + 1}")
    else:
        by = Cell("not named", Tone.WARN) if row["test"].startswith("ST9") and row["name"] else Cell("C", Tone.DIM)
    said = str(row["value"]).removeprefix(f"{row['purpose']}: ")
    return (
        Cell(row["name"] or row["purpose"]),
        Cell(place(row["connector"])),
        Cell(number(row["value"], row["unit"]), Tone.STRONG)
        if row["name"]
        else Cell(said, judged.tone if judged.tone is Tone.DIM else Tone.PLAIN),
        Cell(limit(row)),
        Cell(row["source"]),
        by,
        judged,
    )


def merged(rows: list[tuple[Cell, ...]], *, outlet: int) -> list[tuple[Cell, ...]]:
    """Rows that say the same of several outlets are one; `outlet` is its column. The order stays."""
    found: dict[tuple[Cell, ...], list[str]] = {}
    for row in rows:
        found.setdefault((*row[:outlet], *row[outlet + 1 :]), []).append(row[outlet].text)
    return [
        (*row[:outlet], Cell(", ".join(one for one in places if one)), *row[outlet:]) for row, places in found.items()
    ]


def test_blocks(report: Report) -> Iterator[Block]:
    yield Heading("The charger's own tests", "6")
    yield Text(
        "The latest attempt of each test counts. Those of the installer's instruments stand in section 5, those of the "
        "network in section 7.",
        Tone.DIM,
    )
    shown = [one for one in report["tests"] if not one["test"].startswith(("ST8", "ST9"))]
    rows: list[tuple[Cell, ...]] = []
    for stage, title in STAGES.items():
        found = [one for one in shown if one["stage"] == stage and one["counts"]]
        if found:
            rows.append((Cell(title, Tone.STRONG),))
        for name in dict.fromkeys(one["test"] for one in found):
            rows += _of_test([one for one in found if one["test"] == name])
    yield Table(
        head=("Test", "Outlet", "What", "Measured, or found", "Limit", "Result"),
        rows=tuple(rows),
        shares=(0.09, 0.08, 0.28, 0.27, 0.17, 0.11),
    )
    repeats = [one for one in shown if not one["counts"]]
    if repeats:
        said = ", ".join(f"{one['id']} ({one['verdict']})" for one in repeats)
        yield Text(f"Earlier attempts, which do not count any more: {said}.", Tone.DIM)


def _of_test(tests: list[Report]) -> list[tuple[Cell, ...]]:
    """Of one test at each outlet; outlets that say the same share their rows."""
    alike: dict[tuple[tuple[Cell, ...], ...], list[str]] = {}
    for one in tests:
        alike.setdefault(tuple(_tested(one)), []).append(place(one["connector"]))
    found: list[tuple[Cell, ...]] = []
    for rows, places in alike.items():
        where = Cell(", ".join(one for one in places if one))
        found += [(row[0], where if n == 0 else Cell(""), *row[1:]) for n, row in enumerate(rows)]
    return found


def _tested(test: Report) -> Iterator[tuple[Cell, ...]]:
    """A row for the test; further measured values below it. Without the outlet."""
    judged, values = verdict(test), test["measured"]
    first = (Cell(test["test"], Tone.STRONG), Cell(test["purpose"]))
    if judged.tone is not Tone.GOOD or not values:
        yield (*first, Cell(said(test), Tone.DIM if test["is_not_applicable"] else Tone.PLAIN), Cell(""), judged)
        first, judged = (Cell(""), Cell("")), Cell("")
    for one in values:
        yield (*first, Cell(f"{one['name']}: {number(one['value'], one['unit'])}"), Cell(limit(one)), judged)
        first, judged = (Cell(""), Cell("")), Cell("")


def said(test: Report) -> str:
    """What it found, and what to do; without its own purpose before it."""
    if test["verdict"] == "pass":
        return str(test["says"]).removeprefix(f"{test['purpose']}: ")
    return " ".join(part for part in (test["says"], test["next"]) if part)


def plot_blocks(report: Report) -> Iterator[Block]:
    """Curves of what counts: the pilot, the load test, whatever else a test kept."""
    found = [plot for one in report["tests"] if one["counts"] for plot in plots(one)]
    if not found:
        return
    yield Heading("Curves")
    yield from found[:MOST_PLOTS]
    if len(found) > MOST_PLOTS:
        yield Text(f"{len(found) - MOST_PLOTS} more curves are in the sealed file.", Tone.DIM)
