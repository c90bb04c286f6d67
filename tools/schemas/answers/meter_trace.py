"""What is said on the wires to meters."""

from __future__ import annotations

from typing import NotRequired as Maybe
from typing import TypedDict

from tools.schemas.shape import others


class Exchange(TypedDict):
    """A request and what was heard."""

    bus: str
    t_s: float
    """since the trace began"""
    took_ms: float
    """from the first byte out"""
    sent: str
    """bytes, base 16"""
    heard: str
    """bytes, base 16"""
    ended: str
    """"answered", or by what else"""


@others(float)
class Counters(TypedDict):
    """Of one device since the start; its counters stand beside these, a unit ends their names."""

    bus: str
    device: str


class Trace(TypedDict):
    """A part each second; the counters are in the last one."""

    exchanges: list[Exchange]
    counters: Maybe[list[Counters]]


ANSWERS = {"": Trace}
