"""The relay of an OpenEVSE: `driver = "openevse"` under `contactor`. What protects and what is missing: link.py.

Permitted and offered at least 6 A the controller is awake, everything else is asleep.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.control_pilot import WithoutAgent
from agent.drivers.interfaces import Bus
from agent.drivers.openevse.link import OpenEvseLink
from agent.drivers.wished_device import WishedContactor
from agent.values import frozen

BUS_KINDS = ("openevse",)


@frozen(kw_only=True)
class Options:
    bus: str


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """It falls to 6 A and goes on, to whoever is plugged in."""
    return WithoutAgent.STAYS


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> WishedContactor:
    """The relay of the controller on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, OpenEvseLink)
    link.claims.add("contactor")
    return WishedContactor(name, link)
