"""Programs of ours as child processes: started, watched for their `ready`, stopped in order, with a log each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_TIMEOUT_S = 8.0
"""The agent may take a bounded while to open contactors and to record; beyond it we insist."""
TAIL_LINES = 15
LONGEST_LINE_BYTES = 1 << 20

OnLine = Callable[[str], None]


class ChildFailed(Exception):
    """A program did not do its part; the text says which and how, `tail` is the end of its log."""

    def __init__(self, what: str, tail: Sequence[str]) -> None:
        super().__init__(what)
        self.tail = tuple(tail)


class Child:
    """One running program. Everything it prints goes to its log and, line by line, to whoever listens."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log
        log.touch()
        self._ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int:
        return self.process.pid

    async def read_output(self, on_line: OnLine | None) -> None:
        """Copies the output until the program ends; completes `ready`, with the line or with a failure."""
        assert self.process.stdout is not None
        with self.log.open("a", buffering=1, errors="backslashreplace") as log:
            while raw := await self.process.stdout.readline():
                line = raw.decode(errors="replace").rstrip("\n")
                log.write(line + "\n")
                if line.split(" ", 1)[0] == "ready" and not self._ready.done():
                    self._ready.set_result(line)
                if on_line is not None:
                    on_line(line)
        code = await self.process.wait()
        if not self._ready.done():
            self._ready.set_exception(
                ChildFailed(f"{self.name} ended with code {code} before it was ready", self.tail())
            )
            self._ready.exception()  # looked at: nobody may be waiting for it

    async def ready(self, timeout_s: float) -> str:
        """The line that begins with `ready`; raises ChildFailed."""
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(self._ready)
        except TimeoutError:
            raise ChildFailed(f"{self.name} was not ready within {timeout_s:g} s", self.tail()) from None

    def tail(self, lines: int = TAIL_LINES) -> list[str]:
        """The last lines of the log."""
        with self.log.open(errors="replace") as log:
            return [line.rstrip("\n") for line in deque(log, maxlen=lines)]

    async def stop(self) -> int:
        """SIGTERM, and SIGKILL when that did not end it in time. Returns the exit code."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                return await self.process.wait()
        except TimeoutError:
            return await self.kill()
        finally:
            # Reached with a living child only when we are cancelled while waiting: a second Ctrl-C.
            if self.process.returncode is None:
                self._signal(signal.SIGKILL)

    async def must_live(self) -> None:
        """Returns never; raises ChildFailed when the program ends."""
        code = await self.process.wait()
        raise ChildFailed(f"{self.name} ended by itself with code {code}", self.tail())

    async def kill(self) -> int:
        """SIGKILL, as a power cut does."""
        self._signal(signal.SIGKILL)
        return await self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)


@asynccontextmanager
async def running(
    name: str,
    module: str,
    *arguments: str,
    log: Path,
    on_line: OnLine | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Child]:
    """`python -m module arguments …` for as long as the block runs, in a session of its own.

    `environment` is added to ours.

    The session keeps a Ctrl-C at our terminal from reaching the child, so that we decide the order of stopping.
    What the block raises leaves inside an exception group, as from any task group.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
        limit=LONGEST_LINE_BYTES,
    )  # fmt: skip
    child = Child(name, process, log)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(child.read_output(on_line))
        try:
            yield child
        finally:
            await child.stop()
            reading.cancel()


def end_in_order_when_told() -> None:
    """SIGTERM, and a terminal that is closed, cancel this task as Ctrl-C does, and so end the programs it started.

    They sit in sessions of their own, where no terminal reaches them. Who began us with nohup wants us to go on.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, task.cancel)


def leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """The failures inside nested groups."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
