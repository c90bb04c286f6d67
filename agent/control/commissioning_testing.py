"""The tests of a visit: as many at once as disturb one another in nothing, each on disk before another rests on it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.control.attempting import do_all, ticking
from agent.control.commissioning_remembering import RememberingPerson, forget
from agent.core.commissioning import record, sequence
from agent.core.commissioning.catalogue import Need, Row, catalogue
from agent.core.commissioning.model import Attempt, Outcome
from agent.core.commissioning.steps import Place, Step, step_of
from agent.selftest.bench import AdapterPosition, Declined
from agent.selftest.ports import Helper

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
        await do_all(self, sorted(places, key=sequence.places(connectors).index), connectors)

    def why_shut(self, place: Place) -> str:
        return self.gate(catalogue()[place[0]], place[1], self._sitting.job)

    async def leave(self, place: Place, why: str) -> None:
        """Nothing is on record of it: it stays open, and comes again with what shut it."""

    async def do(self, place: Place) -> None:
        sitting = self._sitting
        await sitting.telling.begun(place)
        await self._adapter_away(catalogue()[place[0]], place[1])
        if "person" in sequence.uses(place, sitting.site.connectors):
            sitting.person.connector = place[1]
            self._person.begin(place)
        started = sitting.station.now()

        def not_judged(outcome: Outcome) -> Attempt:
            return record.not_judged(sitting.job, place, outcome, started=started, by=sitting.by)

        attempt = await ticking(self._tests, sitting.person, place, not_judged)
        await self.keep(attempt)
        await forget(sitting, place)
        await sitting.telling.attempt(attempt)

    async def _adapter_away(self, row: Row, connector: ConnectorId | None) -> None:
        """A test leaves the adapter as it is; one at another outlet, a whole charge, and the end want it out."""
        at, needs_it = self._adapter_at, Need.ADAPTER in row.needs and connector is not None
        is_elsewhere = needs_it and (at != connector or step_of(row) is Step.ACTIVATE)
        wants_it_out = is_elsewhere or Need.NO_CAR in row.needs or step_of(row) is Step.REPORT
        if at is not None and wants_it_out:
            self._adapter_at = None
            await self._take_adapter_out(at)
        if needs_it:
            self._adapter_at = connector

    async def _take_adapter_out(self, at: ConnectorId) -> None:
        """A whole charge ends with it out, and a car's never had it in: nobody is asked for nothing."""
        person = self._sitting.person
        if not person.adapter_is_in:
            return
        person.connector = at
        several = len(self._sitting.site.connectors) > 1
        with suppress(Declined):
            await person.set_adapter(AdapterPosition(state="out", connector=at if several else None))

    def tried_of(self, step: Step) -> frozenset[Place]:
        """What of a step was tried in this visit."""
        return frozenset(place for place in self._sitting.visit.tried if step_of(catalogue()[place[0]]) is step)

    async def keep(self, attempt: Attempt) -> None:
        """On disk, and not to be tried again in this visit. Raises StoreError."""
        sitting = self._sitting
        await sitting.desk.keep_attempt(sitting.job, attempt)
        sitting.job = record.with_attempt(sitting.job, attempt)
        sitting.visit = replace(sitting.visit, tried=sitting.visit.tried | {(attempt.test, attempt.connector)})
