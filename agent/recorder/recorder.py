"""The flight recorder: what went into every decision about power, on disk, so that it can be made again.

A step is taken at once and costs no wait: it is put into a row, kept in memory and written with others in a thread of
its own, every five minutes where they fill a block of the flash, else every hour. After a fault that
stops or blocks a charge, and at an end in order, all is written at once; elsewhere a power cut costs what is newer. A
step in which the core fails is the last of its recording.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from agent.core.identity import TransactionKey
from agent.core.recorder.rows import Recorded
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.core.session.step import KeySource, Step
from agent.core.time import Instant
from agent.recorder.opening import tape_in
from agent.recorder.samples import Sight
from agent.recorder.sieve import DENSE_AFTER_S, GRAVE, Taken
from agent.recorder.tape import Tape

T = TypeVar("T")
log = logging.getLogger(__name__)

BATCH_S = 300.0
BATCHES_AT_MOST = 12
"""Less than a block waits for so many batches, then it is written all the same."""
BLOCK_BYTES = 4_096
MOST_WAITING_BYTES = 256 * 1024
"""More is written before its time: a flood of events must not eat the memory."""
URGENT_AN_HOUR = 20
"""A fault that comes and goes must not wear the flash; beyond these it waits for the batch."""
BEGINS_AFTER_S = 3.0
"""Steps are only kept until then: the work for them would be part of every start."""
MOST_TAKEN = 2_000
"""Steps that wait to become rows; what is older is lost when it takes that long."""
READING_COMES_S = 2.0
CONCLUDES_WITHIN_S = 2.0


class Recorder:
    """One object a run. `inline` works without a thread, for a virtual clock."""

    def __init__(self, folder: Path, *, version: str, draw_key: Callable[[], str], inline: bool = False) -> None:
        """`draw_key` gives KEY_DIGITS characters by chance, for the names that stand for tokens."""
        self._open = partial(tape_in, folder, draw_key, version=version)
        self._inline = inline
        self._pool: ThreadPoolExecutor | None = None
        self._tape: Tape | None = None
        self.sight: Sight = lambda _connector: {}
        self._taken: deque[Taken] = deque(maxlen=MOST_TAKEN)
        self._keys: list[TransactionKey] = []
        self._has_some, self._is_urgent = asyncio.Event(), asyncio.Event()
        self._urgent_at: deque[float] = deque(maxlen=URGENT_AN_HOUR)
        self.problem = ""
        """Why the last block was not written, in words; "" where it was."""

    def keys(self, source: KeySource) -> KeySource:
        """`source`, with what is drawn from it on record."""
        return _Drawn(source, self._keys)

    def took(self, before: Session, event: SessionEvent, now: Instant, decided: Step | None) -> None:
        """One step of one connector; None: the core failed in it. Returns at once and does not fail."""
        effects, keys = () if decided is None else decided.effects, tuple(self._keys)
        self._keys.clear()
        recorded = Recorded(connector=before.connector, event=event, now=now, effects=effects, keys=keys)
        after = None if decided is None else decided.session
        self._taken.append(Taken(before=before, after=after, recorded=recorded))
        self._has_some.set()
        if self._tape is not None:
            # Two of them, so that what waited from the start becomes less with each.
            self._put(self._tape, 2)
            if self._tape.waiting_bytes >= MOST_WAITING_BYTES:
                self._is_urgent.set()
        if after is None or self._is_grave(before, after, now):
            self._is_urgent.set()

    async def run(self) -> None:
        """Write what comes, for ever."""
        while True:
            await self._has_some.wait()
            if self._tape is None:
                await asyncio.sleep(BEGINS_AFTER_S)
                await self._caught_up()
            for _ in range(BATCHES_AT_MOST):
                if await self._is_urgent_within(BATCH_S) or await self._fills_a_block():
                    break
            is_urgent = self._is_urgent.is_set()
            await self.flush(surely=is_urgent)
            if is_urgent:
                # What follows a fault belongs to it, up to the first reading after that.
                await asyncio.sleep(DENSE_AFTER_S + READING_COMES_S)
                await self.flush(surely=True)

    async def flush(self, *, surely: bool = False, is_end: bool = False) -> None:
        """Write all that waits; `surely`: it is on the disk then. What cannot be written is lost, with a warning."""
        tape = await self._caught_up()
        self._has_some.clear()
        self._is_urgent.clear()
        cut = tape.cut(is_end=is_end)
        try:
            await self._do(lambda: tape.write(cut, surely=surely))
            self.problem = ""
        except OSError as error:
            if not self.problem:
                log.warning("the recording was not written", extra={"error": str(error)})
            self.problem = str(error)

    async def conclude(self) -> None:
        """The last words before the end of the program; CONCLUDES_WITHIN_S at most."""
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                await self.flush(surely=True, is_end=True)
        except TimeoutError:
            log.warning("the end of the recording was not written in time", extra={"limit_s": CONCLUDES_WITHIN_S})
        finally:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)

    async def files(self) -> list[Path]:
        """Everything there is, the newest first; what waits is written before. Raises OSError."""
        await self.flush()
        tape = await self._caught_up()
        unfinished = tape.samples.unfinished()
        return await self._do(lambda: tape.files(unfinished))

    async def unwritten(self) -> bytes:
        """What the disk refused, as one more file of a recording; b"" where it took everything."""
        tape = await self._caught_up()
        return tape.ring.unwritten

    async def erase(self) -> None:
        """Nothing is kept any more. Raises OSError."""
        tape = await self._caught_up()
        tape.cut()
        await self._do(tape.erase)

    def _is_grave(self, before: Session, after: Session, now: Instant) -> bool:
        """A new fault that has to be on the disk at once."""
        if before.faults is after.faults:
            return False
        new = [one for one in after.faults.faults if before.faults.find(one.kind.id) is None]
        if new and self._tape is not None:
            self._tape.fault_came(before.connector, now)
        if not any(one.kind.severity in GRAVE for one in new):
            return False
        times, hour_s = self._urgent_at, BATCH_S * BATCHES_AT_MOST
        if len(times) == URGENT_AN_HOUR and now.monotonic_s - times[0] < hour_s:
            return False
        times.append(now.monotonic_s)
        return True

    def _put(self, tape: Tape, most: int) -> None:
        while self._taken and most > 0:
            most -= 1
            tape.put(self._taken.popleft())

    async def _caught_up(self) -> Tape:
        """Everything is in rows; the loop is not held up for longer than one of them takes."""
        if self._tape is None:
            opened = await self._do(self._open)
            # Somebody else may have asked meanwhile; the first one counts.
            self._tape = self._tape or opened
            self._tape.samples.sight = self.sight
        while self._taken:
            self._put(self._tape, 1)
            await asyncio.sleep(0)
        return self._tape

    async def _fills_a_block(self) -> bool:
        return (await self._caught_up()).packed_bytes >= BLOCK_BYTES

    async def _is_urgent_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._is_urgent.wait()
        except TimeoutError:
            return False
        return True

    async def _do(self, work: Callable[[], T]) -> T:
        """In the order in which it is asked for."""
        if self._inline:
            return work()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "recorder")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


class _Drawn:
    def __init__(self, source: KeySource, into: list[TransactionKey]) -> None:
        self._source = source
        self._into = into

    def transaction_key(self) -> TransactionKey:
        key = self._source.transaction_key()
        self._into.append(key)
        return key
