"""Faults that are present."""

from __future__ import annotations

from typing import TypedDict

from tools.schemas.words import FaultBody, Port


class Present(FaultBody):
    """One, and how it goes away."""

    connector: Port
    clears: str
    """in a sentence"""
    clearable: bool
    """by `evsectl faults clear`, now"""


class Listed(TypedDict):
    """All of them."""

    faults: list[Present]
    notices: list[str]
    """of the disk"""


class Cleared(TypedDict):
    """One that is gone."""

    connector: Port
    cleared: str
    """its id"""
    left: list[str]
    """ids of those that are still present there"""


ANSWERS = {"list": Listed, "clear": Cleared}
