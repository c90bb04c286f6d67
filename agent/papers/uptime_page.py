"""Uptime on paper: the months of each port as a table and a curve, its outages, and whether charges succeeded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.core.uptime.fleet import REQUIRED_PERCENT
from agent.core.uptime.telling import why
from agent.papers.blocks import Block, Cell, Heading, Line, Pairs, Paper, Plot, Table, Text, Tone, plain

OUTAGES_ON_PAPER = 60
READING = (
    "Uptime = (525,600 - (T_outage - T_excluded)) / 525,600 x 100 in minutes, over the twelve months that end with the "
    "month (23 CFR 680.116(b)). A charger that is offline and still dispenses counts as up; the other column counts "
    "offline minutes as outage. A partial record counts what is not on it as up."
)
SPLIT = {
    "detect_min": "until told",
    "acknowledge_min": "until somebody acted, of those acknowledged",
    "repair_min": "until serving, of those acknowledged",
    "unattended_min": "until serving, where nobody acted",
}
RATES = {
    "start_success": "Charge start success",
    "end_success": "Charge end success",
    "session_success": "Session success",
    "first_time_success": "First-time plug-in success (port-local)",
}


def paper(body: Mapping[str, Any]) -> Paper:
    """Of the answer to `evsectl uptime`. Raises KeyError for another one."""
    serial = str(body["serial_number"]) or "without a serial number"
    return Paper(
        title="Uptime",
        under=f"charger {serial}",
        foot=f"Uptime of charger {serial}",
        page_word="page",
        language="en",
        blocks=tuple(_blocks(body)),
    )


def _blocks(body: Mapping[str, Any]) -> Iterator[Block]:
    yield Text(READING, Tone.DIM)
    if body["why_not"]:
        yield Text(str(body["why_not"]), Tone.WARN)
    for port in sorted({one["port"] for one in body["months"]}):
        yield from _port(port, [one for one in body["months"] if one["port"] == port], body)
    yield from _outages(body)
    yield from _visits(body["visits"])


def _port(port: int, months: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading(f"Port {port}")
    if len(months) > 1:
        yield Plot(
            title=f"Uptime of port {port} over twelve months, by month",
            x_name="month",
            lines=(
                Line(name="uptime", unit="%", points=_points(months, "percent")),
                Line(name="if offline is down", unit="%", points=_points(months, "percent_connected")),
            ),
        )
    heads = ("month", "uptime", "if offline is down", "T_outage", "T_excluded", "on record", "month alone")
    yield Table(head=heads, rows=tuple(_month(one) for one in months), shares=(1.2, 1.2, 1.4, 1.2, 1.2, 1.2, 1.2))
    rows = [
        ("Technical availability", _percent(months[-1]["availability_percent"])),
        ("Online share", _percent(months[-1]["online_percent"])),
    ]
    for one in body["reliability"]:
        if one["port"] == port:
            mtbf = "no failure" if one["mtbf_h"] is None else f"{one['mtbf_h']:.0f} h, {one['failures']} failures"
            mttr = "-" if one["mttr_min"] is None else f"{one['mttr_min']:.0f} min, {one['repaired']} repaired"
            rows += [("Mean time between failures", mtbf), ("Mean time to repair", mttr)]
            rows += [(name, f"{one[key]:.1f} min") for name, key in SPLIT.items() if one.get(key) is not None]
    yield Pairs(title="Reliability", rows=tuple(rows))


def _points(months: Sequence[Mapping[str, Any]], name: str) -> tuple[tuple[float, float], ...]:
    """The months counted from 1: an axis of a curve takes numbers; the table below names them."""
    return tuple((float(place), float(one[name])) for place, one in enumerate(months, 1) if one[name] is not None)


def _month(one: Mapping[str, Any]) -> tuple[Cell, ...]:
    year, percent = one["year"], one["percent"]
    tone = Tone.PLAIN if percent is None or percent > REQUIRED_PERCENT else Tone.BAD
    partial = " (partial)" if one["is_partial"] else ""
    return (
        Cell(f"{one['month']}{partial}"),
        Cell(_percent(percent), tone),
        Cell(_percent(one["percent_connected"])),
        Cell(f"{year['outage_min']:.1f} min"),
        Cell(f"{year['excluded_min']:.1f} min"),
        Cell(f"{year['recorded_min']:.0f} min"),
        Cell(_percent(one["month_percent"])),
    )


def _outages(body: Mapping[str, Any]) -> Iterator[Block]:
    found = body["outages"]
    if not found:
        return
    yield Heading("Outages, the newest first")
    rows = [
        (
            str(one["number"]),
            str(one["port"]),
            one["began"][:16].replace("T", " "),
            f"{one['minutes']:.1f}" + ("" if one["ended"] else " (lasts)"),
            " ".join(f"{part['why']} {part['minutes']:.1f} ({part['by']})" for part in one["excluded"]) or "-",
            one["class"].replace("_", " "),
            why(one),
        )
        for one in found[:OUTAGES_ON_PAPER]
    ]
    heads = ("no.", "port", "began (UTC)", "minutes", "excluded", "class", "evidence")
    yield Table(head=heads, rows=plain(rows), shares=(0.5, 0.5, 1.5, 0.9, 1.7, 1.3, 3.0))
    more = len(found) + body["outages_left_out"] - OUTAGES_ON_PAPER
    if more > 0:
        yield Text(f"{more} more are in the exported record.", Tone.DIM)


def _visits(visits: Mapping[str, Any]) -> Iterator[Block]:
    if not visits["attempts"]:
        return
    yield Heading("Attempts to charge")
    rows = []
    for key, name in RATES.items():
        rate = visits[key]
        share = _share(rate)
        out = "; ".join(f"{count} {why}" for why, count in rate["left_out"].items())
        rows.append((name, f"{share}; left out: {out}" if out else share))
    start = visits["charge_start"]
    if start["median_s"] is not None:
        rows.append(("Charge start time", f"median {start['median_s']:.1f} s, p95 {start['p95_s']:.1f} s"))
    rows += [(f"Failed by {name.replace('_', ' ')}", str(count)) for name, count in visits["failures"].items()]
    yield Pairs(title=f"{visits['attempts']} attempts", rows=tuple(rows))


def _share(rate: Mapping[str, Any]) -> str:
    if rate["share"] is None:
        return "not known"
    return f"{100 * rate['share']:.1f} %, {rate['good']} of {rate['count']}"


def _percent(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f} %"
