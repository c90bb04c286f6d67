"""A SimpleEVSE-WB: twenty registers, no watchdog, and after a start whatever register 2000 says, for anybody.

After evse-controllers.md section 3, also where it is odd: 1..5 A in 1000 are taken and offer nothing; state 5 stays
until the plug is out; bit 7 of 2005 changes what 1000 and 1001 count in, at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from firmware_sim.evse_units.core import Habits, Wrong
from firmware_sim.evse_units.unit import ModbusEvse
from firmware_sim.modbus_unit import Table

SET, OFFERED, VEHICLE, CABLE, COMMAND, FIRMWARE, PILOT, FLAGS, COUNTDOWN, TEST = range(1000, 1010)
AT_START, ADDRESS, LEAST, ANALOGUE, KEEP, FLAGS_KEPT, SHARING, BOARD_MOST = range(2000, 2008)
STATES = {"A": 1, "B": 2, "C": 3, "D": 4}
FAILURE = 5
STEADY, SQUARE_WAVE, OFF = 1, 2, 3
FINE = 0x0080


class SimpleEvse(ModbusEvse):
    """`version` is what 1005 says; `cable_a` what 1003 does."""

    firmware = "simple-evse"
    functions = frozenset((3, 16))
    quiet_s = 0.05
    habits = Habits(patience_s=5.0, serves_d=True)
    lasting: ClassVar[Mapping[int, int]] = {
        AT_START: 32, ADDRESS: 1, LEAST: 6, ANALOGUE: 1, KEEP: 0, FLAGS_KEPT: 0x0208, SHARING: 0, BOARD_MOST: 32,
    }  # fmt: skip
    version = 15
    cable_a = 32
    tests = False
    """Its residual current test runs."""
    coarse = False
    """Counts whole amperes whatever bit 7 says: another scale than it tells."""

    def fresh(self) -> dict[tuple[Table, int], int]:
        at_start = int(self.kept.get(str(AT_START), b"32"))
        return {(Table.HOLDING, SET): at_start * self.tells_per_a(), (Table.HOLDING, COMMAND): 0}

    def tells_per_a(self) -> int:
        flags = int(self.kept.get(str(FLAGS_KEPT), str(self.lasting[FLAGS_KEPT]).encode()))
        return 100 if flags & FINE and self.version >= 17 else 1

    def per_a(self) -> int:
        return 1 if self.coarse else self.tells_per_a()

    def wanted_a(self) -> float:
        amps = self.holding(SET) / self.per_a()
        return min(amps, float(self.cable_a), float(self.holding(BOARD_MOST))) if amps >= 6 else 0.0

    def take(self, table: Table, address: int, value: int) -> None:
        if address == COMMAND:
            if value & 1:
                self.core.open_now()
            if value & 4:
                self.core.wrong.discard(Wrong.LEAK)
            return
        super().take(table, address, value)

    def sensed(self, table: Table, address: int) -> int | None:
        if table is not Table.HOLDING:
            return None
        core = self.core
        match address:
            case 1001:
                return int(core.offered_a * self.per_a()) if core.letter in "CD" else 0
            case 1002:
                return FAILURE if core.wrong else STATES.get(core.letter, FAILURE)
            case 1003:
                return self.cable_a
            case 1005:
                return self.version
            case 1006:
                return SQUARE_WAVE if core.sends_square_wave else (STEADY if self.holding(SET) else OFF)
            case 1007:
                return self._flags()
            case 1008:
                return 30 if core.wrong else 0
            case 1009:
                return 20 if self.tests else 0
        return None

    def _flags(self) -> int:
        """Newer firmware: bit 4 is the test that runs, bit 5 the error; older has the error in bit 4."""
        wrong = self.core.wrong
        error = 0x20 if self.version >= 12 else 0x10
        return (
            0x01 * self.core.relay
            + 0x02 * (Wrong.DIODE in wrong)
            + 0x10 * (self.tests and self.version >= 12)
            + error * (Wrong.LEAK in wrong)
        )
