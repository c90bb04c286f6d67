"""SunSpec devices: where among their registers a model of a meter lies. Function 3 only.

A device marks the start of its list of models by "SunS" at one of three addresses; each model begins with its id and
its length, and the id 0xFFFF ends the list (SunSpec Device Information Model Specification, "Device Modbus Map"). The
list is walked each time a device is met: a model moves when an option is added in front of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.drivers.meters.decode import Kind, decode
from agent.drivers.meters.maps import MeterMap, Value
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import READ_HOLDING, Block
from agent.drivers.modbus.line import Unanswered
from agent.values import frozen

Ask = Callable[[Block], Awaitable[tuple[int, ...]]]
"""Reads one block of the device in question. Raises Refused, Unanswered."""

BASES = (40_000, 0, 50_000)
"""In the order of how common they are."""
MARKER = (0x5375, 0x6E53)
END = 0xFFFF
COMMON_MODEL = 1
HEADER_REGISTERS = 2
MODELS_AT_MOST = 100
"""Of one device; a longer list is no list."""

COMMON_TEXTS = {"manufacturer": (2, 16), "model": (18, 16), "serial_number": (50, 16)}
"""Offsets from the header of the common model, and registers."""
COMMON_BLOCK = (2, 64)


class NoSunSpec(Exception):
    """The device has no list of models; the text says what was looked for."""


@frozen(kw_only=True)
class Place:
    """One model of a device; `address` is that of its header on the wire."""

    model: int
    address: int


async def places(ask: Ask) -> tuple[Place, ...]:
    """All models, in the order of the device. Raises NoSunSpec; Refused and Unanswered where that may pass."""
    base = await _base(ask)
    found: list[Place] = []
    address = base + len(MARKER)
    while len(found) < MODELS_AT_MOST and address + HEADER_REGISTERS <= END:
        try:
            model, length = await ask(Block(READ_HOLDING, address, HEADER_REGISTERS))
        except Refused as refused:
            if not refused.is_permanent:
                raise
            break  # some lists have no end
        if model == END:
            break
        found.append(Place(model=model, address=address))
        address += HEADER_REGISTERS + length
    return tuple(found)


async def _base(ask: Ask) -> int:
    silence: Unanswered | None = None
    for base in BASES:
        # With the header that follows, so that a late answer to the question for a header cannot pass for this one's.
        block = Block(READ_HOLDING, base, len(MARKER) + HEADER_REGISTERS)
        try:
            if (await ask(block))[: len(MARKER)] == MARKER:
                return base
        except Refused as refused:
            if not refused.is_permanent:
                raise
        except Unanswered as error:
            silence = error
            if not error.was_silence:
                raise
    if silence is not None:
        raise silence
    raise NoSunSpec(f"no SunSpec marker at {', '.join(map(str, BASES))}")


def meter_place(found: tuple[Place, ...], meter: MeterMap, number: int = 1) -> Place | None:
    """Where the `number`-th model lies that `meter` describes, counted from 1; None where there are fewer."""
    fitting = [place for place in found if place.model in meter.sunspec_models]
    return fitting[number - 1] if number <= len(fitting) else None


async def common_values(ask: Ask, found: tuple[Place, ...]) -> dict[str, Value]:
    """What the device says of itself: manufacturer, model and serial number, each None where it is empty."""
    common = next((place for place in found if place.model == COMMON_MODEL), None)
    if common is None:
        return {}
    first, count = COMMON_BLOCK
    registers = await ask(Block(READ_HOLDING, common.address + first, count))
    return {
        name: decode(registers[offset - first : offset - first + length], Kind.ASCII)
        for name, (offset, length) in COMMON_TEXTS.items()
    }
