"""The kinds of controllers there are: the folder is the list. Only what a board names is imported."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import cast

from agent.core.control_pilot import WithoutAgent
from agent.drivers.modbus_evse.controller import Controller, Terms

FOLDER = Path(__file__).parent / "controllers"


def known_controllers() -> list[str]:
    """The words that a board file may use: "simple-evse" is controllers/simple_evse.py."""
    return sorted(path.stem.replace("_", "-") for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def controller_of(kind: str, *, set_up: bool, timeout_s: int, safe_current_a: int) -> Controller:
    """One of that kind, which is known, under these terms."""
    terms = Terms(set_up=set_up, timeout_s=timeout_s, safe_current_a=safe_current_a)
    return cast(Controller, _module(kind).create(terms))


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """What such a device does when nobody speaks to it; `bus_options` as written, whose problems others tell."""
    kind, safe_current_a = bus_options.get("controller"), bus_options.get("safe_current_a", 0)
    if kind not in known_controllers():
        return WithoutAgent.STAYS
    terms = Terms(safe_current_a=safe_current_a if isinstance(safe_current_a, int) else 0)
    return cast(WithoutAgent, _module(str(kind)).without_agent(terms))


def has_time_out(kind: str) -> bool:
    """Whether a device of that kind does something by itself when the host is silent."""
    return kind in known_controllers() and _module(kind).without_agent(Terms()) is WithoutAgent.OPENS


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"agent.drivers.modbus_evse.controllers.{kind.replace('-', '_')}")
