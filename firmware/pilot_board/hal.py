"""What the firmware may ask of its board: the one seam between the rules and the pins.

Runs under MicroPython and CPython alike; nothing above this file imports `machine` or `rp2`. A board implements every
method (`boards/rp2040.py`); the simulator implements the same ones on a modelled circuit. Integers only: millivolts,
milliamperes, milliseconds, duty in 1/10000. Numbers and pins: the pilot board's hardware reference, sections 1 to 10.
"""

X1 = 0
"""Steady +12 V: no offer."""
X2 = 1
"""PWM runs with the given duty."""
F = 2
"""Steady -12 V: not available."""

COIL_OFF = 0
COIL_PULL = 1
COIL_HOLD = 2


class Hal:
    """The board's pins. Calls return at once; none of them waits."""

    def ticks_ms(self) -> int:
        """Milliseconds since start; does not wrap (a board extends its counter)."""
        raise NotImplementedError

    def boot_id(self) -> str:
        """Eight hexadecimal characters drawn anew at each start of the firmware."""
        raise NotImplementedError

    def reset_cause(self) -> str:
        """ "power", "watchdog", "brownout", "soft"."""
        raise NotImplementedError

    def cp_window(self) -> "tuple[int, int | None, int, int, int, bool]":
        """The last 5 ms of pilot samples: (high_mv, low_mv, samples_high, samples_low, spread_mv, frozen).

        `low_mv` is None in X1, where there is no low phase; in F both are the steady level.
        """
        raise NotImplementedError

    def cp_drive(self, mode: int, duty: int) -> None:
        """X1, X2 or F; `duty` in 1/10000 matters in X2 only."""
        raise NotImplementedError

    def cp_disconnect(self, disconnected: bool) -> None:
        """Open the series switch: the car sees E, and our own reading is meaningless."""
        raise NotImplementedError

    def pp_mv(self) -> "int | None":
        """Proximity at the ADC, or None on a tethered board."""
        raise NotImplementedError

    def coil(self, mode: int) -> None:
        """COIL_OFF, COIL_PULL, COIL_HOLD for the contactor of this pilot channel."""
        raise NotImplementedError

    def mirror_open(self) -> bool:
        """The mirror contact says that the main contacts are open."""
        raise NotImplementedError

    def chain_ok(self) -> bool:
        """The coil supply behind the hardware safety chain is present."""
        raise NotImplementedError

    def alive(self) -> None:
        """Toggle the charge pump of the safety chain; called by the loop itself, never by a PWM block."""
        raise NotImplementedError

    def watchdog_feed(self) -> None:
        raise NotImplementedError

    def led(self, signal: int) -> None:
        """Show the signal of this number (messages.py); the board chooses the colour."""
        raise NotImplementedError

    def uart_read(self) -> bytes:
        """Whatever bytes have arrived, possibly none."""
        raise NotImplementedError

    def uart_write(self, data: bytes) -> None:
        raise NotImplementedError
