"""What a connector does, several times a second."""

from __future__ import annotations

from typing import NotRequired as Maybe
from typing import TypedDict

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from tools.schemas.words import Count, Port


class Sample(TypedDict):
    """One look."""

    t_s: float
    """since the first look"""
    connector: Port
    state: ConnectorStatus
    pilot: PilotState
    contactor: ContactorState
    offered_a: float
    duty_percent: Maybe[float]
    """absent: a steady level"""
    high_v: Maybe[float]
    low_v: Maybe[float]
    power_w: Maybe[float]
    currents_a: Maybe[list[float]]
    """by phase"""
    voltages_v: Maybe[list[float]]
    """by phase"""


class Temperature(TypedDict):
    """One sensor."""

    place: str
    """its element, as `evsectl hardware test` names it"""
    temp_c: float


class Live(TypedDict):
    """A part each second; at the end how many looks there were."""

    samples: list[Sample]
    temps: Maybe[list[Temperature]]
    looks: Maybe[Count]
    took_s: Maybe[float]


ANSWERS = {"": Live}
