"""Pins for tests of the firmware: a car, a contactor with travel times, a serial wire in memory.

It runs under MicroPython too (the self check uses it): plain classes, no imports beyond the firmware's own. The full
circuit with all its ways to break is the simulator's; here is what the rules need to be exercised.
"""

import sys

from hal import COIL_OFF, X1, X2, F, Hal
from inputs import Inputs
from kind import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_contactor import FakeContactor

CLOSE_MS = 18
OPEN_MS = 22

LIVE_EDGES = (6, 6, 6)
"""What the load-side sense of three phases counts at 230 V."""

HIGH_MV = {"A": 12_000, "B": 8_980, "C": 6_000, "D": 2_930, "E": 0}

NAMES = [name for name in dir(Inputs()) if name[0] != "_"]


if sys.implementation.name == "cpython":

    def copy_pins(of: Inputs, into: Inputs) -> None:
        """Twice in every poll: by far the quickest way."""
        into.__dict__.update(of.__dict__)

else:

    def copy_pins(of: Inputs, into: Inputs) -> None:
        """MicroPython's objects show no `__dict__` that could be written: field by field."""
        for name in NAMES:
            setattr(into, name, getattr(of, name))


def pins_at_rest() -> Inputs:
    """Readings of a healthy board with mains, nobody plugged in."""
    pins = Inputs()
    pins.earth_edges = 10
    pins.voltage_mv = (230_000, 230_000, 230_000)
    pins.mains_mhz = 50_000
    pins.ntc_codes = (2_048, 2_048, 2_048, 2_048)
    pins.pp_mv = 3_300
    pins.lock_code = 3_000
    return pins


class FakeHal(Hal):
    """One board's pins at the time `now`, which the test moves."""

    def __init__(
        self, now: int = 0, boot_id: str = "0badcafe", reset_cause: str = "power", kind: "Kind | None" = None
    ) -> None:
        self.now = now
        self.high_mv = HIGH_MV["A"]
        self.low_mv = -12_000
        self.samples_high = 100
        self.frozen = False
        self.finds_low_phase = True
        self.chain = True
        self.follows_coil = True
        self.load_follows = True
        """The load side is live while the main contacts are closed."""
        self.close_ms = CLOSE_MS
        self.open_ms = OPEN_MS
        self.mode = X1
        self.duty = 0
        self.coil_mode = COIL_OFF
        self.signal = -1
        self.to_board = b""
        self.from_board = bytearray()
        self.main_closed = False
        self.contactor: FakeContactor | None = None
        """The fuller model that stands in for the simple one where a test puts it in: `fake_contactor.py`."""
        self.kind = kind or Kind()
        self.pins = pins_at_rest()
        """What `read` copies, beside pilot, mirror and chain: change its fields."""
        self.residual_resets = 0
        self.residual_testing = False
        self.lock_drive = 0
        self.disconnected = False
        self.kept: dict[str, bytes] = {}
        self.writes: list[tuple[str, bytes]] = []
        """What was kept, in order."""
        self.restarts = 0
        self.hung = False
        self.pulsed_at = now
        """When the charge pump got its last edge."""
        self.history: list[tuple[int, str, int, int]] = []
        """What was driven when: (milliseconds, output, mode, duty)."""
        self._boot_id = boot_id
        self._reset_cause = reset_cause
        self._moves_at = 0

    def show(self, state: str, low_mv: int = -12_000) -> None:
        """Put the nominal levels of a state on the pilot."""
        self.high_mv = HIGH_MV[state]
        self.low_mv = low_mv

    def settle_contactor(self) -> None:
        """Let the main contacts follow the coil when their time has come."""
        if self.contactor:
            self.contactor.settle()
        elif self.follows_coil and self.now >= self._moves_at:
            self.main_closed = self.coil_mode != COIL_OFF

    def contactor_due(self) -> "int | None":
        """When the contacts will move, None while they rest."""
        self.settle_contactor()
        if self.contactor:
            return self.contactor.due()
        moving = self.follows_coil and self.main_closed != (self.coil_mode != COIL_OFF)
        return self._moves_at if moving else None

    def ticks_ms(self) -> int:
        return self.now

    def boot_id(self) -> str:
        return self._boot_id

    def reset_cause(self) -> str:
        return self._reset_cause

    def read(self, inputs: Inputs) -> bool:
        self.settle_contactor()
        copy_pins(self.pins, inputs)
        # The sense point is before the series switch: without a car there is the open generator.
        inputs.high_mv = HIGH_MV["A"] if self.disconnected else self.high_mv
        inputs.low_mv = self.low_mv if self.mode == X2 and self.finds_low_phase else None
        inputs.samples_high = self.samples_high
        if self.mode == F:
            # No car shows through its diode.
            inputs.high_mv = inputs.low_mv = -HIGH_MV["A"]
            inputs.samples_high = 0
        inputs.frozen = self.frozen
        inputs.mirror_open = self.contactor.mirror_open if self.contactor else not self.main_closed
        inputs.chain_ok = self.chain
        if self.load_follows and not self.contactor:
            inputs.load_edges = LIVE_EDGES if self.main_closed else (0, 0, 0)
        return True

    def cp_drive(self, mode: int, duty: int) -> None:
        self.mode = mode
        self.duty = duty
        self.history.append((self.now, "pilot", mode, duty))

    def cp_disconnect(self, disconnected: bool) -> None:
        self.disconnected = disconnected
        self.history.append((self.now, "disconnect", int(disconnected), 0))

    def coil(self, mode: int) -> None:
        if (mode == COIL_OFF) != (self.coil_mode == COIL_OFF):
            self._moves_at = self.now + (self.open_ms if mode == COIL_OFF else self.close_ms)
        self.coil_mode = mode
        if self.contactor:
            self.contactor.drive(mode != COIL_OFF)
        self.history.append((self.now, "coil", mode, 0))

    def residual_test(self, on: bool) -> None:
        self.residual_testing = on
        self.history.append((self.now, "residual_test", int(on), 0))

    def residual_reset(self) -> None:
        self.residual_resets += 1
        self.history.append((self.now, "residual_reset", 0, 0))

    def lock(self, drive: int) -> None:
        self.lock_drive = drive
        self.history.append((self.now, "lock", drive, 0))

    def recall(self, name: str) -> bytes:
        return self.kept.get(name, b"")

    def keep(self, name: str, content: bytes) -> None:
        assert self.coil_mode == COIL_OFF, "storage was written while the coil had current"
        self.kept[name] = content
        self.writes.append((name, content))

    def samples(self) -> "tuple[int, bytes]":
        return 10, bytes(20_000)

    def restart(self) -> None:
        self.restarts += 1

    def hang(self) -> None:
        self.hung = True

    def alive(self) -> None:
        self.pulsed_at = self.now

    def watchdog_feed(self) -> None:
        pass

    def led(self, signal: int) -> None:
        self.signal = signal

    def uart_read(self) -> bytes:
        received, self.to_board = self.to_board, b""
        return received

    def uart_write(self, data: bytes) -> None:
        self.from_board += data
