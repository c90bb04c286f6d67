"""Charge controllers of Phoenix Contact: one on a serial line, one on a network; both without a watchdog.

After the maker's manual 106377_en_04 and evse-controllers.md section 5. The serial one takes its leave to charge from
an input (EN) as delivered, and from coil 20000 where 4000 is 3; the other one, and Wallbe's with it, from coil 400.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from firmware_sim.evse_units.core import Habits, Wrong
from firmware_sim.evse_units.unit import ModbusEvse
from firmware_sim.modbus_frames import ILLEGAL_VALUE
from firmware_sim.modbus_unit import Refusal, Table

MOST_A = 63
STATUS_TABLES = (Table.HOLDING, Table.INPUT)


class PhoenixSerial(ModbusEvse):
    """`status_table` is where its registers from 24000 on are; `enabled_by_input` is the wire at EN."""

    firmware = "phoenix-serial"
    functions = frozenset((1, 3, 4, 5, 6, 15, 16))
    habits = Habits(patience_s=6.0, sees_weld=True)
    lasting: ClassVar[Mapping[int, int]] = {4000: 1, 4006: 1, 4010: 0}
    status_table = Table.HOLDING
    enabled_by_input = False
    cable_a = 32
    letter_shown: int | None = None
    """What the status register says instead of the truth."""

    def fresh(self) -> dict[tuple[Table, int], int]:
        return {(Table.COILS, 20000): 0, (Table.HOLDING, 22000): 16}

    def has_leave(self) -> bool:
        how = self.holding(4000)
        return how == 0 or (how in (1, 2) and self.enabled_by_input) or (how == 3 and self.coil())

    def coil(self) -> bool:
        return bool(self.values[Table.COILS, 20000])

    def wanted_a(self) -> float:
        return float(min(self.holding(22000), self.cable_a, MOST_A)) if self.has_leave() else 0.0

    def take(self, table: Table, address: int, value: int) -> None:
        if address == 22000 and not 6 <= value <= MOST_A:
            raise Refusal(ILLEGAL_VALUE)
        super().take(table, address, value)

    def sensed(self, table: Table, address: int) -> int | None:
        if table is Table.INPUT and 1031 <= address <= 1033:
            return (0x4101, 2, 5)[address - 1031]
        if table is not self.status_table:
            return None
        match address:
            case 24000:
                return self._status() if self.letter_shown is None else self.letter_shown
            case 24001:
                return self.cable_a if self.core.letter != "A" else 0
            case 24002:
                return round(self.core.offered_a / 0.6)
            case 24003:
                return int(self.core.offered_a)
            case 24019:
                return self.core.connected_s() // 60 % 60 << 8 | self.core.connected_s() % 60
            case 24020:
                return self.core.connected_s() // 3600
            case 24025:
                return self._errors()
        return None

    def _status(self) -> int:
        if self.core.wrong:
            return int.from_bytes(b"F0" if Wrong.SHORT not in self.core.wrong else b"E0", "big")
        digit = "2" if self.core.sends_square_wave else "1"
        return int.from_bytes(f"{self.core.letter}{digit}".encode(), "big")

    def _errors(self) -> int:
        bits = {Wrong.VENTILATION: 11, Wrong.WELD: 12, Wrong.DIODE: 13, Wrong.LEAK: 15, Wrong.SHORT: 4}
        return sum(1 << (bits[one] - 1) for one in self.core.wrong)


class PhoenixEthernet(ModbusEvse):
    """`wallbe`: with that firmware, which counts in tenths and tells its version at 149."""

    firmware = "phoenix-ethernet"
    functions = frozenset((1, 2, 3, 4, 5, 6, 15, 16))
    habits = Habits(patience_s=6.0)
    lasting: ClassVar[Mapping[int, int]] = {528: 16}
    wallbe = False
    tells_version = True
    cable_a = 32

    def fresh(self) -> dict[tuple[Table, int], int]:
        return {(Table.COILS, 400): 0}

    def wanted_a(self) -> float:
        amps = self.holding(528) / (10 if self.wallbe else 1)
        is_offer = self.values[Table.COILS, 400] and amps >= 6
        return float(min(amps, self.cable_a)) if is_offer else 0.0

    def take(self, table: Table, address: int, value: int) -> None:
        # It clips in silence, as its hardware does.
        most = 320 if self.wallbe else MOST_A
        super().take(table, address, min(value, most) if address == 528 else value)

    def sensed(self, table: Table, address: int) -> int | None:
        if table is not Table.INPUT:
            return None
        match address:
            case 100:
                return ord("F" if self.core.wrong else self.core.letter)
            case 101:
                return self.cable_a if self.core.letter != "A" else 0
            case 105 | 106:
                return int.from_bytes(b"1.20"[2 * (address - 105) :][:2], "big")
            case 149 | 150 | 151 | 152 if self.wallbe and self.tells_version:
                return int.from_bytes(b"WB 1.40a"[2 * (address - 149) :][:2], "big")
        return None
