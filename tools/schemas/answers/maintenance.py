"""Windows of planned maintenance."""

from __future__ import annotations

from typing import Literal, TypedDict

from tools.schemas.words import Count, Moment

_From = TypedDict("_From", {"from": Moment})


class Window(_From):
    """One."""

    number: Count
    state: Literal["open", "planned", "over", "called off", "not known"]
    until: Moment
    why: str
    """"…" from afar"""
    by: str
    """"…" from afar"""


class One(TypedDict):
    """The window that was opened or closed."""

    window: Window


class Windows(TypedDict):
    """Newest first."""

    windows: list[Window]


ANSWERS = {"open": One, "close": One, "list": Windows}
