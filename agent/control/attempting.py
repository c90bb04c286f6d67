"""Tests for whoever sits at a terminal: as many at once as disturb one another in nothing, each with a sign of life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from agent.core.commissioning import sequence
from agent.core.commissioning.model import Attempt, Outcome, broken
from agent.core.commissioning.steps import Place
from agent.errors import StoreError
from agent.selftest.bench import TerminalLost
from agent.selftest.runner import Interrupted

if TYPE_CHECKING:
    from agent.control.commissioning_ports import Tests
    from agent.control.person import PersonAtTerminal
    from agent.core.identity import ConnectorId


class Work(Protocol):
    """One test after the other, as a commissioning has it done or a single call."""

    def why_shut(self, place: Place) -> str:
        """Why it may not be done now; "" where it may."""
        ...

    async def leave(self, place: Place, why: str) -> None:
        """It was shut when its turn came."""
        ...

    async def do(self, place: Place) -> None:
        """Told, made and kept. Raises StoreError, and TerminalLost, with the attempt in it where there is one."""
        ...

    async def keep(self, attempt: Attempt) -> None:
        """On disk. Raises StoreError."""
        ...


async def do_all(work: Work, places: Iterable[Place], connectors: tuple[ConnectorId, ...]) -> None:
    """Raises TerminalLost, and StoreError, once everything has come to a safe end."""
    waiting, running = list(places), dict[Place, asyncio.Task[None]]()
    lost: list[TerminalLost] = []
    with _told_as_itself():
        async with asyncio.TaskGroup() as tasks:
            while waiting or running:
                found = sequence.next_of(waiting, tuple(running), connectors, work.why_shut)
                for place, why in found.shut:
                    waiting.remove(place)
                    await work.leave(place, why)
                for place in found.ready:
                    waiting.remove(place)
                    running[place] = tasks.create_task(_done(work, place, lost), name=f"test {place[0]}")
                if running:
                    await asyncio.wait(running.values(), return_when=asyncio.FIRST_COMPLETED)
                running = {place: task for place, task in running.items() if not task.done()}
                if lost:
                    waiting = []  # those that run notice within a second, and end safely
    if lost:
        raise lost[-1]


async def _done(work: Work, place: Place, lost: list[TerminalLost]) -> None:
    try:
        await work.do(place)
    except Interrupted as cut_off:
        lost.append(cut_off)
        await work.keep(cut_off.attempt)
    except TerminalLost as gone:
        lost.append(gone)


async def ticking(
    tests: Tests, person: PersonAtTerminal, place: Place, not_judged: Callable[[Outcome], Attempt]
) -> Attempt:
    """The attempt, with a sign of life each second. A terminal that is gone ends it: raises Interrupted.

    `not_judged` is what stands on record of a test that was ended before it had anything to say.
    """
    attempt: Attempt | None = None
    made: Attempt | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(person.pulse({"running": {"test": place[0], "connector": place[1]}}))
            attempt = await tests.attempt(place)
            watching.cancel()
    except* TerminalLost as lost:
        made = next((one.attempt for one in lost.exceptions if isinstance(one, Interrupted)), None)
    if attempt is not None:
        return attempt
    raise Interrupted(made or not_judged(broken("it was ended in the middle: the terminal is gone", "run it again")))


@contextmanager
def _told_as_itself() -> Iterator[None]:
    """Around a group of tasks: the failure of the store ends them all, each safely, and is what the caller gets."""
    try:
        yield
    except ExceptionGroup as group:
        found: BaseException | None = group.subgroup(StoreError)
        while isinstance(found, ExceptionGroup):
            found = found.exceptions[0]
        if found is None:
            raise
        raise found from group
