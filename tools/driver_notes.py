"""Which notes a driver must have; `agent/drivers/notes.py` reads them and says what they are."""

from __future__ import annotations

from collections.abc import Mapping

from agent.config.boards import CONNECTOR_INTERFACES
from agent.drivers import loader
from agent.drivers.notes import (
    BUS,
    LABELS,
    MISSING,
    PROTECTS,
    QUIRKS,
    TRIED_ON,
    WIRING,
    notes_in,
    notes_of,
    summary_of,
)

__all__ = ["BUS", "LABELS", "MISSING", "PROTECTS", "QUIRKS", "TRIED_ON", "WIRING", "notes_in", "notes_of", "summary_of"]

INTERFACES = (*CONNECTOR_INTERFACES, "token_reader", "input", "temperature_sensor")
GIVES_POWER = frozenset({"control_pilot", "contactor", "cut_off"})
"""Interfaces that stand between a person and the mains: their drivers say what protects, and what is missing."""


def every_driver() -> list[tuple[str, str]]:
    """Interface and name of all there are, buses first."""
    buses = [(BUS, kind) for kind in loader.known_buses()]
    return buses + [(interface, name) for interface in INTERFACES for name in loader.known_drivers(interface)]


def needed(interface: str) -> tuple[str, ...]:
    """The notes that a driver of this interface must have."""
    return (PROTECTS, MISSING, WIRING, QUIRKS) if interface in GIVES_POWER else (WIRING, QUIRKS)


def lacking(interface: str, notes: Mapping[str, str]) -> list[str]:
    """Labels that are missing or say nothing."""
    return [label for label in needed(interface) if not notes.get(label)]
