"""Pins for tests of the firmware: a car, a contactor with travel times, a serial wire in memory.

It runs under MicroPython too (the self check uses it): plain classes, no imports beyond the firmware's own. The full
circuit with all its ways to break is the simulator's; here is what the rules need to be exercised.
"""

from hal import COIL_OFF, X1, X2, Hal

CLOSE_MS = 18
OPEN_MS = 22

HIGH_MV = {"A": 12_000, "B": 8_980, "C": 6_000, "D": 2_930, "E": 0}


class FakeHal(Hal):
    """One board's pins at the time `now`, which the test moves."""

    def __init__(self, now: int = 0, boot_id: str = "0badcafe", reset_cause: str = "power") -> None:
        self.now = now
        self.high_mv = HIGH_MV["A"]
        self.low_mv = -12_000
        self.samples_high = 100
        self.frozen = False
        self.chain = True
        self.follows_coil = True
        self.close_ms = CLOSE_MS
        self.open_ms = OPEN_MS
        self.mode = X1
        self.duty = 0
        self.coil_mode = COIL_OFF
        self.signal = -1
        self.to_board = b""
        self.from_board = bytearray()
        self.main_closed = False
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
        if self.follows_coil and self.now >= self._moves_at:
            self.main_closed = self.coil_mode != COIL_OFF

    def contactor_due(self) -> "int | None":
        """When the contacts will move, None while they rest."""
        self.settle_contactor()
        moving = self.follows_coil and self.main_closed != (self.coil_mode != COIL_OFF)
        return self._moves_at if moving else None

    def ticks_ms(self) -> int:
        return self.now

    def boot_id(self) -> str:
        return self._boot_id

    def reset_cause(self) -> str:
        return self._reset_cause

    def cp_window(self) -> "tuple[int, int | None, int, int, int, bool]":
        low_mv = self.low_mv if self.mode == X2 else None
        return self.high_mv, low_mv, self.samples_high, 50, 20, self.frozen

    def cp_drive(self, mode: int, duty: int) -> None:
        self.mode = mode
        self.duty = duty
        self.history.append((self.now, "pilot", mode, duty))

    def cp_disconnect(self, disconnected: bool) -> None:
        raise NotImplementedError("nothing uses it yet")

    def pp_mv(self) -> "int | None":
        return None

    def coil(self, mode: int) -> None:
        if (mode == COIL_OFF) != (self.coil_mode == COIL_OFF):
            self._moves_at = self.now + (self.open_ms if mode == COIL_OFF else self.close_ms)
        self.coil_mode = mode
        self.history.append((self.now, "coil", mode, 0))

    def mirror_open(self) -> bool:
        self.settle_contactor()
        return not self.main_closed

    def chain_ok(self) -> bool:
        return self.chain

    def alive(self) -> None:
        pass

    def watchdog_feed(self) -> None:
        pass

    def led(self, signal: int) -> None:
        self.signal = signal

    def uart_read(self) -> bytes:
        received, self.to_board = self.to_board, b""
        return received

    def uart_write(self, data: bytes) -> None:
        self.from_board += data
