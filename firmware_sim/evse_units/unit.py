"""A bought charge controller with an address on a Modbus line: what is the same of all makes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import ClassVar

from firmware_sim.arguments import NotNow
from firmware_sim.board_kind import Words
from firmware_sim.evse_units.core import ChargeCore, Habits
from firmware_sim.modbus_unit import Join, Refusal, RegisterUnit, Table
from firmware_sim.outlet import Outlet
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Alarm, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """Where it is built in. `wire` tells the serial line that its bus has, None over a network."""

    outlet: Outlet
    timeline: Timeline
    join: Join
    wire: Callable[[], SerialWire | None]
    ids: random.Random
    kept: MutableMapping[str, bytes]


class ModbusEvse:
    """A `Board`, and the `Cells` of its registers. `kept` are those that outlive a loss of power, in decimal."""

    firmware = "modbus_evse"
    slow_to_open_s = 0.1
    starts_in_s = 1.0
    quiet_s = 0.0
    habits = Habits()
    functions = frozenset((1, 2, 3, 4, 5, 6, 15, 16))
    lasting: ClassVar[Mapping[int, int]] = {}
    """Holding registers that outlive a loss of power, and what they are as delivered."""

    def __init__(self, address: int, socket: Socket) -> None:
        self.kind: Words = {}
        self.kept = socket.kept
        self.boots, self.boot_id = 0, ""
        self.frozen: frozenset[int] = frozenset()
        """Registers that keep what they have, although they say that they took what is written."""
        self._socket = socket
        self.core = ChargeCore(socket.outlet, socket.timeline, self.habits, self.mind)
        self.unit = RegisterUnit(address, self, random.Random(socket.ids.getrandbits(32)), quiet_s=self.quiet_s)
        self.unit.functions = self.functions
        self._boot = Alarm(socket.timeline, self._start)
        self.values: dict[tuple[Table, int], int] = {}
        """Of its own; what is measured is told by `sensed`."""
        socket.join(self.unit)
        self._start()

    # --- for its make

    def fresh(self) -> dict[tuple[Table, int], int]:
        """Registers and coils as they are after a start."""
        raise NotImplementedError

    def sensed(self, table: Table, address: int) -> int | None:
        """What is measured or worked out at that address; None where nothing is."""
        raise NotImplementedError

    def take(self, table: Table, address: int, value: int) -> None:
        """It was written. Raises Refusal for what it does not take."""
        self.values[table, address] = value

    def wanted_a(self) -> float:
        """What its registers say it shall offer, in amperes."""
        raise NotImplementedError

    def mind(self) -> None:
        """Something changed at the outlet."""

    # --- registers

    def read(self, table: Table, address: int) -> int:
        """A register or a coil, as `Cells`."""
        sensed = self.sensed(table, address)
        if sensed is not None:
            return sensed
        if (table, address) not in self.values:
            raise Refusal
        return self.values[table, address]

    def write(self, table: Table, address: int, value: int) -> None:
        """As `Cells`."""
        if (table, address) not in self.values:
            raise Refusal
        if address in self.frozen:
            return
        self.take(table, address, value)
        if table is Table.HOLDING and address in self.lasting:
            self.kept[str(address)] = str(value).encode()
        self.obey()

    def holding(self, address: int) -> int:
        return self.values[Table.HOLDING, address]

    def obey(self) -> None:
        """Offer what the registers say now."""
        if self.core.is_on:
            self.core.offer(self.wanted_a())

    def _lasting(self) -> dict[tuple[Table, int], int]:
        return {
            (Table.HOLDING, address): int(self.kept.get(str(address), str(delivered).encode()))
            for address, delivered in self.lasting.items()
        }

    # --- as a Board

    @property
    def wire(self) -> SerialWire:
        """Raises NotNow where it hangs on a network."""
        wire = self._socket.wire()
        if wire is None:
            raise NotNow("this controller hangs on a network, and has no serial line")
        return wire

    @property
    def is_running(self) -> bool:
        return self.core.is_on

    @property
    def light(self) -> str | None:
        return None

    def is_permitted(self) -> bool:
        """It knows no permission beyond what it is set to."""
        return self.core.is_on and self.wanted_a() > 0

    def reset(self, cause: str = "soft") -> None:
        """Everything at rest, and again as after a loss of power."""
        self.core.halt(at_rest=True)
        self.unit.silent = True
        self._boot.set(self.starts_in_s)

    def hang(self) -> None:
        """The program stands still with its outputs as they are."""
        self.core.halt(at_rest=False)
        self.unit.silent = True
        self._boot.clear()

    def exchange(self) -> None:
        self.kept.clear()
        self.reset("power")

    def close(self) -> None:
        """Its power is cut."""
        self.hang()
        self._socket.outlet.board_notices = lambda: None

    def _start(self) -> None:
        self.boots += 1
        self.boot_id = f"{self._socket.ids.getrandbits(32):08x}"
        self.unit.silent = False
        self.values = {**self._lasting(), **self.fresh()}
        self.core.start()
        self.obey()
