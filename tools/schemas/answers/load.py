"""What was drawn, by quarters of an hour (docs/load-profile.md)."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict
from typing import NotRequired as Maybe

from tools.schemas.shape import rule
from tools.schemas.words import Day, Port, Share

Quarters = Annotated[list[int | None], rule(minItems=96, maxItems=96)]


class PortDay(TypedDict):
    """Of one port; null: not known."""

    port: Port
    energy_wh: Quarters
    mean_w: Quarters
    peak_w: Quarters


class DayBody(TypedDict):
    """Of one day; null: not known."""

    day: Day
    step_s: int
    mean_w: Quarters
    peak_w: Quarters
    ports: list[PortDay]


class Figures(TypedDict):
    """What the days come to; absent: not known."""

    energy_wh: Maybe[int]
    known_percent: float
    """of all quarters"""
    peak_w: Maybe[float]
    peak_mean_w: Maybe[float]
    """the highest mean of a quarter"""
    sum_of_peaks_w: Maybe[float]
    coincidence: Maybe[Share]
    """the peak of all, by the sum of their peaks"""


class Load(TypedDict):
    """Day by day, oldest first."""

    schema: Literal["evse-load"]
    version: Literal[2]
    """of this document"""
    serial_number: str
    days: list[DayBody]
    format: Literal["table", "csv", "json"]
    """what was asked for"""
    connected_w: int
    """of all connectors at their rated currents"""
    supply_w: int
    """what the supply lets through"""
    figures: Figures


ANSWERS = {"": Load}
