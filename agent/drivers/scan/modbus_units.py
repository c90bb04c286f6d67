"""Who answers on a Modbus line, and which meter it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from agent.drivers.meters.interview import Interview
from agent.drivers.modbus.answers import BadAnswer, Refused
from agent.drivers.modbus.block import READ_HOLDING, READ_INPUT, Block
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.values import frozen

KNOCKS = (Block(READ_INPUT, 0, 2), Block(READ_HOLDING, 0, 1))
"""Reads that any device answers or refuses. Two lengths: an answer that comes late cannot be taken for the other's."""
KNOCK_TIMEOUT_S = 0.15
"""To the first byte. Meters answer within 20 to 80 ms; one that needs longer is found by its map, not by a scan."""
TALK_TIMEOUT_S = 0.5
TALK_PAUSE_S = 0.1
"""Silence that the touchiest of the families want."""
NOBODY_BEHIND = (0x0A, 0x0B)
"""A gateway says so for a unit that is not there."""


@frozen(kw_only=True)
class FoundUnit:
    """A unit that answers. `maps` are the meter maps that know it, which of several its label tells.

    `problem` is why it is unknown.
    """

    address: int
    maps: tuple[str, ...] = ()
    problem: str = ""

    @property
    def words(self) -> str:
        """Both notations: displays and data sheets do not agree on one (field-problems.md B13)."""
        unknown = "answers damaged" if self.problem else "a Modbus device that no meter map knows"
        return f"address {self.address} (0x{self.address:02X}): {' or '.join(self.maps) or unknown}"

    @property
    def check(self) -> str:
        """The next thing to look at, where it cannot be used as it is."""
        if len(self.maps) > 1:
            return "check its label: these look the same on the wire"
        if self.maps:
            return ""
        return self.problem or "check its data sheet: a meter needs a map, a controller or a relay board its driver"


def meter_lines(bus: str, unit: FoundUnit) -> tuple[str, ...]:
    """The meter of a connector, as far as it is known."""
    if not unit.maps:
        return ()
    first, *others = unit.maps
    alternatives = f"   # or {', '.join(others)}" if others else ""
    table = ("[connector.meter]", 'driver = "modbus_map"', f'bus = "{bus}"')
    return (*table, f'map = "{first}"{alternatives}', f"address = {unit.address}")


async def search(line: Line, addresses: Iterable[int], *, rest_s: float = 0.0) -> AsyncIterator[FoundUnit | None]:
    """Each address with what is there, None for nobody. `rest_s`: the line is left to others so long after a request.

    Raises Unanswered where the line itself cannot be used.
    """
    for address in addresses:
        yield await _at(line, address, rest_s)


async def _at(line: Line, address: int, rest_s: float) -> FoundUnit | None:
    try:
        if not await _answers(line, address, rest_s):
            return None
    except Unanswered as answer:
        if not isinstance(answer.__cause__, BadAnswer):
            raise
        return FoundUnit(address=address, problem=str(answer))
    device = Device(unit=address, pause_s=TALK_PAUSE_S, answer_timeout_s=TALK_TIMEOUT_S)

    async def asked(block: Block) -> tuple[int, ...]:
        await asyncio.sleep(rest_s)
        return await line.probe(device, block)

    return FoundUnit(address=address, maps=await Interview(asked).candidates())


async def _answers(line: Line, address: int, rest_s: float) -> bool:
    """Raises Unanswered for anything but silence."""
    device = Device(unit=address, answer_timeout_s=KNOCK_TIMEOUT_S)
    for block in KNOCKS:
        await asyncio.sleep(rest_s)
        try:
            await line.probe(device, block)
        except Refused as refused:
            return refused.code not in NOBODY_BEHIND
        except Unanswered as answer:
            if not answer.was_silence:
                raise
        else:
            return True
    return False
