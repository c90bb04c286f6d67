"""`evse-support metrics [DIR]`: the figures of a fleet.

Of a folder: installation to hand-over, from what chargers exported and from sealed reports. Without one: charging
success and support cases, from the history.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.control.render import duration
from agent.control.verbs.uptime import split
from agent.core.metrics.charger import figures_of
from agent.core.metrics.fleet import fleet_of
from agent.core.metrics.plain import of_fleet
from agent.core.uptime.fleet import REQUIRED_PERCENT, FleetUptime
from agent.core.uptime.fleet import fleet_of as fleet_uptime
from agent.core.uptime.plain import of_month, of_repairs, of_visits
from agent.core.visits.figures import figures_of_many
from agent.errors import BadRequest
from tools.support.metrics_folder import Folder, read_folder
from tools.support.telling import printed_json, printed_line

PURPOSE = "figures of a fleet: installation to hand-over of exported records, charging and cases of the history"
WIDTH = 30
RATES = {
    "start_success": "charge start success",
    "end_success": "charge end success",
    "session_success": "session success",
    "first_time_success": "first-time plug-in success",
}
SHOWN = 10
"""Exclusions of one figure that are printed; --json has all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="files of evsectl metrics export, sealed reports; without it, charging and cases of the history",
    )
    parser.add_argument("--since", default="30d", metavar="TIME", help="of the history: 2h, 30d ago, or a moment (30d)")
    parser.add_argument(
        "--tickets",
        type=Path,
        metavar="FILE",
        help="serial numbers, one a line, with a corrective ticket within 30 days of commissioning",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(typed: argparse.Namespace) -> int:
    """0: every file counted; 1: something was left out. Raises BadRequest and OSError."""
    if typed.folder is None:
        from tools.support.fleet_figures import shown_figures

        return shown_figures(typed)
    found = read_folder(typed.folder)
    tickets = None if typed.tickets is None else _serials(typed.tickets)
    body = of_fleet(fleet_of([figures_of(one) for one in found.chargers], tickets))
    body["uptime"] = _uptime(fleet_uptime((one.serial, one.service) for one in found.chargers))
    body["visits"] = of_visits(figures_of_many(one.attempts for one in found.chargers))
    body["files"] = found.files
    body["files_left_out"] = [{"file": one.serial, "why": one.why} for one in found.left_out]
    body["notes"] = list(found.notes)
    if typed.json:
        printed_json(body)
    else:
        for line in _lines(body, found):
            printed_line(line)
    return 1 if found.left_out else 0


def _serials(file: Path) -> frozenset[str]:
    """A line's first word; what stands behind # is for people. Raises BadRequest for what is no text, and OSError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"--tickets: {file} is no text in UTF-8; save it as such, one serial number a line") from error
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return frozenset(words[0] for words in lines if words)


def _lines(body: Mapping[str, Any], found: Folder) -> Iterator[str]:
    yield f"{body['chargers']} chargers, from {found.files} files"
    for one in found.left_out:
        yield f"  left out: {one.serial}: {one.why}"
    for note in found.notes:
        yield f"  note: {note}"
    yield ""
    yield from _duration("installation time", body["installation"])
    yield from _duration("  planning, typed in", body["planning"], is_short=True)
    yield from _duration("  mounting, typed in", body["mounting"], is_short=True)
    yield from _duration("commissioning", body["commissioning"])
    yield from _duration("  pauses, not in it", body["pauses"], is_short=True)
    yield from _duration("time to activate", body["time_to_activate"])
    for stage, one in body["split"].items():
        yield from _duration(f"  {stage.replace('_', ' ')}", one, is_short=True)
    yield ""
    for month, rate in body["commissioning_success"].items():
        yield from _rate(f"commissioning success {month}", rate)
    yield from _left_out(body["commissioning_success_left_out"], "  in no month: ")
    yield from _rate("right the first time", body["first_time_right"])
    if not body["first_time_right"]["tickets_counted"]:
        yield "  without the tickets of the help desk: give them with --tickets FILE"
    yield from _rate("customers on board", body["onboarding"])
    yield ""
    yield from _service(body)


def _uptime(fleet: FleetUptime) -> dict[str, Any]:
    return {
        "ports": [{"serial": one.serial, **of_month(one.figure)} for one in fleet.ports],
        "above_97_percent": fleet.above,
        "median_percent": fleet.median_percent,
        "outage_min_by_class": {of.value: round(minutes, 2) for of, minutes in fleet.minutes},
        "failures": fleet.failures,
        "mtbf_h": None if fleet.mtbf_s is None else fleet.mtbf_s / 3600,
        **of_repairs(fleet.repairs),
        "left_out": [{"serial": serial, "why": why} for serial, why in fleet.left_out],
    }


def _service(body: Mapping[str, Any]) -> Iterator[str]:
    uptime, visits = body["uptime"], body["visits"]
    if uptime["ports"]:
        above, count = uptime["above_97_percent"], len(uptime["ports"])
        median_text = f"median {uptime['median_percent']:.3f} %, above 97 %: {above} of {count} ports"
        yield f"{'uptime, 12 months':<{WIDTH}} {median_text}"
        for one in uptime["ports"][:SHOWN]:
            if one["percent"] <= REQUIRED_PERCENT:
                partial = ", partial year" if one["is_partial"] else ""
                who = f"{one['serial'] or 'no serial number'} port {one['port']}"
                yield f"  below: {who}: {one['percent']:.3f} %{partial}"
        for of, minutes in uptime["outage_min_by_class"].items():
            yield f"  {of.replace('_', ' '):<{WIDTH - 2}} {minutes:.0f} min of outage"
    if uptime["mtbf_h"] is not None:
        text = f"{uptime['mtbf_h']:.0f} h, {uptime['failures']} failures"
        yield f"{'between failures':<{WIDTH}} {text}"
    if uptime["mttr_min"] is not None:
        yield f"{'until repaired':<{WIDTH}} {duration(60 * uptime['mttr_min'])}"
        yield from (f"  {line}" for line in split(uptime))
    yield from _left_out(uptime["left_out"])
    for key, name in RATES.items():
        rate = visits[key]
        share = (
            "not known" if rate["share"] is None else f"{100 * rate['share']:.1f} %, {rate['good']} of {rate['count']}"
        )
        out = ", ".join(f"{count} {why}" for why, count in rate["left_out"].items())
        yield f"{name:<{WIDTH}} {share}" + (f"; left out: {out}" if out else "")


def _duration(name: str, one: Mapping[str, Any], *, is_short: bool = False) -> Iterator[str]:
    if one["median_s"] is None:
        text = "not known"
    else:
        text = f"median {duration(one['median_s'])}, p90 {duration(one['p90_s'])}, of {one['count']}"
    out = len(one["left_out"])
    yield f"{name:<{WIDTH}} {text}" + (f"; {out} left out" if out else "")
    if not is_short:
        yield from _left_out(one["left_out"])


def _rate(name: str, rate: Mapping[str, Any]) -> Iterator[str]:
    share = "not known" if rate["share"] is None else f"{100 * rate['share']:.1f} %, {rate['good']} of {rate['count']}"
    out = len(rate["left_out"])
    yield f"{name:<{WIDTH}} {share}" + (f"; {out} left out" if out else "")
    yield from _left_out(rate["against"], "  not: ")
    yield from _left_out(rate["left_out"])


def _left_out(rows: Sequence[Mapping[str, str]], word: str = "  left out: ") -> Iterator[str]:
    for row in rows[:SHOWN]:
        yield f"{word}{row['serial'] or 'no serial number'}: {row['why']}"
    if len(rows) > SHOWN:
        yield f"  and {len(rows) - SHOWN} more; --json names them all"
