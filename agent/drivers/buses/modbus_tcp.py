"""Modbus over TCP, to a device or to a gateway: `[bus.NAME] kind = "modbus_tcp"`.

Wiring: Ethernet, in a network of the charger's own: Modbus knows no password. A gateway is set to "Modbus TCP to RTU",
with no other master on the line behind it.

Quirks:

- `host` is a numeric address: looking up a name may take seconds, in which nothing else would be done.
- Many devices take one client only; a second one steals the connection. It is opened again, and the loss is told.
- A gateway that mixes up its transaction ids is disconnected and asked anew.
"""

from __future__ import annotations

from typing import Annotated

from agent.drivers.modbus.block import Ask
from agent.drivers.modbus.line import Begin, Exchange, Line, LineRules
from agent.drivers.tcp_socket import TcpSocket, numeric_host
from agent.tables import Within
from agent.values import frozen


@frozen(kw_only=True)
class Options:
    """Where the device is. `pause_ms`: a gateway passes requests on to a serial line, which wants its silence."""

    host: str
    port: Annotated[int, Within(1, 65535)] = 502
    pause_ms: Annotated[int, Within(0, 1000, "ms")] = 10
    retries: Annotated[int, Within(0, 5)] = 2

    def __post_init__(self) -> None:
        if not numeric_host(self.host):
            raise ValueError(f'host: "{self.host}" is not a numeric address; write one, as "192.168.1.20"')


def create(name: str, options: Options) -> Line:
    """A bus of its own connection, not yet open."""
    rules = LineRules(pause_s=options.pause_ms / 1000, retries=options.retries, byte_s=0.0, falls_silent=False)
    return Line(name, TcpSocket(options.host, options.port), _numbered(), rules)


def _numbered() -> Begin:
    """Exchanges with transaction ids 1, 2, 3 …; never 0, which some devices answer with whatever they were asked."""
    last = 0

    def begin(unit: int, ask: Ask, _hears_itself: bool) -> Exchange:
        from agent.drivers.modbus.exchange import TRANSACTION_IDS, TcpExchange

        nonlocal last
        last = last % (TRANSACTION_IDS - 1) + 1
        return TcpExchange(unit, ask, last)

    return begin
