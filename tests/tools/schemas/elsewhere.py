"""A table with a name that another module has, too."""

from __future__ import annotations

from typing import TypedDict


class Detail(TypedDict):
    of_here: bool


class Base(TypedDict):
    """What others go on from."""

    detail: Detail
    """of the module where it is written"""
