"""A device below /dev/input on the event loop: non-blocking, and grabbed, so that nobody else hears it."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
from threading import Lock

from agent.drivers.aside import Aside, StillBusy
from agent.drivers.wire import ReopenPace, WireLost

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h; the same number on ARM and x86."""
READ_AT_MOST = 4096
OPENS_WITHIN_S = 2.0
"""The kernel may wake a sleeping USB device first, which takes its time: that is done aside."""

_GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_OTHER = frozenset({errno.ENOTTY, errno.EINVAL})


class InputDevice:
    """Events stay in the kernel's queue until they are read. One reader."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pace = ReopenPace()
        self._aside = Aside()
        self._descriptor: int | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._descriptor is not None

    async def open(self) -> None:
        """Open and grab; does nothing when it is. Raises WireLost, also while it is too early to try again."""
        if self._descriptor is not None:
            return
        self._pace.check()
        opening = Opening(self._path)
        try:
            await self._aside.call(opening.do, OPENS_WITHIN_S)
            self._descriptor = opening.take()
        except (TimeoutError, StillBusy) as error:
            why = f"{self._path} does not open; check the kernel's log, and plug the reader in anew"
            raise self._pace.failed(why) from error
        except OSError as error:
            raise self._pace.failed(why_not(self._path, error)) from error
        finally:
            opening.end()
        self._pace.succeeded()

    async def read(self) -> bytes:
        """All that has come, at least one byte; waits for ever. Raises WireLost."""
        while self._descriptor is not None:
            try:
                received = os.read(self._descriptor, READ_AT_MOST)
            except BlockingIOError:
                await self._something_comes(self._descriptor)
            except OSError as error:
                raise self._lost(error) from error
            else:
                if received:
                    return received
                raise self._lost(OSError(errno.ENODEV, "end of file"))
        raise WireLost(f"{self._path} was closed")

    def close(self) -> None:
        """Let go of it, and of the grab; a read under way ends as lost."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        if self._waiter is not None:
            _wake(self._waiter)

    async def _something_comes(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        loop.add_reader(descriptor, _wake, self._waiter)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if self._descriptor == descriptor:
                loop.remove_reader(descriptor)

    def _lost(self, error: OSError) -> WireLost:
        self.close()
        return WireLost(why_not(self._path, error))


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Opening:
    """One attempt, in a thread of its own. What comes of it is taken in time, or closed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock()
        self._descriptor: int | None = None
        self._is_over = False

    def do(self) -> None:
        """Raises OSError."""
        descriptor = _opened(self._path)
        with self._lock:
            self._descriptor = descriptor
        if self._is_over:
            self.end()

    def take(self) -> int | None:
        """From now on it is the caller's."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        return descriptor

    def end(self) -> None:
        """Nobody wants it any more."""
        self._is_over = True
        if (descriptor := self.take()) is not None:
            os.close(descriptor)


def _opened(path: str) -> int:
    """The descriptor, grabbed. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        _grab(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _grab(descriptor: int) -> None:
    """Without it what is typed goes to the console, too.

    A pipe needs none and knows none: it is how a simulator types, and no console listens to one. That is asked of the
    kernel, and for everything else a grab that fails is a failure: no option leaves it out.
    """
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        fcntl.ioctl(descriptor, EVIOCGRAB, 1)


def why_not(path: str, error: OSError) -> str:
    """What is wrong with the device, and the next thing to check."""
    if path.startswith("sim:"):
        return f"{path} is a simulated device; start evse-sim and name the board.toml it writes"
    if error.errno in _GONE:
        return f"{path} is not there; check that the reader is plugged in"
    if error.errno in _FORBIDDEN:
        return f"{path} may not be opened by this user; add the user to the group of the device (often input)"
    if error.errno == errno.EBUSY:
        return f"{path} is used by another program; stop that program"
    if error.errno in _OTHER:
        return f"{path} is no input device; check the path, which begins with /dev/input/by-id/"
    return f"{path} failed ({error.strerror}); check the reader and its cable"
