"""Measurements, the charger's own tests and their curves, as tables and plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.papers.blocks import Block, Cell, Heading, Table, Text, Tone, plain
from agent.papers.series import is_flat, plots
from agent.papers.words import limit, measured, place, sentences, verdict

UNKNOWN = -1
"""The stage of a test that the catalogue does not have any more."""
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
    UNKNOWN: "Of another release",
}
ON_PAPER, OF_NETWORK = "ST9", "ST8"
"""How the numbers begin of what an installer measures and enters, and of what is about the network."""
MOST_PLOTS = 8
Report = Mapping[str, Any]


def measurement_blocks(report: Report) -> Iterator[Block]:
    yield Heading("Measurements, in the order of IEC 60364-6", "5")
    tools = _tools(report)
    if tools:
        rows = [
            (f"I{n}", one[0], one[1], one[2] if one[2] not in ("", "-", "none") else "not given")
            for n, one in enumerate(tools, 1)
        ]
        yield Table(
            head=("", "Instrument", "Serial number", "Calibrated"), rows=plain(rows), shares=(0.07, 0.45, 0.26, 0.22)
        )
    yield Text(
        "By: I1, I2, … are the instruments above, whose readings the installer typed; C is the charger itself.",
        Tone.DIM,
    )
    sources = list(dict.fromkeys(row["source"] for group in report["measurements"] for row in group["rows"]))
    sources = [one for one in sources if one]
    lines: list[tuple[Cell, ...]] = []
    for group in report["measurements"]:
        lines.append((Cell(_clause(group), Tone.STRONG),))
        if not group["rows"]:
            lines.append((Cell("nothing recorded", Tone.WARN), *[Cell("")] * 6))
        lines += merged([_measured(one, tools, sources) for one in repeated(group["rows"])], outlet=1)
    yield Table(
        head=("What", "Outlet", "Measured", "Limit", "Source", "By", "Result"),
        rows=tuple(lines),
        shares=(0.27, 0.08, 0.26, 0.13, 0.08, 0.07, 0.11),
    )
    if sources:
        listed = [(f"S{n}", one) for n, one in enumerate(sources, 1)]
        yield Table(head=("", "Source of the limit"), rows=plain(listed), shares=(0.07, 0.93))


def _clause(group: Report) -> str:
    """With the tests that its values are of, by whose numbers all else speaks of them."""
    tests = ", ".join(dict.fromkeys(row["test"] for row in group["rows"]))
    return f"{group['id']}  {group['title']}{f' ({tests})' if tests else ''}"


def repeated(rows: Sequence[Report]) -> list[Report]:
    """Values of the same name, limit and outlet are one row: "55 ms, 3 times", or one after the other."""
    found: dict[str, list[Report]] = {}
    for n, row in enumerate(rows):
        same = (row.get("test"), row.get("connector"), row["name"], limit(row), row["source"])
        found.setdefault(repr(same) if row["name"] else f"{n}", []).append(row)
    return [{**alike[0], "shown": _shown(alike)} for alike in found.values()]


def _shown(alike: list[Report]) -> str:
    texts = [measured(one) for one in alike]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{texts[0]}, {len(texts)} times"
    return ", ".join(texts)


Tool = tuple[str, str, str]


def _tool(row: Report) -> Tool:
    tool = row["instrument"]
    return tool.get("make", ""), tool.get("serial", ""), tool.get("calibrated", "")


def _tools(report: Report) -> list[Tool]:
    found = (_tool(row) for group in report["measurements"] for row in group["rows"])
    return [one for one in dict.fromkeys(found) if any(one)]


def _measured(row: Report, tools: list[Tool], sources: list[str]) -> tuple[Cell, ...]:
    tool, judged = _tool(row), verdict(row)
    if any(tool):
        by = Cell(f"I{tools.index(tool) + 1}")
    else:
        is_typed = row.get("entered", row["test"].startswith(ON_PAPER)) and row["name"]
        by = Cell("not named", Tone.WARN) if is_typed else Cell("C", Tone.DIM)
    said = str(row["value"]).removeprefix(f"{row['purpose']}: ")
    return (
        Cell(row["name"] or row["purpose"]),
        Cell(place(row["connector"])),
        Cell(row["shown"], Tone.STRONG)
        if row["name"]
        else Cell(said, judged.tone if judged.tone is Tone.DIM else Tone.PLAIN),
        Cell(limit(row)),
        Cell(f"S{sources.index(row['source']) + 1}" if row["source"] else "", Tone.DIM),
        by,
        judged,
    )


def merged(rows: list[tuple[Cell, ...]], *, outlet: int) -> list[tuple[Cell, ...]]:
    """Rows that say the same of several outlets are one; `outlet` is its column. The order stays."""
    found: dict[tuple[Cell, ...], list[str]] = {}
    for row in rows:
        found.setdefault((*row[:outlet], *row[outlet + 1 :]), []).append(row[outlet].text)
    return [(*row[:outlet], _outlets(places), *row[outlet:]) for row, places in found.items()]


def _outlets(places: list[str]) -> Cell:
    """Each once, in the order of their numbers."""
    named = sorted({one for one in places if one}, key=lambda one: (len(one), one))
    return Cell(", ".join(named))


def test_blocks(report: Report) -> Iterator[Block]:
    yield Heading("The charger's own tests", "6")
    yield Text(
        "The latest attempt of each test counts. Those of the installer's instruments stand in section 5, those of the "
        "network in section 7. Typed: what the installer read off and entered.",
        Tone.DIM,
    )
    shown = [one for one in report["tests"] if one["counts"] and not _stands_elsewhere(one, report)]
    rows: list[tuple[Cell, ...]] = []
    for stage, title in STAGES.items():
        found = [one for one in shown if (one["stage"] if one["stage"] in STAGES else UNKNOWN) == stage]
        if found:
            rows.append((Cell(title, Tone.STRONG),))
        for name in dict.fromkeys(one["test"] for one in found):
            rows += _of_test([one for one in found if one["test"] == name])
    yield Table(
        head=("Test", "Outlet", "What", "Measured, or found", "Limit", "Result"),
        rows=tuple(rows),
        shares=(0.08, 0.08, 0.24, 0.34, 0.15, 0.11),
    )
    repeats = [one for one in report["tests"] if not one["counts"]]
    if repeats:
        said = ", ".join(f"{one['id']} ({one['verdict']})" for one in repeats)
        yield Text(f"Earlier attempts, which do not count any more: {said}.", Tone.DIM)


def _stands_elsewhere(test: Report, report: Report) -> bool:
    """Whether section 5 or 7 has a row of it; whatever has none there stands here."""
    if test["test"].startswith(ON_PAPER):
        return any(row["test"] == test["test"] for group in report["measurements"] for row in group["rows"])
    return test["test"].startswith(OF_NETWORK) and test["id"] in report["network"]["tests"]


def _of_test(tests: list[Report]) -> list[tuple[Cell, ...]]:
    """Of one test at each outlet; outlets that say the same share their rows."""
    alike: dict[tuple[tuple[Cell, ...], ...], list[str]] = {}
    for one in tests:
        alike.setdefault(tuple(_tested(one)), []).append(place(one["connector"]))
    found: list[tuple[Cell, ...]] = []
    for rows, places in alike.items():
        found += [(row[0], _outlets(places), *row[1:]) for row in rows]
    return found


def _tested(test: Report) -> Iterator[tuple[Cell, ...]]:
    """A row for the test; further measured values below it, each with its number: the table may break. No outlet."""
    judged, values = verdict(test), test["measured"]
    first, again = (Cell(test["test"], Tone.STRONG), Cell(test["purpose"])), (Cell(test["test"], Tone.DIM), Cell(""))
    if judged.tone is not Tone.GOOD or not values:
        yield (*first, Cell(said(test), Tone.DIM if test["is_not_applicable"] else Tone.PLAIN), Cell(""), judged)
        first, judged = again, Cell("")
    for one in repeated(values):
        typed = ", typed" if one.get("entered") else ""
        yield (*first, Cell(f"{one['name']}: {one['shown']}{typed}"), Cell(limit(one)), judged)
        first, judged = again, Cell("")


def said(test: Report) -> str:
    """What it found, and what to do; without its own purpose before it."""
    if test["verdict"] == "pass":
        return str(test["says"]).removeprefix(f"{test['purpose']}: ")
    return sentences(test["says"], test["next"])


def plot_blocks(report: Report) -> Iterator[Block]:
    """Curves of what counts: the pilot, the load test, whatever else a test kept."""
    drawn = [plot for one in report["tests"] if one["counts"] for plot in plots(one)]
    found = [plot for plot in drawn if not is_flat(plot)]
    if not found:
        return
    yield Heading("Curves")
    yield from found[:MOST_PLOTS]
    if len(found) < len(drawn):
        yield Text("Values that stood still are not drawn: their figures are in section 6.", Tone.DIM)
    if len(found) > MOST_PLOTS:
        yield Text(f"{len(found) - MOST_PLOTS} more curves are in the sealed file.", Tone.DIM)
