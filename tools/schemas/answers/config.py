"""What is configured, what would be, and which layer decides."""

from __future__ import annotations

from typing import Literal, TypedDict
from typing import NotRequired as Maybe

from agent.config.layers import Layer
from agent.core.limits import LimitSource
from tools.schemas.words import Count, Moment, Port


class Changed(TypedDict):
    """A key with another value; "" is none."""

    key: str
    now: str
    then: str


class ChangedCurrent(TypedDict):
    """What a connector may offer."""

    connector: Port
    now: float
    """[A]"""
    then: float
    """[A]"""


class Check(TypedDict):
    """The site file as it lies on disk, or a trial of keys."""

    file: Maybe[str]
    """of a file: its path"""
    tried: Maybe[str]
    """of a trial: the lines as they would stand in a file"""
    problems: list[str]
    """what keeps a start from happening"""
    notices: Maybe[list[str]]
    changes: list[Changed]
    """against what is in force"""
    currents: Maybe[list[ChangedCurrent]]
    """of a trial without problems"""
    written_at: Maybe[Moment]
    """when the file was written"""


class OnDisk(TypedDict):
    """The site file as it lies there."""

    file: str
    problems: list[str]
    """what keeps a start from happening"""
    notices: list[str]
    changes: list[Changed]
    """what a start would change"""
    written_at: Maybe[Moment]


class Difference(TypedDict):
    """A key that differs; null: it is not set."""

    key: str
    now: str | None
    then: str | None
    layer: Layer | Literal[""]
    """that sets it now"""
    where: str
    """file and line"""


class Change(TypedDict):
    """One on record."""

    at: Moment | None
    key: str
    before: str | None
    after: str | None
    path: str
    """how it came"""
    who: str


class Diff(TypedDict):
    """What is in force against something else."""

    against: str
    differences: list[Difference]
    changes: list[Change]
    """since then, newest first"""
    changes_left_out: Count
    recorded_since: Moment | None
    on_disk: OnDisk


class Entry(TypedDict):
    """A key in force."""

    key: str
    value: str
    layer: Layer
    where: str
    """file and line"""


class LayerLimit(TypedDict):
    """What one key allows."""

    layer: Layer
    key: str
    current_a: float
    where: str
    wins: bool


class Now(TypedDict):
    """What the charger itself limits at this moment."""

    offered_a: float
    allowed_a: float
    source: LimitSource | None
    detail: str


class Current(TypedDict):
    """Which layer limits the current of a connector."""

    connector: Port
    layers: list[LayerLimit]
    now: Now


class Explain(TypedDict):
    """Of a key its entries, of "current" the connectors."""

    key: str
    entries: Maybe[list[Entry]]
    connectors: Maybe[list[Current]]


ANSWERS = {"check": Check, "diff": Diff, "explain": Explain}
