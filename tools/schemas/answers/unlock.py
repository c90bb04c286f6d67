"""A plug is let go."""

from __future__ import annotations

from typing import Annotated, TypedDict

from tools.schemas.shape import rule
from tools.schemas.words import Port


class Unlocked(TypedDict):
    """It can be taken out."""

    connector: Port
    unlocked: Annotated[bool, rule(const=True)]


ANSWERS = {"": Unlocked}
