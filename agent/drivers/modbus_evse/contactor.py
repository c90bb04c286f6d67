"""The contactor of an EVSE controller on Modbus: `driver = "modbus_evse"` under `contactor`.

What protects and what is missing: link.py, and the controller's own file in controllers/.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.control_pilot import WithoutAgent
from agent.drivers.interfaces import Bus
from agent.drivers.modbus_evse import kinds
from agent.drivers.modbus_evse.link import ModbusEvseLink
from agent.drivers.wished_device import WishedContactor
from agent.values import frozen

BUS_KINDS = ("modbus_evse",)


@frozen(kw_only=True)
class Options:
    bus: str


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """Most go on; which do not, their own files say."""
    return kinds.without_agent(bus_options)


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> WishedContactor:
    """The contactor of the controller on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, ModbusEvseLink)
    link.claims.add("contactor")
    return WishedContactor(name, link)
