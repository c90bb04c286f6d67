"""Figures of this charger (docs/metrics.md)."""

from __future__ import annotations

from typing import Any, TypedDict
from typing import NotRequired as Maybe

from agent.core.commissioning.model import JobState
from agent.core.metrics.charger import Stage
from tools.schemas.answers.uptime import MonthFigures, Visits
from tools.schemas.words import Count, Month, Pieces


class Span(TypedDict):
    """A time; null with the reason why nobody can know."""

    s: float | None
    why: str


class Answer(TypedDict):
    """Yes or no; null with the reason why nobody can know."""

    holds: bool | None
    why: str


Split: Any = TypedDict("Split", dict.fromkeys((one.value for one in Stage), Span))  # type: ignore[misc]


class Commissioning(TypedDict):
    """One."""

    job_id: str
    month: Month | None
    state: JobState
    duration: Span
    pauses_s: float
    """left out of the duration"""
    runs: Count
    visits: int | None


class Metrics(TypedDict):
    """Of the charger's first days, and of its service."""

    serial: str
    installation: Span
    planning_min: float | None
    """typed in"""
    mounting_min: float | None
    """typed in"""
    time_to_activate: Span
    split: Split
    """of the time to activate"""
    commissionings: list[Commissioning]
    first_time_right: Answer
    onboarding: Answer
    is_recording: bool
    """not on a bench"""
    uptime: Maybe[list[MonthFigures]]
    visits: Maybe[Visits]


ANSWERS = {"": Metrics, "prometheus": Pieces}
