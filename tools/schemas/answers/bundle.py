"""Everything support wants to see, as a file that comes with the answer."""

from __future__ import annotations

from typing import TypedDict

from tools.schemas.words import Count


class Bundle(TypedDict):
    """The file that was made."""

    name: str
    bytes: Count
    hours: int | None
    """so many of the last ones; null: all there is"""


ANSWERS = {"": Bundle}
