"""A program that blocks, beside a virtual loop: time stands while it computes, and runs while it waits.

It has a thread of its own, but the two take turns and never run at once. So a run is the same each time, and an answer
that takes minutes of the world takes none of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, cast

from tools.simulate.clock import EPOCH_MS

if TYPE_CHECKING:
    from paho.mqtt.client import Client, SocketLike

PING = b"\xc0\x00"
PINGS_EVERY_S = 20.0
"""paho keeps a connection alive by the time of this machine; the broker's patience is the world's."""
SHORTEST_WAIT_S = 0.001
"""Who waits for less again and again, for the rest of a sum of floats, would wait for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What stands on the terminal, what was told beside it, and the exit code."""

    screen: str
    beside: str
    code: int


class Terminal(io.StringIO):
    """So that the program shows its colours."""

    def isatty(self) -> bool:
        return True


class Beside:
    """The computer (`tools.support.here.Here`) of a program beside the loop in which it is made. Its clock is right.

    A connection that is lost is not made again, as paho's thread would: no broker of a case goes away.
    """

    def __init__(self, seed: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._random = Random(seed)
        self._asks: SimpleQueue[_Wait | None] = SimpleQueue()
        self._told: SimpleQueue[bool] = SimpleQueue()
        self._stirred = asyncio.Event()
        self._client: Client | None = None
        self._pings_at_s = 0.0
        self._is_over = False

    async def run(self, program: Callable[[], int]) -> Said:
        """To its end; one program at a time. Raises what it raised."""
        ended: list[Said | BaseException] = []
        thread = threading.Thread(target=self._run, args=(program, ended), daemon=True)
        thread.start()
        try:
            while (wait := self._asks.get()) is not None:
                self._told.put(await self._came_true(wait))
        except BaseException:
            self._is_over = True
            self._told.put(False)
            raise
        finally:
            thread.join()
        (said,) = ended
        if isinstance(said, BaseException):
            raise said
        return said

    def _run(self, program: Callable[[], int], ended: list[Said | BaseException]) -> None:
        screen, beside = Terminal(), io.StringIO()
        try:
            with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(beside):
                code = program()
            ended.append(Said(screen=screen.getvalue(), beside=beside.getvalue(), code=code))
        except BaseException as error:  # noqa: BLE001 - it is raised where the program was asked for
            ended.append(error)
        finally:
            self._asks.put(None)

    async def _came_true(self, wait: _Wait) -> bool:
        until_s = self._loop.time() + max(wait.within_s, SHORTEST_WAIT_S)
        while not wait.true():
            self._stirred.clear()
            ends_s = until_s if self._client is None else min(until_s, self._pings_at_s)
            try:
                async with asyncio.timeout_at(ends_s):
                    await self._stirred.wait()
            except TimeoutError:
                if ends_s == until_s:
                    return wait.true()
                self._ping()
        return True

    def _ping(self) -> None:
        wire = self._client.socket() if self._client is not None else None
        if wire is not None:
            wire.send(PING)
        self._pings_at_s = self._loop.time() + PINGS_EVERY_S

    # What the program asks of its computer.

    def now_ms(self) -> int:
        return EPOCH_MS + round(1000 * self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    def token(self, octets: int) -> str:
        """Nobody has to guess it here, and the next run has the same."""
        return self._random.randbytes(octets).hex()

    def news(self) -> _News:
        return _News(self)

    def serve(self, client: Client) -> None:
        """By the loop: paho has no thread, and writes at once."""
        wire = client.socket()
        assert wire is not None
        # Else the kernel holds a small packet back behind another for 40 ms of ours, which may be minutes of the world.
        cast(socket.socket, wire).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client, self._pings_at_s = client, self._loop.time() + PINGS_EVERY_S
        self._loop.add_reader(wire, self._read, client)
        client.on_socket_close = self._closing

    def leave(self, client: Client) -> None:
        """It closed the connection itself, behind its goodbye."""
        if self._client is client:
            self._client = None

    def _closing(self, _: Client, __: object, wire: SocketLike) -> None:
        self._loop.remove_reader(wire)

    def _read(self, client: Client) -> None:
        client.loop_read()
        if client.want_write():
            client.loop_write()

    # Between the two.

    def wait(self, wait: _Wait) -> bool:
        """In the program's thread: the loop's turn."""
        if self._is_over:
            raise KeyboardInterrupt
        self._asks.put(wait)
        return self._told.get()

    def stir(self) -> None:
        """Something was told that may be waited for."""
        self._stirred.set()


@dataclass(frozen=True, slots=True)
class _Wait:
    true: Callable[[], bool]
    within_s: float


class _News:
    """No lock: who could come in between does not run."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def __enter__(self) -> bool:
        return True

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None, /
    ) -> None:
        return None

    def notify_all(self) -> None:
        self._beside.stir()

    def wait_for(self, true: Callable[[], bool], timeout: float, /) -> bool:
        return true() or self._beside.wait(_Wait(true, timeout))
