"""The tests of a visit: as many at once as disturb one another in nothing, each on disk before another rests on it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.control.commissioning_remembering import RememberingPerson, forget
from agent.control.store_failing import told_as_itself
from agent.core.commissioning import record, sequence
from agent.core.commissioning.catalogue import Need, Row, catalogue
from agent.core.commissioning.model import Attempt, broken
from agent.core.commissioning.steps import Place, Step, step_of
from agent.selftest.bench import AdapterPosition, Declined, TerminalLost
from agent.selftest.ports import Helper
from agent.selftest.runner import Interrupted

if TYPE_CHECKING:
    from agent.control.commissioning_ports import Tests
    from agent.control.commissioning_sitting import Sitting
    from agent.core.commissioning.model import Job
    from agent.core.identity import ConnectorId


class Testing:
    """Whoever opens it has the charger's tests for as long as `stack` is open."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._person = RememberingPerson(sitting)
        self._tests: Tests
        self._lost: TerminalLost | None = None
        self._adapter_at: ConnectorId | None = None
        self.stack = ExitStack()

    def begin(self, name: str) -> None:
        """The tests are this visit's from here on, and whoever else wants them hears this name. Raises Busy."""
        self.stack.close()
        sitting = self._sitting
        helper = Helper(person=self._person, by=f"installer {name}".strip(), prove=sitting.person.prove)
        tests = sitting.desk.tests(helper, lambda: sitting.job.attempts, sitting.typed)
        self._tests = self.stack.enter_context(tests)

    def gate(self, row: Row, connector: ConnectorId | None, job: Job) -> str:
        """What is done once for the whole charger waits for every connector."""
        desk, connectors = self._sitting.desk, self._sitting.site.connectors
        concerned = connectors if connector is None else (connector,)
        reasons = (sequence.gate(row, one, job.attempts, is_in_service=desk.is_in_service) for one in concerned)
        return next((why for why in reasons if why), "")

    async def run(self, places: tuple[Place, ...]) -> None:
        """Raises TerminalLost, and StoreError, once everything has come to a safe end."""
        connectors = self._sitting.site.connectors
        waiting = sorted(places, key=sequence.places(connectors).index)
        running: dict[Place, asyncio.Task[None]] = {}
        with told_as_itself():
            async with asyncio.TaskGroup() as tasks:
                while waiting or running:
                    found = sequence.next_of(waiting, tuple(running), connectors, self._shut)
                    for place, _ in found.shut:
                        waiting.remove(place)
                    for place in found.ready:
                        waiting.remove(place)
                        running[place] = tasks.create_task(self._attempt(place), name=f"test {place[0]}")
                    if running:
                        await asyncio.wait(running.values(), return_when=asyncio.FIRST_COMPLETED)
                    running = {place: task for place, task in running.items() if not task.done()}
                    if self._lost is not None:
                        waiting = []  # each of the others notices within a second, and ends safely
        if self._lost is not None:
            raise self._lost

    def _shut(self, place: Place) -> str:
        return self.gate(catalogue()[place[0]], place[1], self._sitting.job)

    async def _attempt(self, place: Place) -> None:
        sitting = self._sitting
        try:
            await sitting.telling.begun(place)
            await self._adapter_away(catalogue()[place[0]], place[1])
            if "person" in sequence.uses(place, sitting.site.connectors):
                sitting.person.connector = place[1]
                self._person.begin(place)
            attempt = await self._ticking(place)
            await self.put(attempt)
            await forget(sitting, place)
            await sitting.telling.attempt(attempt)
        except Interrupted as cut_off:
            self._lost = cut_off
            await self.put(cut_off.attempt)
        except TerminalLost as lost:
            self._lost = lost

    async def _adapter_away(self, row: Row, connector: ConnectorId | None) -> None:
        """A test leaves the adapter as it is; one at another outlet, a whole charge, and the end want it out."""
        at, needs_it = self._adapter_at, Need.ADAPTER in row.needs
        is_elsewhere = needs_it and (at != connector or step_of(row) is Step.ACTIVATE)
        wants_it_out = is_elsewhere or Need.NO_CAR in row.needs or step_of(row) is Step.REPORT
        if at is not None and wants_it_out:
            self._adapter_at = None
            await self._take_adapter_out(at)
        if needs_it:
            self._adapter_at = connector

    async def _take_adapter_out(self, at: ConnectorId) -> None:
        """A whole charge ends with it out: nobody is asked again."""
        person = self._sitting.person
        if person.has_taken_adapter_out:
            return
        person.connector = at
        with suppress(Declined):
            await person.set_adapter(AdapterPosition(state="out"))

    async def _ticking(self, place: Place) -> Attempt:
        """The attempt, with a sign of life each second. A terminal that is gone ends it: raises Interrupted."""
        sitting = self._sitting
        started, attempt, made = sitting.station.now(), None, None
        sign = {"running": {"test": place[0], "connector": place[1]}}
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(sitting.person.pulse(sign))
                attempt = await self._tests.attempt(place)
                watching.cancel()
        except* TerminalLost as lost:
            made = next((one.attempt for one in lost.exceptions if isinstance(one, Interrupted)), None)
        if attempt is not None:
            return attempt
        outcome = broken("it was ended in the middle: the terminal is gone", "run it again")
        raise Interrupted(made or record.not_judged(sitting.job, place, outcome, started=started, by=sitting.by))

    def tried_of(self, step: Step) -> frozenset[Place]:
        """What of a step was tried in this visit."""
        return frozenset(place for place in self._sitting.visit.tried if step_of(catalogue()[place[0]]) is step)

    async def put(self, attempt: Attempt) -> None:
        """On disk, and not to be tried again in this visit. Raises StoreError."""
        sitting = self._sitting
        await sitting.desk.keep_attempt(sitting.job, attempt)
        sitting.job = record.with_attempt(sitting.job, attempt)
        sitting.visit = replace(sitting.visit, tried=sitting.visit.tried | {(attempt.test, attempt.connector)})
