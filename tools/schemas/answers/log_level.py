"""A part of the program tells more, or less, in its log."""

from __future__ import annotations

from typing import TypedDict


class LogLevel(TypedDict):
    """What is in force now."""

    part: str
    level: str
    ends_in_s: float


ANSWERS = {"": LogLevel}
