"""A board that is a process: its pins travel as lines over standard input and output, one pin group a line.

In, levels and never edges: `p` high_mv low_mv samples_high samples_low spread_mv frozen mirror_open chain_ok pp_mv, all
pins at once; `u` and hexadecimal digits, bytes from the host. Out, as the firmware sets them: `a` alive toggled, `w`
watchdog fed, `d` mode duty, `k` coil mode, `x` pilot disconnected, `l` signal, `u` bytes to the host. "-" is None.
Whoever starts this program makes its standard input non-blocking; the end of it is the end of the board's supply.
"""

import sys
import time
from binascii import hexlify, unhexlify

from boards.uptime import Uptime
from hal import Hal

MOST_BYTES_AT_ONCE = 1024
NO_PINS = (0, None, 0, 0, 0, False, False, False, None)
"""Before the first line: no samples, mirror not open, no chain. Nothing closes on that."""


def number(word: bytes) -> "int | None":
    """The number that a word of a line is, None for "-"."""
    return None if word == b"-" else int(word)


class Unix(Hal):
    """Boot id and reset cause are told by whoever starts the process, as they would be by silicon and supply."""

    def __init__(self, boot_id: str, reset_cause: str) -> None:
        self._uptime = Uptime()
        self._boot_id = boot_id
        self._reset_cause = reset_cause
        self._buffer = bytearray(MOST_BYTES_AT_ONCE)
        self._pending = b""
        self._arrived = b""
        self._pins: tuple[int | None, ...] = NO_PINS
        while self._pins is NO_PINS:
            self._take()
            time.sleep_ms(1)

    def ticks_ms(self) -> int:
        return self._uptime.milliseconds()

    def boot_id(self) -> str:
        return self._boot_id

    def reset_cause(self) -> str:
        return self._reset_cause

    def cp_window(self) -> "tuple[int, int | None, int, int, int, bool]":
        high_mv, low_mv, samples_high, samples_low, spread_mv, frozen = self._pins[:6]
        return high_mv or 0, low_mv, samples_high or 0, samples_low or 0, spread_mv or 0, bool(frozen)

    def cp_drive(self, mode: int, duty: int) -> None:
        self._say("d " + str(mode) + " " + str(duty))

    def cp_disconnect(self, disconnected: bool) -> None:
        self._say("x " + str(int(disconnected)))

    def pp_mv(self) -> "int | None":
        return self._pins[8]

    def coil(self, mode: int) -> None:
        self._say("k " + str(mode))

    def mirror_open(self) -> bool:
        return bool(self._pins[6])

    def chain_ok(self) -> bool:
        return bool(self._pins[7])

    def alive(self) -> None:
        self._say("a")

    def watchdog_feed(self) -> None:
        self._say("w")

    def led(self, signal: int) -> None:
        self._say("l " + str(signal))

    def uart_read(self) -> bytes:
        """Also takes what came about the pins: the board asks here first in each of its turns."""
        self._take()
        arrived, self._arrived = self._arrived, b""
        return arrived

    def uart_write(self, data: bytes) -> None:
        self._say("u " + hexlify(data).decode())

    def _say(self, line: str) -> None:
        sys.stdout.write(line + "\n")

    def _take(self) -> None:
        size = sys.stdin.buffer.readinto(self._buffer)
        while size:
            lines = (self._pending + self._buffer[:size]).split(b"\n")
            self._pending = bytes(lines.pop())
            for line in lines:
                self._hear(bytes(line))
            size = sys.stdin.buffer.readinto(self._buffer) if size == MOST_BYTES_AT_ONCE else None
        if size == 0:
            sys.exit()

    def _hear(self, line: bytes) -> None:
        kind, _, content = line.partition(b" ")
        if kind == b"u":
            self._arrived += unhexlify(content)
        elif kind == b"p":
            self._pins = tuple(number(word) for word in content.split(b" "))
