"""The service manager: the notify protocol, and the watchdog that is fed only while work gets done.

The protocol is one datagram of `KEY=value` lines to the socket that `NOTIFY_SOCKET` names (sd_notify(3)). Without that
variable there is no service manager, and telling it something does nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

from agent.clock import Clock
from agent.supervise import Progress

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""How often progress is looked at where nobody waits for the ping: somebody may still read the log."""
LONGEST_STATUS = 200
"""Characters of the line that `systemctl status` shows."""


class ServiceManager:
    """What started us, as far as it wants to be told. Telling never waits and never fails."""

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        """`watchdog_s`: the time without a ping after which it ends this process; None where it does not."""
        self.watchdog_s = watchdog_s
        self._address = _socket_address(address)
        self._socket: socket.socket | None = None
        self._is_deaf = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ServiceManager:
        """As `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` say; values that make no sense count as absent."""
        address = environment.get("NOTIFY_SOCKET") or None
        return cls(address, _watchdog_s(environment) if address else None)

    def ready(self, status: str) -> None:
        """The start is over: systemd lets `systemctl start` return."""
        self._send(f"READY=1\n{_status(status)}")

    def status(self, status: str) -> None:
        """One line for a person."""
        self._send(_status(status))

    def stopping(self, status: str) -> None:
        """The end has begun; from here on only `TimeoutStopSec` counts."""
        self._send(f"STOPPING=1\n{_status(status)}")

    def ping(self) -> None:
        """Alive. To be sent only by who knows it."""
        self._send("WATCHDOG=1")

    def close(self) -> None:
        """Give the socket back; whatever is told later opens it anew."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, lines: str) -> None:
        if self._address is None:
            return
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.setblocking(False)
            self._socket.sendto(lines.encode(), self._address)
        except OSError as error:
            if not self._is_deaf:
                log.warning("service manager could not be told", extra={"error": str(error)})
            self._is_deaf = True
        else:
            self._is_deaf = False


WhenStuck = Callable[[tuple[str, ...]], None]
WhenLate = Callable[[float], None]


class Watchdog:
    """Pings at half the service manager's time while every vital task got somewhere within its bound.

    A task that is stuck is named in the status line and in the log; the pings stop, and the service manager ends this
    process with SIGABRT and starts it anew. A loop that merely turns is not alive.
    """

    def __init__(
        self,
        manager: ServiceManager,
        progress: Progress,
        clock: Clock,
        when_stuck: WhenStuck = lambda _: None,
        when_late: WhenLate = lambda _: None,
    ) -> None:
        """`when_stuck` is told who is stuck now, each time that is somebody else; nobody: they go on.

        `when_late` is told each time by how many seconds the loop came too late to look.
        """
        self._when_stuck, self._when_late = when_stuck, when_late
        self._manager = manager
        self._progress = progress
        self._clock = clock
        self._status = ""
        self._stuck: tuple[str, ...] = ()

    def say(self, status: str) -> None:
        """The status line of good times; shown at once unless a task is stuck."""
        changed, self._status = status != self._status, status
        if changed and not self._stuck:
            self._manager.status(status)

    def look(self) -> None:
        """Ping, or say who is stuck."""
        stuck = self._progress.overdue(self._clock.now().monotonic_s)
        if not stuck:
            self._manager.ping()
        if stuck == self._stuck:
            return
        self._stuck = stuck
        self._when_stuck(stuck)
        if stuck:
            log.error("vital task is stuck", extra={"tasks": ", ".join(stuck)})
            self._manager.status(f"stuck: {', '.join(stuck)}")
        else:
            log.warning("vital tasks go on")
            self._manager.status(self._status)

    async def run(self) -> None:
        """Look for ever."""
        watchdog_s = self._manager.watchdog_s
        every_s = LOOK_EVERY_S if watchdog_s is None else watchdog_s / 2
        loop = asyncio.get_running_loop()
        while True:
            self.look()
            due_s = loop.time() + every_s
            await asyncio.sleep(every_s)
            self._when_late(max(0.0, loop.time() - due_s))


def _status(text: str) -> str:
    """`text` in one line: a line break would begin a key of its own."""
    return f"STATUS={' '.join(text.split())[:LONGEST_STATUS]}"


def _socket_address(address: str | None) -> str | None:
    """A path, or with a leading @ a name of the abstract namespace; other kinds (vsock) are not for us."""
    if not address or address[0] not in "@/" or len(address) == 1:
        return None
    return "\0" + address[1:] if address[0] == "@" else address


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    usec, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not (usec.isascii() and usec.isdecimal() and int(usec) > 0):
        return None
    # The variables are inherited: a watchdog that was set for another process is none of ours.
    return None if pid and pid != str(os.getpid()) else int(usec) / 1_000_000
