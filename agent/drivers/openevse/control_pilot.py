"""The control pilot of an OpenEVSE: `driver = "openevse"` under `control_pilot`. What is missing: link.py.

It offers whole amperes, kept by the controller until its next start only. Asleep or with a fault it does not tell B
from C: both are B.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.drivers.interfaces import Bus
from agent.drivers.openevse.link import OpenEvseLink
from agent.drivers.wished_device import WishedPilot
from agent.values import frozen

BUS_KINDS = ("openevse",)


@frozen(kw_only=True)
class Options:
    bus: str


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> WishedPilot:
    """The pilot of the controller on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, OpenEvseLink)
    link.claims.add("control_pilot")
    return WishedPilot(name, link)
