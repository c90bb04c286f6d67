"""The way to the central system, layer by layer."""

from __future__ import annotations

from typing import Annotated, TypedDict
from typing import NotRequired as Maybe

from agent.core.network_check.model import Layer, Verdict
from tools.schemas.shape import rule
from tools.schemas.words import Quantity

Measured = Annotated[
    dict[str, Quantity | list[Quantity]], rule(description="what was measured, by its name; a unit ends each")
]


class Finding(TypedDict):
    """What one layer came to."""

    layer: Layer
    name: str
    """of the layer, for people"""
    verdict: Verdict
    says: str
    next: str
    """what to do about it"""
    measured: Measured


class Check(TypedDict):
    """A part for each layer; the last one is what they come to."""

    finding: Maybe[Finding]
    passed: Maybe[bool]
    layer: Maybe[Layer | None]
    """that is not in order"""
    name: Maybe[str | None]
    says: Maybe[str]
    next: Maybe[str]


class Heard(TypedDict):
    """A network's station."""

    ssid: Maybe[str]
    """its name; "…" beyond the charger, as it may be a family's; absent where it is hidden"""
    frequency_mhz: Maybe[int]
    level_dbm: Maybe[float]
    signal_percent: Maybe[int]
    """of a scale of NetworkManager's own, in place of a level"""
    security: str
    own: bool
    """the one in use"""


class Scan(TypedDict):
    """What one interface hears."""

    interface: str
    problem: Maybe[str]
    """why nobody could look around"""
    by: Maybe[str]
    """the program that looked"""
    networks: Maybe[list[Heard]]


class Wifi(TypedDict):
    """Each Wi-Fi interface; none where there is no Wi-Fi."""

    interfaces: list[Scan]


ANSWERS = {"check": Check, "wifi": Wifi}
