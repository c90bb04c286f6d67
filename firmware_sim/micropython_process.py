"""One start of the firmware under MicroPython: a child process whose pins are lines on two pipes.

It never outlives us: it is killed and waited for in `stop`, ends by itself when its input ends, and is in a process
group of its own, so that an interrupt from the terminal reaches only us and a stopped one is woken by the kernel when
we die.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware_sim.firmware import FIRMWARE, FirmwareMissing

READ_OCTETS = 65_536


def find_micropython() -> Path | None:
    """The interpreter beside our own, or on the search path; None where there is none."""
    beside = Path(sys.executable).with_name("micropython")
    if os.access(beside, os.X_OK):
        return beside
    elsewhere = shutil.which("micropython")
    return Path(elsewhere) if elsewhere is not None else None


class MicropythonProcess:
    """`heard` is called with every line, `ended` once when the process is gone without having been stopped.

    Raises FirmwareMissing when the interpreter cannot be started. A firmware that raised has told so on our standard
    error.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        command: Sequence[str | Path],
        heard: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._heard = heard
        self._ended = ended
        self._pending = b""
        child_reads, self._to_child = os.pipe()
        self._from_child, child_writes = os.pipe()
        os.set_blocking(child_reads, False)
        os.set_blocking(self._to_child, False)
        try:
            self._child = subprocess.Popen(  # noqa: S603  # the interpreter and our own program
                command, stdin=child_reads, stdout=child_writes, cwd=FIRMWARE, process_group=0
            )
        except OSError as error:
            os.close(self._to_child)
            os.close(self._from_child)
            raise FirmwareMissing(f"{command[0]} does not start: {error.strerror}") from error
        finally:
            os.close(child_reads)
            os.close(child_writes)
        self._running = True
        loop.add_reader(self._from_child, self._readable)

    @property
    def pid(self) -> int:
        return self._child.pid

    def say(self, line: str) -> None:
        """One line to the child. Lost where the pipe is full: nobody has read it for thousands of lines."""
        try:
            os.write(self._to_child, line.encode() + b"\n")
        except (BlockingIOError, BrokenPipeError):
            return

    def freeze(self) -> None:
        """Take the processor away from it; it stays as it is until `stop`. Returns once it stands still.

        The kernel wakes a stopped process whose parent died, and not one that only then comes to a stop: such a one
        would outlive us for ever.
        """
        self._child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def stop(self) -> None:
        """Kill it, if it still runs, and wait until it is gone."""
        if not self._running:
            return
        self._running = False
        self._loop.remove_reader(self._from_child)
        os.close(self._from_child)
        os.close(self._to_child)
        self._child.kill()
        self._child.wait()

    def _readable(self) -> None:
        octets = os.read(self._from_child, READ_OCTETS)
        if not octets:
            self.stop()
            self._ended()
            return
        lines = (self._pending + octets).split(b"\n")
        self._pending = lines.pop()
        for line in lines:
            if not self._running:
                return
            self._heard(line)
