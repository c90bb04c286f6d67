"""What the firmware may ask of its board: the one seam between the rules and the pins.

Runs under MicroPython and CPython alike; nothing above this file imports `machine` or `rp2`. A board implements every
method (`boards/rp2040.py`); the simulator implements the same ones on a modelled circuit. Integers only: millivolts,
milliamperes, milliseconds, duty in 1/10000. Numbers and pins: the pilot board's hardware reference, sections 1 to 10.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs
    from kind import Kind
    from slots import Slots

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
    """The board's pins. Calls return at once; none of them waits. `kind` is what the board has."""

    kind: "Kind"
    slots: "Slots | None" = None
    """Where a new program goes, of a board that can exchange its own."""

    def ticks_ms(self) -> int:
        """Milliseconds since start; does not wrap (a board extends its counter)."""
        raise NotImplementedError

    def boot_id(self) -> str:
        """Eight hexadecimal characters drawn anew at each start of the firmware."""
        raise NotImplementedError

    def reset_cause(self) -> str:
        """ "power", "watchdog", "brownout", "soft"."""
        raise NotImplementedError

    def read(self, inputs: "Inputs") -> bool:
        """Bring every field that this board has up to date; returns whether any may differ from the last time.

        The pilot is the last 5 ms of samples: `low_mv` is None in X1, where there is no low phase; in F both are the
        steady level. `frozen` is a converter that delivers one and the same code.
        """
        raise NotImplementedError

    def cp_drive(self, mode: int, duty: int) -> None:
        """X1, X2 or F; `duty` in 1/10000 matters in X2 only."""
        raise NotImplementedError

    def cp_disconnect(self, disconnected: bool) -> None:
        """Open the series switch: the car sees E, and our own reading is meaningless."""
        raise NotImplementedError

    def coil(self, mode: int) -> None:
        """COIL_OFF, COIL_PULL, COIL_HOLD for the contactor of this pilot channel."""
        raise NotImplementedError

    def residual_test(self, on: bool) -> None:
        """Current through the test winding of the residual current module."""
        raise NotImplementedError

    def residual_reset(self) -> None:
        """One pulse to the latch behind the residual current module; it obeys only while the module is quiet."""
        raise NotImplementedError

    def lock(self, drive: int) -> None:
        """A LOCK_ number of `outputs` for the socket's motor."""
        raise NotImplementedError

    def recall(self, name: str) -> bytes:
        """What was kept under this name, b"" where nothing was."""
        raise NotImplementedError

    def keep(self, name: str, content: bytes) -> None:
        """Keep it over a loss of power: the old content or the new one, never a piece.

        It may take longer than the charge pump endures: asked only while the coil has no current.
        """
        raise NotImplementedError

    def samples(self) -> "tuple[int, bytes]":
        """The last 100 ms of raw pilot samples: microseconds between two, and 12-bit codes of two bytes, low first."""
        raise NotImplementedError

    def restart(self) -> None:
        """Start the firmware anew; outputs fall to their reset levels. A process ends here."""
        raise NotImplementedError

    def hang(self) -> None:
        """Stand still with all outputs as they are until the watchdog starts the firmware anew; does not return."""
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
