"""A board that is a process: its pins travel as lines over standard input and output, one pin group a line.

In, levels and never edges: `p` and all pins at once, in the order of `pin_line`; `u` and hexadecimal digits, bytes from
the host. Out, as the firmware sets them: `a` alive toggled, `w` watchdog fed, `d` mode duty, `k` coil mode, `x` pilot
disconnected, `l` signal, `t` residual test, `r` residual reset, `m` lock motor, `u` bytes to the host, `s` before an
end that it ordered itself. "-" is None.
Whoever starts this program makes its standard input non-blocking; the end of it is the end of the board's supply.
"""

import os
import sys
import time
from binascii import hexlify, unhexlify
from errno import ENOENT

from boards.described import kind_of
from boards.exchange import slots_in
from boards.pin_line import take
from boards.uptime import Uptime
from hal import Hal
from kind import CAPTURE, UPDATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs

MOST_BYTES_AT_ONCE = 1024


class Unix(Hal):
    """Boot id and reset cause are told by whoever starts the process, as they would be by silicon and supply."""

    def __init__(self, boot_id: str, reset_cause: str, folder: str, *described: str) -> None:
        self.kind = kind_of(described)
        self.slots = slots_in(folder)
        # The waveform behind the levels does not come over the pipe.
        self.kind.has = self.kind.has & ~(UPDATE | CAPTURE) | (UPDATE if self.slots else 0)
        self._uptime = Uptime()
        self._boot_id = boot_id
        self._reset_cause = reset_cause
        self._buffer = bytearray(MOST_BYTES_AT_ONCE)
        self._pending = b""
        self._arrived = b""
        self._pins = self._read = b""
        self._folder = folder
        while not self._pins:
            self._take()
            time.sleep_ms(1)

    def ticks_ms(self) -> int:
        return self._uptime.milliseconds()

    def boot_id(self) -> str:
        return self._boot_id

    def reset_cause(self) -> str:
        return self._reset_cause

    def read(self, inputs: "Inputs") -> bool:
        if self._pins == self._read:
            return False
        self._read = self._pins
        take(self._pins.split(b" "), inputs)
        return True

    def cp_drive(self, mode: int, duty: int) -> None:
        self._say("d " + str(mode) + " " + str(duty))

    def cp_disconnect(self, disconnected: bool) -> None:
        self._say("x " + str(int(disconnected)))

    def residual_test(self, on: bool) -> None:
        self._say("t " + str(int(on)))

    def residual_reset(self) -> None:
        self._say("r")

    def lock(self, drive: int) -> None:
        self._say("m " + str(drive))

    def recall(self, name: str) -> bytes:
        try:
            with open(self._folder + "/" + name, "rb") as file:
                kept: bytes = file.read()
                return kept
        except OSError as error:
            # What is there and cannot be read is not absent.
            if error.errno != ENOENT:
                raise
            return b""

    def keep(self, name: str, content: bytes) -> None:
        path = self._folder + "/" + name
        with open(path + ".new", "wb") as file:
            file.write(content)
        os.rename(path + ".new", path)

    def restart(self) -> None:
        self._say("s")
        sys.exit()

    def hang(self) -> None:
        # No pulse and no feed from here on; whoever started this process is the watchdog.
        while True:
            time.sleep_ms(1_000)

    def coil(self, mode: int) -> None:
        self._say("k " + str(mode))

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
            self._pins = content
