"""One device with an address on a Modbus line, whatever it is: a meter, an EVSE controller, a relay board.

`RegisterUnit` answers for any device that is a table of coils and registers; what lies behind them is its `Cells`.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from firmware_sim.modbus_frames import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, WRITE_MANY, refusal

MOST_REGISTERS, MOST_BITS = 125, 2000
COIL_ON, COIL_OFF = 0xFF00, 0x0000


class Unit(Protocol):
    """What a line asks of whoever has an address on it."""

    unit: int
    silent: bool
    late_s: float
    """Added to the time it takes to answer."""

    @property
    def quiet_s(self) -> float:
        """The silence it needs after an answer before it listens again."""
        ...

    def answer(self, pdu: bytes) -> bytes | None:
        """To a request, an exception answer where it refuses; None: it has not heard it."""
        ...

    def disturb(self, frame: bytes) -> bytes:
        """What really goes onto the wire instead of a good answer."""
        ...


class Table(IntEnum):
    """By the function that reads it."""

    COILS = 1
    DISCRETE = 2
    HOLDING = 3
    INPUT = 4

    @property
    def is_of_bits(self) -> bool:
        return self in (Table.COILS, Table.DISCRETE)


WRITTEN = {5: Table.COILS, 6: Table.HOLDING, 15: Table.COILS, 16: Table.HOLDING}


class Refusal(Exception):
    """The device answers with an exception of this code."""

    def __init__(self, code: int = ILLEGAL_ADDRESS) -> None:
        super().__init__(code)
        self.code = code


class Cells(Protocol):
    """What lies at the addresses. Both raise Refusal where there is nothing, or nothing such."""

    def read(self, table: Table, address: int) -> int: ...

    def write(self, table: Table, address: int, value: int) -> None: ...


class RegisterUnit:
    """A `Unit` of coils and registers; the marks are ways to misbehave, on while they are set."""

    def __init__(self, unit: int, cells: Cells, noise: random.Random, *, quiet_s: float = 0.0) -> None:
        self.unit = unit
        self.quiet_s = quiet_s
        self.functions = frozenset((1, 2, 3, 4, 5, 6, 15, 16))
        """Those it knows."""
        self.silent = False
        self.late_s = 0.0
        self.garbage = False
        self.swallows = 0
        """So many of the next requests it does not hear."""
        self.believes_nothing = False
        """Says that it took what is written, and keeps what it had."""
        self.refuses: frozenset[int] = frozenset()
        """Addresses that it denies to have."""
        self.writes: list[tuple[Table, int, int]] = []
        """Table, address and value of all that was written, for whoever wants to know."""
        self.on_request: Callable[[], None] = lambda: None
        """Called with each request that it hears."""
        self._cells = cells
        self._noise = noise

    def answer(self, pdu: bytes) -> bytes | None:
        if self.swallows > 0:
            self.swallows -= 1
            return None
        self.on_request()
        function = pdu[0]
        if function not in self.functions:
            return refusal(function, ILLEGAL_FUNCTION)
        try:
            return self._write(function, pdu) if function in WRITTEN else self._read(Table(function), pdu)
        except Refusal as error:
            return refusal(function, error.code)
        except struct.error:
            return refusal(function, ILLEGAL_VALUE)

    def disturb(self, frame: bytes) -> bytes:
        return self._noise.randbytes(len(frame)) if self.garbage else frame

    def _read(self, table: Table, pdu: bytes) -> bytes:
        first, count = struct.unpack(">HH", pdu[1:])
        if not 0 < count <= (MOST_BITS if table.is_of_bits else MOST_REGISTERS):
            raise Refusal(ILLEGAL_VALUE)
        values = [self._cells.read(table, self._known(address)) for address in range(first, first + count)]
        octets = _bits(values) if table.is_of_bits else struct.pack(f">{count}H", *values)
        return bytes((pdu[0], len(octets))) + octets

    def _write(self, function: int, pdu: bytes) -> bytes:
        table = WRITTEN[function]
        first, values = _many(table, pdu) if function in WRITE_MANY else _one(table, pdu)
        for address, value in enumerate(values, start=first):
            self.writes.append((table, self._known(address), value))
            if not self.believes_nothing:
                self._cells.write(table, address, value)
        return pdu[:5]

    def _known(self, address: int) -> int:
        if address in self.refuses:
            raise Refusal
        return address


def _one(table: Table, pdu: bytes) -> tuple[int, list[int]]:
    address, value = struct.unpack(">HH", pdu[1:])
    if table is Table.HOLDING:
        return address, [value]
    if value not in (COIL_ON, COIL_OFF):
        raise Refusal(ILLEGAL_VALUE)
    return address, [int(value == COIL_ON)]


def _many(table: Table, pdu: bytes) -> tuple[int, list[int]]:
    first, count, octets = struct.unpack(">HHB", pdu[1:6])
    content = pdu[6:]
    due = (count + 7) // 8 if table.is_of_bits else 2 * count
    if count == 0 or octets != due or len(content) != due:
        raise Refusal(ILLEGAL_VALUE)
    if table.is_of_bits:
        return first, [content[place // 8] >> place % 8 & 1 for place in range(count)]
    return first, list(struct.unpack(f">{count}H", content))


def _bits(values: list[int]) -> bytes:
    octets = bytearray((len(values) + 7) // 8)
    for place, value in enumerate(values):
        octets[place // 8] |= (value & 1) << place % 8
    return bytes(octets)


Join = Callable[[Unit], None]
"""Hangs a unit on the line of its bus."""
