"""Controllers on paper: registers in a dictionary, for the pure parts of the drivers."""

from __future__ import annotations

from collections.abc import Mapping

from agent.drivers.modbus.block import Ask, Block, Write
from agent.drivers.modbus_evse.controller import Aim, Controller, Order, Said, Terms, Told
from agent.drivers.modbus_evse.controllers import bender, phoenix_ethernet, phoenix_serial, simple_evse

Registers = dict[tuple[int, int], int]

LEAVE = Terms(set_up=True)
NO_LEAVE = Terms(set_up=False)


def registers(function: int, values: Mapping[int, int]) -> Registers:
    return {(function, address): value for address, value in values.items()}


SIMPLE: Registers = registers(
    3,
    {1000: 0, 1001: 0, 1002: 1, 1003: 32, 1004: 0, 1005: 15, 1006: 3, 1007: 0, 1008: 0, 1009: 0}
    | {2000: 0, 2001: 1, 2002: 6, 2003: 1, 2004: 0, 2005: 0, 2006: 0, 2007: 32},
)
SERIAL: Registers = (
    registers(3, {24000: 0x4131, 24001: 0, 24002: 0, 24003: 0, 24019: 0, 24020: 0, 24025: 0, 22000: 16, 4000: 3})
    | registers(1, {20000: 0})
    | registers(4, {1031: 1, 1032: 2, 1033: 3})
)
ETHERNET: Registers = (
    registers(4, {100: 0x0041, 101: 0, 105: 0x312E, 106: 0x3230}) | registers(1, {400: 0}) | registers(3, {528: 16})
)
WALLBE: Registers = ETHERNET | registers(4, {149: 0x5742, 150: 0x2031, 151: 0x2E34, 152: 0x3061}) | {(3, 528): 60}
BENDER: Registers = registers(
    3,
    {100: 0x352E, 101: 0x3232, 104: 0, 122: 1, 123: 0x0A, 124: 1, 131: 0, 132: 10, 133: 32, 134: 32, 140: 0, 1000: 0}
    | dict.fromkeys(range(105, 113), 0),
)

CONTROLLERS: Mapping[str, tuple[Controller, Registers]] = {
    "simple-evse": (simple_evse.create(LEAVE), SIMPLE),
    "phoenix-serial": (phoenix_serial.create(LEAVE), SERIAL),
    "phoenix-ethernet": (phoenix_ethernet.create(LEAVE), ETHERNET),
    "wallbe": (phoenix_ethernet.create(LEAVE), WALLBE),
    "bender": (bender.create(LEAVE), BENDER),
}


def said(registers: Registers, most: Registers | None = None) -> Said:
    return Said(registers, {**registers, **(most or {})})


def told(controller: Controller, registers: Registers) -> Told:
    return controller.told(said(registers))


def order(controller: Controller, registers: Registers, current_a: float, *, held_open: bool = False) -> Order | None:
    return controller.order(said(registers), Aim(current_a=current_a, held_open=held_open))


def after(registers: Registers, write: Write) -> Registers:
    """As a device that takes everything has them then."""
    function = 1 if write.function in (5, 15) else 3
    return registers | {(function, write.address + place): value for place, value in enumerate(write.values)}


def steps_towards(controller: Controller, registers: Registers, current_a: float) -> list[Order]:
    """Every order until the aim is reached, with a device that takes everything."""
    given: list[Order] = []
    most = dict(registers)
    for _ in range(10):
        next_ = controller.order(Said(registers, most), Aim(current_a=current_a))
        if next_ is None:
            return given
        given.append(next_)
        registers = after(registers, next_.write)
        most = {key: max(value, most.get(key, 0)) for key, value in registers.items()}
    raise AssertionError(f"no end: {given}")


class PaperDevice:
    """Answers from its registers; what is set can be refused, forgotten or not kept."""

    def __init__(self, registers: Registers) -> None:
        self.registers = dict(registers)
        self.keeps = True
        self.writes: list[Write] = []

    def answer(self, ask: Ask) -> tuple[int, ...] | None:
        """None where it refuses."""
        if isinstance(ask, Block):
            keys = [(ask.function, ask.address + place) for place in range(ask.count)]
            return (
                None if any(key not in self.registers for key in keys) else tuple(self.registers[key] for key in keys)
            )
        self.writes.append(ask)
        if self.keeps:
            self.registers = after(self.registers, ask)
        return ask.values
