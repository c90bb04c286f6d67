"""Modbus over a serial line: `[bus.NAME] kind = "modbus_rtu"`."""

from __future__ import annotations

from typing import Annotated

from agent.drivers.modbus.block import Ask
from agent.drivers.modbus.exchange import RtuExchange
from agent.drivers.modbus.line import Line, LineRules
from agent.drivers.serial_device import LineSettings
from agent.drivers.serial_port import SerialPort
from agent.tables import Within
from agent.values import frozen


@frozen(kw_only=True)
class Options(LineSettings):
    """The line, the silence between two requests (100 ms for touchy devices), and how often a request is repeated."""

    pause_ms: Annotated[int, Within(0, 1000, "ms")] = 10
    retries: Annotated[int, Within(0, 5)] = 2


def create(name: str, options: Options) -> Line:
    """A bus of its own port, not yet open."""
    rules = LineRules(
        pause_s=options.pause_ms / 1000, retries=options.retries, byte_s=options.byte_s, falls_silent=True
    )
    return Line(name, SerialPort(options), _begin, rules)


def _begin(unit: int, ask: Ask, hears_itself: bool) -> RtuExchange:
    return RtuExchange(unit, ask, hears_itself=hears_itself)
