"""Uptime computed again out of what chargers exported, for whoever does not want to believe a charger's own sum."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.control.registry import find
from agent.control.render import Tone
from agent.core.metrics.records import ChargerRecords
from agent.core.uptime.figures import figures_of
from agent.core.uptime.fleet import REQUIRED_PERCENT
from agent.core.uptime.plain import of_service, of_visits
from agent.core.visits.figures import figures_of as visits_of
from tools.support.metrics_folder import read_files
from tools.support.telling import note, page, printed, printed_json

MONTHS = 12


def shown_files(files: Sequence[Path], *, json: bool) -> int:
    """0: the newest month of every port is above 97 %; 1: one is not, or a file does not count. Raises OSError."""
    found = read_files(files)
    told = [_of(one) for one in found.chargers]
    why = [f"{one.serial}: {one.why}" for one in found.left_out]
    why += [f"{one['serial_number']}: {one['why_not']}" for one in told if one["why_not"]]
    if json:
        printed_json({"chargers": told, "left_out": why})
    else:
        for body in told:
            shown = page()
            shown.line(f"charger {body['serial_number'] or '?'}", Tone.STRONG)
            find("uptime").show(body, shown)
            shown.line()
            printed(shown)
        for line in why:
            note(line)
    newest = {(place, one["port"]): one["percent"] for place, body in enumerate(told) for one in body["months"]}
    is_good = newest and all(percent is not None and percent > REQUIRED_PERCENT for percent in newest.values())
    return 0 if is_good and not why else 1


def _of(one: ChargerRecords) -> dict[str, Any]:
    """As the charger itself answers `uptime`."""
    if one.service is None:
        nothing = "its export has no record of service; an older release wrote it"
        body: dict[str, Any] = {"why_not": nothing, "months": [], "reliability": [], "outages": []}
    else:
        body = dict(of_service(figures_of(one.service, MONTHS)))
    return {
        "serial_number": one.serial,
        **body,
        "outages_left_out": 0,
        "visits": of_visits(visits_of(one.attempts)),
    }
