"""The pilot board."""

from __future__ import annotations

from typing import Annotated, TypedDict

from tools.schemas.health_port import Lock
from tools.schemas.shape import rule
from tools.schemas.words import At, FaultBody, Port, Quantity

Named = dict[str, Quantity]


class Configuration(TypedDict):
    """What the board is configured for."""

    mark: str | None
    """what a board file pins it by"""
    pinned: str | None
    """what the board file pins; null: it takes any"""
    properties: Annotated[Named, rule(description="by their names; a unit ends each that has one")]


class BoardState(TypedDict):
    """What it says of itself beside the pilot."""

    waits_for: str
    live_phases: list[str]
    lock: Lock
    cable_a: float | None
    """by the resistor of its plug; null: fixed, or none is there"""
    limit_a: float | None
    """the most it allows by itself"""
    testing: bool
    firmware_version: str
    capabilities: list[str]


class Info(TypedDict):
    """Who it is, what it counts, every reading."""

    connector: Port
    board: str
    revision: str
    firmware_version: str
    boot_id: str
    uptime_s: float
    capabilities: list[str]
    calibration: Annotated[Named, rule(description="by the board's own names")]
    counters: Annotated[Named, rule(description="by the board's own names")]
    update: Annotated[Named, rule(description="of its firmware, by the board's own names")]
    configuration: Configuration
    measures: Annotated[Named, rule(description="every reading by its name; a unit ends each that has one")]
    state: BoardState | None
    """null: it does not answer"""
    faults: list[FaultBody]
    """those that the board owns"""


class Capture(TypedDict):
    """100 ms of the pilot."""

    connector: Port
    step_us: int
    """between two samples"""
    levels_mv: list[int]


class NamedFault(TypedDict):
    """What a trip was for."""

    id: str
    """of docs/faults.md"""
    meaning: str


class Trip(TypedDict):
    """What it saw around its last trip."""

    connector: Port
    tripped: At | None
    """null: it runs for longer than it counts in its records"""
    faults: list[NamedFault]
    columns: list[str]
    """a unit ends each that has one"""
    rows: list[list[Quantity]]
    """a row for each moment, oldest first"""


ANSWERS = {"info": Info, "capture": Capture, "evidence": Trip}
