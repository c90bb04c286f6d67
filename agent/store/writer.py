"""Ordered commits: works that wait at the same time share one, and each caller learns the fate of its own.

One worker thread in production, because a commit on an SD card can stall for seconds; in line under a virtual clock,
which knows no threads.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from agent.errors import AgentError, StoreError
from agent.store.database import store_error
from agent.values import mutable

log = logging.getLogger(__name__)

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], T]
"""Reads and changes the database and returns a value. It may be run twice when its first commit failed as a whole, so
it changes nothing but the database. It raises StoreError to refuse; what it changed is then undone, and it alone."""

CLOSES_WITHIN_S = 3.0
"""How long the end of the program waits for a card that stalls. What it does not take by then is lost."""
LONGEST_QUEUE = 4096
"""Works that may wait. Reached only when the disk has stood still for minutes; growing on would end out of memory."""


UNKEEPABLE = (OverflowError, UnicodeError)
"""What the database's binding raises for a number beyond 64 bits and for half a surrogate pair. Both can come from the
network, so they are a refusal and not a mistake of ours."""
RIDER_FAILURES = (sqlite3.Error, AgentError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Of what rides along with other people's commits, its own mistakes included."""


class CommitMoment(Enum):
    BEFORE = "before"
    AFTER = "after"


CommitHook = Callable[[CommitMoment, int], None]
"""Called around the n-th commit, counted from 1. A test kills the process here, or raises SimulatedCrash."""


class SimulatedCrash(BaseException):
    """Raised by a CommitHook: the agent ends at this commit. Not an Exception, so that nothing goes on after it."""


@mutable
class _Job(Generic[T]):
    work: Work[T]
    future: asyncio.Future[T]
    after: Callable[[T], None] | None
    alone: bool
    value: T | None = None
    error: BaseException | None = None

    def perform(self, connection: sqlite3.Connection, *, is_only_one: bool) -> None:
        """Run the work; its refusal is kept for its caller and its changes are undone.

        `is_only_one`: of its transaction, which is undone with it then.
        """
        self.error = None
        if not is_only_one:
            connection.execute("SAVEPOINT work")
        try:
            self.value = self.work(connection)
        except (sqlite3.Error, AgentError, *UNKEEPABLE) as error:
            self.error = _refusal(error)
            if not connection.in_transaction:
                raise _LostTransaction from error
            connection.execute("ROLLBACK" if is_only_one else "ROLLBACK TO work")
        if not is_only_one:
            connection.execute("RELEASE work")

    def finish(self) -> None:
        """In the loop: take the result over into memory, then tell the caller, if it still waits."""
        if self.error is None and self.after is not None:
            self.after(self.value)  # type: ignore[arg-type]
        if self.future.cancelled():
            return
        if self.error is None:
            self.future.set_result(self.value)  # type: ignore[arg-type]
        else:
            self.future.set_exception(self.error)


class _LostTransaction(Exception):
    """The database undid everything by itself, as it may when space or memory ends."""


