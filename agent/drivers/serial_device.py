"""A serial device on the event loop: non-blocking, exclusive, what arrives handed to whoever owns it."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Annotated

from agent.drivers.wire import WireLost
from agent.tables import OneOf, Spelled, Within
from agent.values import frozen

READ_AT_MOST = 4096
GATHER_AT_MOST = 255
"""VMIN is one byte."""
CONTROL_CHARACTERS = 6
"""Their place in the list of tcgetattr."""

PortName = Annotated[str, Spelled(r".*\S.*", "write the path of the device, as evsectl hardware scan shows it")]


class Parity(Enum):
    NONE = "N"
    EVEN = "E"
    ODD = "O"


@frozen(kw_only=True)
class LineSettings:
    """Where the port is and how its line runs; 8 data bits always.

    A path below /dev/serial/by-id survives re-plugging and a second adapter.
    """

    port: PortName
    baud: Annotated[int, Within(300, 1_000_000, "baud")] = 9600
    parity: Parity = Parity.NONE
    stop_bits: Annotated[int, OneOf((1, 2))] = 1

    @property
    def byte_s(self) -> float:
        """Time of one byte on the line: start bit, 8 data bits, parity, stop bits."""
        return (9 + (self.parity is not Parity.NONE) + self.stop_bits) / self.baud


class SerialDevice:
    """One device file. The loop calls `received` with what arrives, and `lost` once when the device is gone."""

    def __init__(self, settings: LineSettings, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        self._settings = settings
        self._received = received
        self._lost = lost
        self._descriptor: int | None = None
        self._gathers = 0
        self._close_file: Callable[[], None] = _nothing

    @property
    def is_open(self) -> bool:
        return self._descriptor is not None

    def open(self) -> None:
        """Open exclusively; does nothing when it is. Raises WireLost with the next thing to check."""
        if self._descriptor is not None:
            return
        # Only a board with a serial port pays for pyserial.
        import serial

        try:
            file = _opened(self._settings)
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            raise WireLost(why_not(self._settings.port, error)) from error
        self._descriptor, self._close_file = file.fileno(), file.close
        # pyserial leaves 0, with which a read of nothing looks like the end of the file.
        self._gathers = 0
        self.gather(1)
        asyncio.get_running_loop().add_reader(self._descriptor, self._on_readable)

    def write(self, frame: bytes) -> None:
        """Send at once. Raises WireLost; `lost` is not called for it."""
        port = self._settings.port
        if self._descriptor is None:
            raise WireLost(f"{port} is not open")
        try:
            written = os.write(self._descriptor, frame)
        except BlockingIOError:
            written = 0
        except OSError as error:
            self.close()
            raise WireLost(why_not(port, error)) from error
        if written < len(frame):
            # The kernel's output queue holds 4 kB: who filled it does not drain it.
            self.close()
            raise WireLost(f"{port} takes no more bytes; unplug the adapter and plug it in again")

    def gather(self, least_bytes: int) -> None:
        """Call `received` only when so many bytes have come: fewer wake-ups where nothing is urgent. 1: at once."""
        least_bytes = min(least_bytes, GATHER_AT_MOST)
        if self._descriptor is None or least_bytes == self._gathers:
            return
        self._gathers = least_bytes
        with suppress(termios.error):
            attributes = termios.tcgetattr(self._descriptor)
            # Without a time-out between bytes, a poll of the line reports it ready at VMIN bytes (termios(3)).
            attributes[CONTROL_CHARACTERS][termios.VMIN] = least_bytes
            attributes[CONTROL_CHARACTERS][termios.VTIME] = 0
            termios.tcsetattr(self._descriptor, termios.TCSANOW, attributes)

    def read_now(self) -> None:
        """Take what has come so far, be it fewer bytes than are gathered."""
        if self._descriptor is not None:
            self._on_readable()

    def close(self) -> None:
        """Let go, without a call of `lost`."""
        if self._descriptor is None:
            return
        asyncio.get_running_loop().remove_reader(self._descriptor)
        # Closing waits for output that a dead adapter never takes, up to half a minute.
        with suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        self._descriptor = None
        self._close_file()

    def _on_readable(self) -> None:
        received, failure = self._take()
        if received:
            self._received(received)
        if failure is not None and self._descriptor is not None:
            self._end(failure)

    def _take(self) -> tuple[bytes, OSError | None]:
        """What is there, and what ended the reading where that was a failure."""
        assert self._descriptor is not None
        received = b""
        try:
            # Linux gives 64 bytes at a time where more are gathered; the rest would wait for the next ones.
            while self._gathers > 1 or not received:
                piece = os.read(self._descriptor, READ_AT_MOST)
                if not piece:
                    return received, OSError("end of file")
                received += piece
        except BlockingIOError:
            return received, None
        except OSError as error:
            return received, error
        return received, None

    def _end(self, error: OSError) -> None:
        self.close()
        self._lost(why_not(self._settings.port, error))


def _nothing() -> None:
    """Stands for the closing of a file that is not open."""


def _opened(settings: LineSettings):  # type: ignore[no-untyped-def]  # serial.Serial, imported lazily
    import serial

    # The kernel clears parity on a pseudo-terminal, and every later change of a setting then fails with error 22
    # (measured, meters.md section 10). What is said there needs no parity, so the line runs as 8N1.
    is_pseudo_terminal = Path(settings.port).resolve().is_relative_to("/dev/pts")
    return serial.Serial(
        settings.port,
        settings.baud,
        parity="N" if is_pseudo_terminal else settings.parity.value,
        stopbits=1 if is_pseudo_terminal else settings.stop_bits,
        timeout=0,
        write_timeout=0,
        exclusive=True,
    )


def why_not(port: str, error: Exception) -> str:
    """What is wrong with the port, and the next thing to check."""
    if port.startswith("sim:"):
        return f"{port} is a simulated port; start evse-sim and name the board.toml it writes"
    text = str(error)
    # Asked first: in a folder that is closed to us, Path.exists raises.
    if "ermission denied" in text:
        return f"{port} may not be opened by this user; add the user to the group of the device (often dialout)"
    if not Path(port).exists():
        return f"{port} is not there; check that the adapter is plugged in"
    if "exclusively lock" in text or "busy" in text.lower():
        return f"{port} is used by another program; stop that program"
    return f"{port} failed ({text}); check the adapter"
