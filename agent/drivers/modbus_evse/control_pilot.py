"""The control pilot of an EVSE controller on Modbus: `driver = "modbus_evse"` under `control_pilot`.

What protects and what is missing: link.py, and the controller's own file in controllers/.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.drivers.interfaces import Bus
from agent.drivers.modbus_evse.controller import STEPS_PER_A
from agent.drivers.modbus_evse.link import ModbusEvseLink
from agent.drivers.wished_device import WishedPilot
from agent.values import frozen

BUS_KINDS = ("modbus_evse",)


@frozen(kw_only=True)
class Options:
    bus: str


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> WishedPilot:
    """The pilot of the controller on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, ModbusEvseLink)
    link.claims.add("control_pilot")
    return WishedPilot(name, link, steps_per_a=STEPS_PER_A)
