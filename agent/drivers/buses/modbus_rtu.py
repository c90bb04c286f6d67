"""Modbus over a serial line: `[bus.NAME] kind = "modbus_rtu"`.

Wiring: RS-485, two wires and a common, in one line from device to device without branches; 120 Ω at its two ends only,
one bias. A and B are named the other way round by some makers (ABB, Carlo Gavazzi): no answer at all is the sign.
All devices of a line have the same baud rate, parity and stop bits, and an address of their own each.

Quirks:

- One master: a second one (an energy manager, another program) is told as such, and must go.
- An adapter that gives back what is sent is noticed and its echo passed over.
- After a missing answer the line stays silent for one answer time, so that a late one is nobody else's; one slow device
  does not hold up the others, since it rests after some silences.
- An FTDI adapter hands on what it heard after 16 ms unless its `latency_timer` is set to 1.
"""

from __future__ import annotations

from typing import Annotated

from agent.drivers.modbus.block import Ask
from agent.drivers.modbus.line import Exchange, Line, LineRules
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


def _begin(unit: int, ask: Ask, hears_itself: bool) -> Exchange:
    from agent.drivers.modbus.exchange import RtuExchange

    return RtuExchange(unit, ask, hears_itself=hears_itself)