class Writer:
    """The only user of the connection once it runs. Everything happens in the order of the calls."""

    def __init__(
        self, connection: sqlite3.Connection, *, inline: bool = False, on_commit: CommitHook | None = None
    ) -> None:
        self.connection = connection
        """For reading at start-up, before the first `write`."""
        self.busy_since: float | None = None
        """Loop time at which the database got the works it is busy with; None while it has none."""
        self._inline = inline
        self._thread: Thread | None = None
        self._batches: SimpleQueue[tuple[asyncio.AbstractEventLoop, list[_Job[Any]]] | None] = SimpleQueue()
        self.rider: Callable[[sqlite3.Connection], None] | None = None
        """Adds a little to commits that are made anyhow, in the writer's thread; its failure costs those nothing."""
        self._on_commit = on_commit
        self._commits = 0
        self._waiting: list[_Job[Any]] = []
        self._end: BaseException | None = None
        self._is_left = False

    async def write(self, work: Work[T], after: Callable[[T], None] | None = None) -> T:
        """Run `work` and return its value once its changes are durable.

        `after` is called with the value in the loop, in the order of the commits, before this returns; also when the
        caller was cancelled meanwhile, because the work is done all the same. Raises StoreError.
        """
        return await self._enqueue(work, after, alone=False)

    def soon(self, work: Work[T], after: Callable[[T], None] | None = None) -> asyncio.Future[T]:
        """The same for a caller who does not wait: whatever is asked for from now on comes after it."""
        return self._enqueue(work, after, alone=False)

    async def read(self, work: Work[T]) -> T:
        """The same for a work that only reads: it sees every write called before it, and costs no commit."""
        return await self._enqueue(work, None, alone=False)

    async def alone(self, work: Work[T]) -> T:
        """Run `work` outside of any transaction, for what the database does not do inside one."""
        return await self._enqueue(work, None, alone=True)

    async def aclose(self, within_s: float = CLOSES_WITHIN_S) -> None:
        """Finish everything that waits and close the file; `within_s` at most. Nothing may be written after it."""
        try:
            if self._end is None:
                async with asyncio.timeout(within_s):
                    await self.alone(_empty_the_log)
        except StoreError as error:
            # A full disk: everything is durable already, only the log stays as long as it is.
            log.warning("log of the database was not emptied", extra={"error": str(error)})
        except TimeoutError:
            log.warning("disk did not take everything in time", extra={"limit_s": within_s})
            self._leave()
            return
        self.drop()

    def _leave(self) -> None:
        """The disk holds the thread, and the file with it: neither is waited for, here or at the end of the program."""
        self._is_left = True
        self._end = StoreError("the database is closed")
        self._batches.put(None)

    def drop(self) -> None:
        """Close the file without finishing what waits: the end of a simulated crash."""
        self._end = self._end or StoreError("the database is closed")
        if self._thread is not None:
            self._batches.put(None)
            self._thread.join()
        self.connection.close()

    @property
    def commits(self) -> int:
        """Commits that changed something, since the start."""
        return self._commits

    def _enqueue(self, work: Work[T], after: Callable[[T], None] | None, *, alone: bool) -> asyncio.Future[T]:
        if self._end is not None:
            raise self._end
        if len(self._waiting) >= LONGEST_QUEUE:
            raise StoreError(f"the disk does not keep up: {LONGEST_QUEUE} records wait for it")
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future(), after, alone)
        if not self._waiting and self.busy_since is None:
            # Not at once: what else is written in this turn of the loop goes into the same commit.
            loop.call_soon(self._hand_over)
        self._waiting.append(job)
        return job.future

    def _hand_over(self) -> None:
        if not self._waiting:
            self.busy_since = None
            return
        loop = asyncio.get_running_loop()
        batch, self._waiting = self._waiting, []
        self.busy_since = loop.time()
        if self._inline:
            self._run_in_line(batch)
            return
        if self._thread is None:
            # Not waited for by the interpreter: a commit that is cut off then was not told to anybody.
            self._thread = Thread(target=self._work_off, name="store", daemon=True)
            self._thread.start()
        self._batches.put((loop, batch))

    def _run_in_line(self, batch: list[_Job[Any]]) -> None:
        try:
            self._run(batch)
        except SimulatedCrash as crash:
            self._fail(batch, crash)
        except BaseException as error:
            self._fail(batch, error)
            raise
        else:
            self._finish(batch)

    def _take_over(self, batch: list[_Job[Any]], error: BaseException | None) -> None:
        if error is None:
            self._finish(batch)
        else:
            self._fail(batch, error)

    def _finish(self, batch: list[_Job[Any]]) -> None:
        for job in batch:
            job.finish()
        self._hand_over()

    def _fail(self, batch: list[_Job[Any]], error: BaseException) -> None:
        """A mistake of ours, or a simulated crash: nobody gets a result, and nothing is written any more."""
        self._end = error
        waiting, self._waiting = self._waiting, []
        for job in batch + waiting:
            job.error = error
            job.finish()

    # From here on: in the worker thread.

    def _work_off(self) -> None:
        """Plainer than a pool: a replay of thousands of facts comes by here once for each."""
        while (handed := self._batches.get()) is not None:
            loop, batch = handed
            try:
                self._run(batch)
            except BaseException as error:
                self._hand_back(loop, batch, error)
                raise  # nothing is written after a mistake of ours: the thread ends
            self._hand_back(loop, batch, None)

    def _hand_back(self, loop: asyncio.AbstractEventLoop, batch: list[_Job[Any]], error: BaseException | None) -> None:
        """After `_leave` the loop may be closed already, and nobody waits for the works."""
        with suppress(RuntimeError):
            if not self._is_left:
                loop.call_soon_threadsafe(self._take_over, batch, error)

    def _run(self, batch: list[_Job[Any]]) -> None:
        together: list[_Job[Any]] = []
        for job in batch:
            if job.alone:
                self._commit_all(together)
                together = []
                self._outside(job)
            else:
                together.append(job)
        self._commit_all(together)

    def _commit_all(self, jobs: list[_Job[Any]]) -> None:
        """One commit for all; where that fails, one for each, so that what fits in is kept."""
        if not jobs or self._commit(jobs) or len(jobs) == 1:
            return
        for job in jobs:
            self._commit([job])

    def _commit(self, jobs: list[_Job[Any]]) -> bool:
        """Whether the commit came about. Where not, every job holds the error."""
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            changes = connection.total_changes
            for job in jobs:
                job.perform(connection, is_only_one=len(jobs) == 1)
            if connection.in_transaction:
                self._conclude(changed=connection.total_changes != changes)
        except (sqlite3.Error, _LostTransaction) as error:
            _roll_back(connection)
            cause = error.__cause__ if isinstance(error, _LostTransaction) else error
            assert isinstance(cause, Exception)
            for job in jobs:
                job.error = _refusal(cause)
            return False
        except BaseException:
            _roll_back(connection)
            raise
        return True

    def _conclude(self, *, changed: bool) -> None:
        if not changed:
            self.connection.execute("COMMIT")
            return
        if self.rider is not None:
            self._ride(self.rider)
        number = self._commits + 1
        hook = self._on_commit or _no_hook
        hook(CommitMoment.BEFORE, number)
        self.connection.execute("COMMIT")
        self._commits = number
        hook(CommitMoment.AFTER, number)

    def _ride(self, rider: Callable[[sqlite3.Connection], None]) -> None:
        """What rides along must never cost the record that it rides with, whatever is wrong with it."""
        self.connection.execute("SAVEPOINT rider")
        try:
            rider(self.connection)
        except RIDER_FAILURES as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO rider")
            log.warning("what rides along with a commit was not written", extra={"error": str(error)})
        if self.connection.in_transaction:
            self.connection.execute("RELEASE rider")

    def _outside(self, job: _Job[Any]) -> None:
        try:
            job.value = job.work(self.connection)
        except sqlite3.Error as error:
            job.error = store_error(error)


def _refusal(error: Exception) -> AgentError:
    match error:
        case AgentError():
            return error
        case sqlite3.Error():
            return store_error(error)
        case _:
            return StoreError(f"this value cannot be kept: {error}")


def _no_hook(_moment: CommitMoment, _number: int) -> None:
    return


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _empty_the_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
