"""An asyncio event loop whose clock jumps: when no wire has a byte ready, it is the time of the next timer.

Everything that waits through asyncio (`sleep`, `timeout`, websocket pings, Modbus time-outs) follows. Both ends of
every wire must live in this one loop, and nothing may use threads: work outside the loop takes no virtual time and
would be jumped over. Work for an executor that somebody brought along, such as the reading of a file that blocks, is
done at once and takes no time; the loop's own executor, which libraries use unasked, is refused.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import selectors
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

TURNS_WITHOUT_TIME = 1_000_000
"""Loop turns at one instant after which we call it a busy loop. A replay of a long queue needs some ten thousand."""


TURNS_WITHOUT_A_LOOK = 8
"""While callbacks are ready, the wires are looked at every so many turns: asking the kernel is the dearest part of one.
Time never moves without a look."""


def collect_seldom() -> None:
    """For a program that simulates for long: what is loaded stays, as in the agent; rings are looked for less often.

    Looking for them every 700 objects is a sixth of a simulated day's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class NothingScheduled(RuntimeError):
    """Every task waits for something that cannot happen any more: no timer is set and no wire carries a byte."""


class TimeStandsStill(RuntimeError):
    """Tasks keep each other busy at one instant; time will never move again."""


class JumpingSelector(selectors.BaseSelector):
    """Never sleeps. Where a real selector would, it tells the clock to jump.

    Built on `poll`, not `epoll`: `poll` makes a pseudo-terminal flush its queue and so sees every byte on its way;
    `epoll` misses some, which the clock would then jump over.
    """

    def __init__(self, jump: Callable[[float | None], None]) -> None:
        self._poll = selectors.PollSelector()
        self._jump = jump
        self._unseen_turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0 and self._unseen_turns < TURNS_WITHOUT_A_LOOK:
            self._unseen_turns += 1
            self._jump(0)
            return []
        self._unseen_turns = 0
        ready = self._poll.select(0)
        self._jump(0 if ready else timeout)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._poll.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._poll.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._poll.modify(fileobj, events, data)

    def close(self) -> None:
        self._poll.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._poll.get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop of simulated runs. `start` is its first `time()`, in seconds."""

    def __init__(self, start: float = 0.0, turns_without_time: int = TURNS_WITHOUT_TIME) -> None:
        self._now = start
        self._turns = 0
        self._turns_without_time = turns_without_time
        super().__init__(JumpingSelector(self._jump))

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def _jump(self, timeout: float | None) -> None:
        if timeout is None:
            raise NothingScheduled(
                f"at {self._now:.6f} s every task waits and no timer is set; "
                "does a task wait for a thread, another process or an event that nobody sets?"
            )
        if timeout > 0:
            self._now += timeout
            self._turns = 0
            return
        self._turns += 1
        if self._turns > self._turns_without_time:
            raise TimeStandsStill(f"{self._turns} loop turns at {self._now:.6f} s without time moving")

    def run_in_executor(  # type: ignore[override]  # any callable: the loop's own type ties it to its arguments
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Done at once; refused for the loop's own threads: they take real time, which the clock would jump over."""
        if executor is None:
            raise RuntimeError(f"no threads under the virtual clock: {func!r} (use numeric addresses or unix sockets)")
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as a thread would hand it over
            done.set_exception(error)
        return done

    async def subprocess_exec(self, *_: Any, **__: Any) -> Any:
        """Refused as by a kernel: another process takes real time, which the clock would jump over."""
        raise PermissionError(errno.EPERM, "no other processes under the virtual clock")


def run(main: Coroutine[Any, Any, T], *, start: float = 0.0) -> T:
    """Run `main` to its end in virtual time and return its result."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start)) as runner:
        return runner.run(main)
