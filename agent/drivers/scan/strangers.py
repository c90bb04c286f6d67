"""What hangs at a port that nobody holds: listened to first, then asked as a charger's devices are asked.

Where somebody talks already, nothing is said at all: two masters on one line take each other's answers
(field-problems.md B9).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from agent.drivers.buses import modbus_rtu
from agent.drivers.modbus.line import Unanswered
from agent.drivers.scan.conversation import Guest
from agent.drivers.scan.finding import Finding
from agent.drivers.scan.identities import LOOKS, PILOT_BAUD, board_messages, pilot_board
from agent.drivers.scan.modbus_units import FoundUnit, meter_lines, search
from agent.drivers.serial_device import LineSettings, Parity
from agent.drivers.wire import WireLost

LISTENS_FOR_S = 0.5
MODBUS_LINES = ((9600, Parity.NONE), (19_200, Parity.NONE), (19_200, Parity.EVEN))
"""What the meters of our maps leave their factories with."""


async def at_port(port: str, addresses: Iterable[int]) -> AsyncGenerator[Finding | None, None]:
    """What is there, None for each moment without news. `addresses` are asked in Modbus where no other device is."""
    try:
        if (talker := await overheard(port)) is not None:
            yield talker
            return
        for look in LOOKS:
            if (found := await look(port)) is not None:
                yield found
                return
            yield None
    except WireLost as error:
        yield Finding(where=port, what="cannot be asked", check=str(error))
        return
    async for unit in modbus(port, addresses):
        yield unit


async def overheard(port: str) -> Finding | None:
    """Somebody who talks unasked; None where it is quiet. Raises WireLost."""
    with Guest(LineSettings(port=port, baud=PILOT_BAUD)) as guest:
        heard = await guest.listen(LISTENS_FOR_S)
    if board_messages(heard):
        return await pilot_board(port)
    if not heard:
        return None
    return Finding(
        where=port,
        what=f"{len(heard)} bytes came unasked within {LISTENS_FOR_S:g} s, so nothing was asked here",
        check="check what else is wired to it: a second master on the line, a card that was just shown, or a device "
        "that reports by itself; end that, and scan again",
    )


async def modbus(port: str, addresses: Iterable[int]) -> AsyncGenerator[Finding | None, None]:
    """Meters and other units, until one kind of line has any; None after each address without one."""
    numbers = tuple(addresses)
    for baud, parity in MODBUS_LINES:
        found = False
        line = modbus_rtu.create(port, modbus_rtu.Options(port=port, baud=baud, parity=parity, retries=0))
        try:
            async for unit in search(line, numbers):
                found = found or unit is not None
                yield None if unit is None else _unit(port, baud, parity, unit)
        except Unanswered as error:
            yield Finding(where=port, what="cannot be asked", check=str(error))
            return
        finally:
            await line.aclose()
        if found:
            return


def _unit(port: str, baud: int, parity: Parity, unit: FoundUnit) -> Finding:
    of_line = [f"baud = {baud}"] + ([f'parity = "{parity.value}"'] if parity is not Parity.NONE else [])
    bus = ("[bus.rs485]", 'kind = "modbus_rtu"', f'port = "{port}"', *of_line)
    return Finding(
        where=f"{port} at {baud} baud, 8{parity.value}1",
        what=unit.words,
        write=(*bus, *meter_lines("rs485", unit)),
        check=unit.check,
    )
