"""`evse-support metrics [DIR]`: the figures of a fleet.

Of a folder: installation to hand-over, from what chargers exported and from sealed reports. Without one: charging
success and support cases, from the history.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.control.render import duration
from agent.core.metrics.charger import figures_of
from agent.core.metrics.fleet import fleet_of
from agent.core.metrics.plain import of_fleet
from agent.errors import BadRequest
from tools.support.metrics_folder import Folder, read_folder

PURPOSE = "figures of a fleet: installation to hand-over of exported records, charging and cases of the history"
WIDTH = 30
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
        from tools.support.history.figures import shown_figures

        return shown_figures(typed)
    found = read_folder(typed.folder)
    tickets = None if typed.tickets is None else _serials(typed.tickets)
    body = of_fleet(fleet_of([figures_of(one) for one in found.chargers], tickets))
    body["files"] = found.files
    body["files_left_out"] = [{"file": one.serial, "why": one.why} for one in found.left_out]
    body["notes"] = list(found.notes)
    for line in [json.dumps(body, ensure_ascii=False)] if typed.json else _lines(body, found):
        print(line)
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
