"""What the pilot looks like."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict
from typing import NotRequired as Maybe

from tools.schemas.shape import rule
from tools.schemas.words import Count, Port

Spread = list[Annotated[list[float], rule(minItems=2, maxItems=2)]]


class Histogram(TypedDict):
    """Each level in volts, and how often it was told."""

    high_v: Spread
    low_v: Spread


class Waveform(TypedDict):
    """Of a capture its figures, of reports how their levels spread; what a steady level has not is absent."""

    connector: Port
    by: Literal["capture", "reports"]
    step_us: Maybe[int]
    """between two samples"""
    samples: Maybe[Count]
    high_v: Maybe[float]
    low_v: Maybe[float]
    duty_percent: Maybe[float]
    frequency_hz: Maybe[float]
    noise_v: Maybe[float]
    """one standard deviation"""
    periods: Maybe[Count]
    levels_mv: Maybe[list[int]]
    """every sample, where they were asked for"""
    seconds: Maybe[float]
    """that were watched"""
    histogram: Maybe[Histogram]
    why: Maybe[str]
    """why the board captured nothing"""


ANSWERS = {"": Waveform}
