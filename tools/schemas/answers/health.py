"""Can one charge here, and what runs of the program left."""

from __future__ import annotations

from typing import NotRequired as Maybe
from typing import TypedDict

from agent.core.health.model import Verdict
from tools.schemas.health import Health
from tools.schemas.words import Count, Moment, Port


class Crashes(TypedDict):
    """The newest first: where each thread was, and of which exception."""

    crashes: list[str]


class Stretch(TypedDict):
    """How a port stood for a while."""

    port: Port
    verdict: Verdict
    since: Maybe[Moment]
    age_s: Maybe[float]
    """since then, by a clock that needs no time of day"""
    reason: Maybe[str]
    """of those of the table of docs/health.md the first; absent where all was well"""
    what: Maybe[str]
    """that reason in a sentence"""
    until: Maybe[Moment]
    """absent where it still stands so"""
    lasted_s: Maybe[float]
    """absent where no clock spans it"""
    away_s: Maybe[float]
    """so much of it the program did not run"""
    unkept: Maybe[Count]
    """changes right before it that were too many to be kept"""


class History(TypedDict):
    """The newest first."""

    history: list[Stretch]


ANSWERS = {"": Health, "crashes": Crashes, "history": History}
