"""Who keeps running: restartable tasks with back-off, and proof of progress of the vital ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agent.values import frozen, mutable

log = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
HEALTHY_AFTER_S = 60.0
"""A task that ran this long before it failed starts the back-off anew."""


async def supervise(name: str, factory: Callable[[], Awaitable[None]]) -> None:
    """Run `factory()` for ever: a failure is logged with a count and the task starts again after a growing wait.

    Only for tasks the charger can do without for a while (network, local control, readers). A vital task is not
    supervised: its end takes the process down in order, and the service manager starts it anew.
    """
    loop = asyncio.get_running_loop()
    failures = 0
    while True:
        started = loop.time()
        error = await failure_of(factory())
        if error is not None:
            failures = 1 if loop.time() - started > HEALTHY_AFTER_S else failures + 1
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - 1, 10))
            log.exception(
                "task failed and starts again",
                exc_info=error,
                extra={"task": name, "failures": failures, "wait_s": wait_s},
            )
            await asyncio.sleep(wait_s)
        else:
            return


async def failure_of(work: Awaitable[None]) -> Exception | None:
    """What `work` failed of, in whatever way; None where it did not."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the one place where a task may fail in any way
        return error
    return None


@mutable
class Vital:
    """One vital task's proof of life: it stamps at least every `bound_s`, or the watchdog is not fed."""

    name: str
    bound_s: float
    stamped_at: float

    def stamp(self, now_s: float) -> None:
        """The task got somewhere at `now_s` (monotonic)."""
        self.stamped_at = now_s


@frozen
class Worker:
    """A vital part that does not stamp: it may rest, but not be at the same thing beyond `bound_s`.

    `busy_since` tells when it began with what it is at, by the loop's time; None while it rests.
    """

    name: str
    bound_s: float
    busy_since: Callable[[], float | None]


class Progress:
    """All vital tasks of the process."""

    def __init__(self) -> None:
        self._vitals: list[Vital] = []
        self._workers: list[Worker] = []

    def vital(self, name: str, bound_s: float, now_s: float) -> Vital:
        """Register a task; it counts as alive from `now_s`."""
        vital = Vital(name, bound_s, now_s)
        self._vitals.append(vital)
        return vital

    def worker(self, name: str, bound_s: float, busy_since: Callable[[], float | None]) -> None:
        """Register a part that tells since when it has been busy; None while it rests."""
        self._workers.append(Worker(name, bound_s, busy_since))

    def ages(self, now_s: float) -> tuple[tuple[str, float, float], ...]:
        """Name, seconds without progress, and bound of everything vital."""
        tasks = [(vital.name, now_s - vital.stamped_at, vital.bound_s) for vital in self._vitals]
        since = [(worker, worker.busy_since()) for worker in self._workers]
        return (*tasks, *((one.name, 0.0 if at is None else now_s - at, one.bound_s) for one, at in since))

    def overdue(self, now_s: float) -> tuple[str, ...]:
        """Names of everything vital that got nowhere within its bound."""
        return tuple(name for name, age_s, bound_s in self.ages(now_s) if age_s > bound_s)
