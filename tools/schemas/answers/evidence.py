"""Counters and records for a claim under warranty."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict
from typing import NotRequired as Maybe

from agent.core.wear.model import COUNTERS, PartKind
from tools.schemas.shape import rule
from tools.schemas.units import unit_of
from tools.schemas.words import At, Count, Hash


def _counted(name: str) -> object:
    meanings = dict.fromkeys(one.meaning for one in COUNTERS if one.name == name)
    unit = unit_of(name)
    text = " / ".join(meanings) + (f" [{unit}]" if unit else "")
    return Maybe[Annotated[int, rule(description=text)]]


Counts: Any = TypedDict("Counts", {one.name: _counted(one.name) for one in COUNTERS})  # type: ignore[misc]
UtcMs = Annotated[int, rule(description="UTC milliseconds since 1970")]


class Part(TypedDict):
    """One part and what it came to."""

    serial: str
    model: Maybe[str]
    """its part number; "": nobody told"""
    fitted: UtcMs | None
    """UTC milliseconds since 1970; null: nobody told"""
    counts: Counts
    """they only rise"""


class Retired(Part):
    """One that was taken out."""

    id: str
    retired: UtcMs | None
    """UTC milliseconds since 1970; null: the time was not known"""


class Wear(TypedDict):
    """Parts by their ids, such as "contactor:1"."""

    parts: dict[str, Part]
    retired: list[Retired]
    gaps: list[str]
    """when and why counting began anew"""
    meanings: dict[str, str]
    """of each counter, by kind and name"""
    kinds: dict[str, PartKind]
    """of each part"""


class Record(TypedDict):
    """One file of the bundle."""

    id: str
    lines: Maybe[Count]
    bytes: Maybe[Count]
    left_out: Maybe[str]
    """why it is not in it"""


class Made(TypedDict):
    """A sealed bundle, which comes with the answer as a file."""

    claim_id: str
    number: Count
    hash: Hash
    signed: bool
    unsigned_because: str
    records: list[Record]
    gaps: list[str]
    bytes: Count


class Claim(TypedDict):
    """One that was made."""

    number: Count
    claim_id: str
    made: At | None
    hash: Hash


class Claims(TypedDict):
    """Oldest first."""

    claims: list[Claim]


ANSWERS = {"make": Made, "wear": Wear, "list": Claims}
