"""Tests: which there are, what one found, and one while it runs."""

from __future__ import annotations

from typing import NotRequired as Maybe
from typing import TypedDict

from agent.core.commissioning.catalogue import Duty, Remote, Scope
from agent.core.commissioning.model import Verdict
from tools.schemas.words import At, Count, Outcome, Place, Port


class Last(TypedDict):
    """What it came to last."""

    connector: Port | None
    """null: of the charger as a whole"""
    verdict: Verdict
    not_applicable: bool


class Row(TypedDict):
    """One test of the catalogue."""

    test: str
    """its number"""
    name: str
    purpose: str
    stage: int
    scope: Scope
    remote: Remote
    """who may have it done"""
    needs: str
    """letters of what has to hold before"""
    seconds: float
    """that it takes"""
    duty: Duty
    power: bool
    """power flows in it"""
    built: bool
    last: list[Last]


class Listed(TypedDict):
    """In their order."""

    tests: list[Row]
    not_built: list[str]


class Begun(Place):
    """One that begins."""

    purpose: str
    seconds: float
    """that it takes"""


class Done(Place, Outcome):
    """One that is over."""

    purpose: str
    attempt: Count
    """counted from 1"""
    duration_ms: int


class Root(Place, Outcome):
    """What to mend."""

    purpose: str
    behind: list[Place]
    """what it keeps from passing"""
    because: str


class Over(TypedDict):
    """What all of them came to."""

    counts: dict[str, Count]
    """how many ended how"""
    mend: list[Root]
    """the first to mend first"""


class Part(TypedDict):
    """One of these at a time."""

    begun: Maybe[Begun]
    running: Maybe[Place]
    """a sign of life"""
    test: Maybe[Done]
    over: Maybe[Over]
    tell: Maybe[str]
    """a word to whoever watches"""


class Attempt(Place, Outcome):
    """One on record."""

    purpose: str
    attempt: Count
    """counted from 1"""
    version: int
    """of the test; 0: it was not begun"""
    duration_ms: int
    by: str
    """in which role"""
    remote: bool
    answers: dict[str, str]
    """what a person said"""
    started: At | None


class Shown(TypedDict):
    """Of one test every attempt, else the latest of each."""

    test: str
    """that was asked for"""
    attempts: list[Attempt]


ANSWERS = {"list": Listed, "health": Part, "run": Part, "show": Shown}
