"""What went over the wire to the central system and back, for a person who looks for a fault between the two.

A frame is taken at once and costs no wait: it is kept in memory, and written with others in a thread of its own, as
soon as they fill a block of the flash, which is looked at every five minutes; after a quarter of an hour where they are
more than a page of text, else every hour. So an idle hour costs one block whatever the pace of heartbeats, and a power
cut at most the frames of an idle hour. Whoever looks meanwhile has the rest written first.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from agent.clock import Clock
from agent.ocpp_client.rpc.latency import Latencies
from agent.store.wire_trace import GAP, Ring, TracedFrame, written

T = TypeVar("T")
log = logging.getLogger(__name__)

BATCH_S = 300.0
PAGE_CHARACTERS = 4_096
BLOCK_CHARACTERS = 8 * PAGE_CHARACTERS
"""So much text surely fills a block of 4 kB when it is deflated: of frames that differ, as in a start. Of samples it is
less than half of one."""
PAGE_BATCHES, BATCHES_AT_MOST = 3, 12
"""Less than a block waits for so many batches where it is a page, and for so many where it is not."""
MOST_WAITING_CHARACTERS = 128_000
"""More within one batch, as while a long queue is told, is not kept: the flash is worth more than a full trace."""
MOST_WAITING_FRAMES = 1_000
"""Nor are more than these: a peer can send frames without a character as fast as we read."""
LONGEST_FRAME = 8_192
FOLLOWED_AT_MOST = 512
CONCLUDES_WITHIN_S = 1.0


class Follower:
    """One listener's bounded queue; a slow one loses its own oldest frames."""

    def __init__(self) -> None:
        self._frames: deque[TracedFrame] = deque(maxlen=FOLLOWED_AT_MOST)
        self._arrived = asyncio.Event()

    def put(self, frame: TracedFrame) -> None:
        self._frames.append(frame)
        self._arrived.set()

    async def arrived(self) -> None:
        """Wait until there is something to drain."""
        await self._arrived.wait()

    def drain(self) -> list[TracedFrame]:
        """Everything that waits, without waiting."""
        frames = list(self._frames)
        self._frames.clear()
        self._arrived.clear()
        return frames


class WireTrace:
    """One object a run. `inline` works without a thread, for a virtual clock."""

    def __init__(self, folder: Path, clock: Clock, *, inline: bool = False) -> None:
        self._ring = Ring(folder)
        self._clock = clock
        self._inline = inline
        self._pool: ThreadPoolExecutor | None = None
        self._latencies = Latencies()
        self._waiting: deque[TracedFrame] = deque()
        self._waiting_characters = 0
        self._lost = 0
        self._has_some = asyncio.Event()
        self._followers: list[Follower] = []

    def on_frame(self, direction: str, text: str) -> None:
        """A frame went over the wire, masked already."""
        now = self._clock.now()
        latency_s = self._latencies.of(direction, text, now.monotonic_s)
        frame = TracedFrame(at=now, direction=direction, text=_shortened(text), latency_s=latency_s)
        self._keep(frame)
        for follower in self._followers:
            follower.put(frame)

    async def run(self) -> None:
        """Write what comes, for ever."""
        while True:
            await self._has_some.wait()
            for batches in range(1, BATCHES_AT_MOST + 1):
                await asyncio.sleep(BATCH_S)
                if self._waiting_characters >= (PAGE_CHARACTERS if batches >= PAGE_BATCHES else BLOCK_CHARACTERS):
                    break
            await self.flush()

    async def flush(self) -> None:
        """Write everything that waits. What cannot be written is lost, with a warning."""
        if not self._waiting:
            return
        lines = [written(frame) for frame in self._taken()]
        try:
            await self._do(lambda: self._ring.append(lines))
        except OSError as error:
            log.warning("frames of the wire were not written", extra={"count": len(lines), "error": str(error)})

    async def conclude(self) -> None:
        """The last frames before the end of the program; CONCLUDES_WITHIN_S at most."""
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                await self.flush()
        except TimeoutError:
            log.warning("the last frames of the wire were not written in time", extra={"limit_s": CONCLUDES_WITHIN_S})
        finally:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)

    async def newest(self, limit: int) -> tuple[TracedFrame, ...]:
        """Up to `limit` frames, oldest first, also from before the start of this program. Raises OSError."""
        await self.flush()
        return await self._do(lambda: self._ring.newest(limit))

    async def erase(self) -> None:
        """Nothing is kept any more. Raises OSError."""
        self._taken()
        await self._do(self._ring.erase)

    @contextmanager
    def follower(self) -> Iterator[Follower]:
        """A listener for as long as the block runs; it is given what goes over the wire from now on."""
        follower = Follower()
        self._followers.append(follower)
        try:
            yield follower
        finally:
            self._followers.remove(follower)

    def _keep(self, frame: TracedFrame) -> None:
        self._waiting.append(frame)
        self._waiting_characters += len(frame.text)
        while self._waiting_characters > MOST_WAITING_CHARACTERS or len(self._waiting) > MOST_WAITING_FRAMES:
            self._waiting_characters -= len(self._waiting.popleft().text)
            self._lost += 1
        self._has_some.set()

    def _taken(self) -> list[TracedFrame]:
        frames, lost = list(self._waiting), self._lost
        self._waiting.clear()
        self._waiting_characters = self._lost = 0
        self._has_some.clear()
        if lost:
            frames.insert(0, TracedFrame(at=frames[0].at, direction=GAP, text=str(lost)))
        return frames

    async def _do(self, work: Callable[[], T]) -> T:
        """In the order in which it is asked for."""
        if self._inline:
            return work()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "wire trace")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_FRAME else f"{text[:LONGEST_FRAME]}… ({len(text)} characters in all)"
