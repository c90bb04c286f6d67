"""Sealed reports of the commissioning."""

from __future__ import annotations

from typing import Any, TypedDict
from typing import NotRequired as Maybe

from agent.core.commissioning.model import Verdict
from tools.schemas.words import At, Count, Hash


class Row(TypedDict):
    """One report."""

    number: Count
    report_id: str
    complete: bool
    missing: Count
    """of what it needs"""
    sealed: At | None
    hash: Hash
    signed: bool


class Reports(TypedDict):
    """Oldest first."""

    reports: list[Row]


Counts: Any = TypedDict("Counts", dict.fromkeys((*(one.value for one in Verdict), "not_applicable"), Count))  # type: ignore[misc]


class Said(TypedDict):
    """What it came to."""

    complete: bool
    missing: list[str]
    counts: Counts
    """tests by how they ended last"""


class Deviation(TypedDict):
    """What did not simply pass."""

    id: str | None
    verdict: str | None
    says: str | None


class Made(TypedDict):
    """A moment, and how far its clock can be trusted."""

    utc: str | None
    quality: str
    boot: str
    monotonic_ms: int


class Times(TypedDict):
    """From the beginning of the commissioning to the making of the report."""

    started: Made
    ended: Made
    whole_ms: int | None
    pauses_ms: int
    worked_ms: int | None
    tests_ms: int
    runs: Count
    visits: int | None
    first_time_right: bool | None


class Head(TypedDict):
    """Of it what names nobody."""

    made: Made


class Installer(TypedDict):
    """Left out from afar."""


class People(TypedDict):
    """Left out from afar."""

    installer: Installer


class Shown(TypedDict):
    """One report; at the charger the whole file comes instead."""

    report_id: str
    hash: Hash
    problems: list[str]
    """why it is not as it was sealed; then nothing else is told of it"""
    verdict: Maybe[Said]
    deviations: Maybe[list[Deviation]]
    times: Maybe[Times]
    head: Maybe[Head]
    people: Maybe[People]


ANSWERS = {"list": Reports, "show": Shown}
