"""Load profiles of chargers that are a few lines each, as they answer and as they export them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.control.registry import find
from agent.control.render import Page
from agent.control.verbs.load import SCHEMA, VERSION, day_body
from agent.core.load_profile.days import Day, PortDay, day_number
from agent.core.load_profile.quarters import QUARTERS
from tools.support.__main__ import main

Capture = pytest.CaptureFixture[str]
FIRST = day_number("2026-12-01")


def a_day(number: int, *energy_wh: int | None) -> Day:
    """Of one connector; nothing flows in the quarters that are not given."""
    told = (*energy_wh, *(0,) * QUARTERS)[:QUARTERS]
    peaks = tuple(None if wh is None else 4 * wh + 40 * bool(wh) for wh in told)
    return Day(number=number, ports={1: PortDay(energy_wh=told, peak_w=peaks)}, peak_w=peaks)


def answer(serial: str, *days: Day, **more: Any) -> dict[str, Any]:
    """As a charger answers `load`."""
    whose = {"schema": SCHEMA, "version": VERSION, "serial_number": serial}
    figures = {"energy_wh": 0, "known_percent": 100.0}
    told = {"days": [day_body(day) for day in days], "connected_w": 11_040, "supply_w": 22_080, "figures": figures}
    return {**whose, **told, "format": "json", **more}


def exported(file: Path, body: Mapping[str, Any], form: str = "json") -> Path:
    """As `evsectl load --format … > FILE` writes it."""
    page = Page()
    find("load").show({**body, "format": form}, page)
    file.write_text("".join(f"{line}\n" for line in page.lines), encoding="utf-8")
    return file


def told(capsys: Capture, *words: object) -> dict[str, Any]:
    """What the verb says as JSON."""
    main(["load", "--json", *map(str, words)])
    return dict(json.loads(capsys.readouterr().out))


def refusal(capsys: Capture, *words: object) -> str:
    """What is said of words that cannot be used."""
    assert main(["load", *map(str, words)]) == 2
    return capsys.readouterr().err
