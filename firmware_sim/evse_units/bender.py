"""A Bender CC612: a complete charge controller that lets an energy manager limit it, and minds when that falls silent.

After evse-controllers.md section 7 and the maker's register list. Its backend is off and its charging is free: what is
left to say is the limit. Register 730 and its neighbours make it drop the connection; here they are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from firmware_sim.evse_units.core import Habits
from firmware_sim.evse_units.unit import ModbusEvse, Socket
from firmware_sim.modbus_unit import Table
from firmware_sim.timeline import Alarm

STATES = {"A": 1, "B": 2, "C": 3, "D": 4}
E_STATE = 5
AVAILABLE, OCCUPIED, FAULTED = 0, 1, 4
VERSION = b"5.22"


class Bender(ModbusEvse):
    """`ignores_time_out`: it takes 131 and 132, tells them, and does nothing of it."""

    firmware = "bender"
    functions = frozenset((3, 6, 16))
    habits = Habits(patience_s=5.0, sees_weld=True)
    lasting: ClassVar[Mapping[int, int]] = {124: 1, 131: 6, 132: 60}
    ignores_time_out = False
    relay_shown: int | None = None
    """What register 140 says instead of the truth."""

    def __init__(self, address: int, socket: Socket) -> None:
        self._silence = Alarm(socket.timeline, self._fall_back)
        self._has_fallen_back = False
        super().__init__(address, socket)
        self.unit.on_request = self._feed

    def fresh(self) -> dict[tuple[Table, int], int]:
        return {(Table.HOLDING, 1000): 32}

    def wanted_a(self) -> float:
        limit = float(min(self.holding(1000), 32))
        return min(limit, float(self.holding(131))) if self._has_fallen_back else limit

    def _feed(self) -> None:
        if self._has_fallen_back:
            self._has_fallen_back = False
            self.obey()
        self._silence.clear()
        if self.core.is_on and self.holding(132) and not self.ignores_time_out:
            self._silence.set(self.holding(132))

    def _fall_back(self) -> None:
        self._has_fallen_back = True
        self.obey()

    def _start(self) -> None:
        super()._start()
        self._feed()

    def sensed(self, table: Table, address: int) -> int | None:
        if table is not Table.HOLDING:
            return None
        match address:
            case 100 | 101:
                return int.from_bytes(VERSION[2 * (address - 100) :][:2], "big")
            case 104:
                return FAULTED if self.core.wrong else (AVAILABLE if self.core.letter == "A" else OCCUPIED)
            case 105 | 106 | 107 | 108 | 109 | 110 | 111 | 112:
                return 1 if self.core.wrong and address == 105 else 0
            case 122:
                return E_STATE if self.core.wrong else STATES.get(self.core.letter, E_STATE)
            case 133 | 134:
                return 32
            case 140:
                return self.core.relay if self.relay_shown is None else self.relay_shown
        return None
