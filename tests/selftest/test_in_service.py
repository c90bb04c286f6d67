"""Taken into service without a restart, out of it by another circuit, and on record over restarts and crashes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

import pytest

from agent.core.commissioning.model import Attempt, Job, JobState, Outcome, StepRecord, Verdict
from agent.core.commissioning.sequence import places
from agent.core.commissioning.steps import Place, Step
from agent.core.commissioning.steps import Site as Connectors
from agent.errors import StoreError
from agent.selftest.bench import Declined
from agent.selftest.ports import Helper
from tests.selftest.installer import Installer
from tests.selftest.site import Site, place_of, tell

NOT_COMMISSIONED, SELFTEST_FAILED = "comm.not_commissioned", "comm.selftest_failed"


def found(site: Site, place: Place, verdict: Verdict = Verdict.PASS) -> Attempt:
    return Attempt(
        test=place[0],
        connector=place[1],
        version=1,
        attempt=1,
        started=site.charger.stage.charger.clock.now(),
        duration_ms=1,
        outcome=Outcome(verdict=verdict, says="by a test of the store"),
    )


async def commissioned(site: Site, but: str = "") -> Job:
    """Every test on record as passed, and every step, as a whole commissioning leaves them; `but` one of the tests."""
    desk, now = site.charger.agent.tests.desk, site.charger.stage.charger.clock.now()
    job = await desk.begin("anna")
    for place in places(site.charger.agent.station.connectors):
        if place[0] != but:
            await desk.keep_attempt(job, found(site, place))
    steps = tuple(StepRecord(key=step.value, started=now, ended=now, verdict=Verdict.PASS) for step in Step)
    job = replace(job, steps=steps)
    await sealed(site, job)
    job = replace(job, state=JobState.COMPLETE, ended=now)
    await desk.keep(job)
    return job


async def sealed(site: Site, job: Job) -> None:
    desk = site.charger.agent.tests.desk
    kept = await site.charger.agent.station.store.commissioning.jobs.numbered(job.number)
    assert kept is not None
    connectors = tuple(site.charger.agent.station.connectors)
    await desk.seal(replace(job, attempts=kept.attempts), Connectors(connectors=connectors))


async def gives_power(site: Site) -> bool:
    await site.charger.plug_in()
    await site.charger.swipe()
    await site.passes(80.0)
    closed = site.charger.outlet()["contactor"] == "closed"
    await site.world("plug_out", connector=1)
    await site.passes(12.0)
    return bool(closed)


def test_a_complete_commissioning_gives_power_at_once_and_after_a_restart() -> None:
    async def story(site: Site) -> None:
        assert site.charger.session().faults.ids == (NOT_COMMISSIONED,)
        assert not await gives_power(site)

        await commissioned(site)
        await site.passes(12.0)

        assert site.charger.session().faults.ids == ()
        assert await gives_power(site)
        await site.charger.stage.charger.kill()
        await site.charger.stage.charger.start()
        await site.passes(12.0)
        assert await gives_power(site)

    tell(story, commissioning="required")


def test_a_job_that_lacks_a_must_gives_no_power_whatever_it_calls_itself() -> None:
    async def story(site: Site) -> None:
        with pytest.raises(StoreError, match="ST902"):
            await commissioned(site, but="ST902")
        await site.passes(12.0)

        assert site.charger.session().faults.ids == (NOT_COMMISSIONED,)
        assert site.charger.agent.station.store.commissioning.jobs.service is None

    tell(story, commissioning="required")


def test_a_larger_breaker_than_was_commissioned_ends_it_at_the_next_start_and_says_why() -> None:
    async def story(site: Site) -> None:
        await commissioned(site)
        charger = site.charger.stage.charger
        await charger.stop()
        file = charger._site_file
        file.write_text(file.read_text().replace("supply_current_a = 32", "supply_current_a = 63"))
        await charger.start()
        await site.passes(12.0)

        (fault,) = site.charger.session().faults.faults
        assert (fault.kind.id, "63 is more" in str(fault.evidence)) == (NOT_COMMISSIONED, True)
        assert not await gives_power(site)

    tell(story, commissioning="required")


def test_no_power_without_a_complete_report() -> None:
    async def story(site: Site) -> None:
        job = await commissioned(site)
        desk = site.charger.agent.tests.desk
        anew = await desk.begin("anna")
        for attempt in (await site.charger.agent.station.store.commissioning.jobs.numbered(job.number) or job).attempts:
            await desk.keep_attempt(anew, attempt)
        with pytest.raises(StoreError, match="no complete report"):
            await desk.keep(replace(anew, steps=job.steps, state=JobState.COMPLETE))

        record = site.charger.agent.station.store.commissioning.jobs.service
        assert record is not None and record.job == job.number

    tell(story, commissioning="required")


def test_what_was_tested_at_another_circuit_is_not_completed_here() -> None:
    async def story(site: Site) -> None:
        desk, charger = site.charger.agent.tests.desk, site.charger.stage.charger
        with pytest.raises(StoreError, match="ST910"):
            await commissioned(site, but="ST910")
        await charger.stop()
        file = charger._site_file
        file.write_text(file.read_text().replace("supply_current_a = 32", "supply_current_a = 63"))
        await charger.start()
        desk = site.charger.agent.tests.desk
        job = await desk.latest()
        assert job is not None
        await desk.keep_attempt(job, found(site, place_of("ST910")))

        with pytest.raises(StoreError, match="another charger or circuit"):
            await desk.keep(replace(job, state=JobState.COMPLETE))
        assert desk.as_it_is(job) is None
        assert await desk.open_job() is None
        assert await desk.attempts() == ()
        assert not desk.is_in_service

    tell(story, commissioning="required")


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_its_last_write_a_commissioning_is_complete_and_in_service_or_neither(when: str) -> None:
    async def story(site: Site) -> None:
        charger = site.charger.stage.charger
        job = await commissioned(site)
        await site.charger.agent.station.store.writer.write(
            lambda connection: connection.execute("DELETE FROM in_service").rowcount
        )
        charger.crash_at_commit(1, when)
        with suppress(BaseException):  # the agent dies at its commit, and its store with it
            await site.charger.agent.tests.desk.keep(replace(job, runs=2))
        await charger.ended()
        await charger.start()
        await site.passes(1.0)

        jobs = site.charger.agent.station.store.commissioning.jobs
        kept = await jobs.numbered(job.number)
        assert kept is not None
        assert (kept.runs == 2, jobs.service is not None) == ((when == "after",) * 2)

    tell(story, commissioning="required")


def test_a_charger_in_service_is_not_tried_for_a_lock_that_is_open() -> None:
    async def story(site: Site) -> None:
        await commissioned(site)
        await site.passes(12.0)

        outcome = await site.check("ST105")

        assert (outcome.verdict, outcome.is_not_applicable) == (Verdict.SKIP, True), outcome

    tell(story, commissioning="required")


def test_a_failure_under_power_locks_the_output_until_the_test_has_passed_also_over_a_restart() -> None:
    async def story(site: Site) -> None:
        job = await commissioned(site)
        desk = site.charger.agent.tests.desk
        await desk.keep_attempt(None, found(site, place_of("ST403"), Verdict.FAIL))
        await site.passes(12.0)
        assert SELFTEST_FAILED in site.charger.session().faults.ids
        assert [one.test for one in await desk.attempts()][-1] == "ST403"
        assert (
            await site.charger.agent.station.store.commissioning.jobs.numbered(job.number) or job
        ).state is JobState.COMPLETE

        await site.charger.stage.charger.start()
        await site.passes(12.0)
        assert SELFTEST_FAILED in site.charger.session().faults.ids
        await site.charger.agent.tests.desk.keep_attempt(None, found(site, place_of("ST403")))
        await site.passes(12.0)

        assert site.charger.session().faults.ids == ()

    tell(story, commissioning="required")


def test_a_first_charge_gets_power_before_the_commissioning_is_complete_and_ends_with_its_test() -> None:
    async def story(site: Site) -> None:
        service = site.charger.agent.tests.service
        connector = place_of("ST1001")[1]
        assert connector is not None
        async with service.provisional(connector):
            await site.charger.plug_in()
            await site.charger.swipe()
            await site.passes(80.0)
            assert site.charger.outlet()["contactor"] == "closed"

        assert site.charger.outlet()["contactor"] == "open"
        assert site.charger.session().transaction is None
        await site.world("plug_out", connector=1)
        await site.passes(12.0)
        assert site.charger.session().faults.ids == (NOT_COMMISSIONED,)
        assert not await gives_power(site)

    tell(story, commissioning="required")


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_write_of_a_commissioning_what_was_told_as_kept_is_there(when: str) -> None:
    """Nothing of it twice; and in service exactly where the last write of all is on disk."""

    async def story(site: Site) -> None:
        charger = site.charger.stage.charger
        for commits in range(1, 12):
            before = len(await site.charger.agent.station.store.commissioning.jobs.all())
            charger.crash_at_commit(commits, when)
            kept: list[Attempt] = []
            number = 0
            try:
                desk = site.charger.agent.tests.desk
                job = await desk.begin("anna")
                number = job.number
                for place in places(site.charger.agent.station.connectors)[:9]:
                    attempt = found(site, place)
                    await desk.keep_attempt(job, attempt)
                    kept.append(attempt)
            except BaseException:  # noqa: BLE001 - the agent dies at its commit, and its store with it
                pass
            await charger.ended()
            await charger.start()
            await site.passes(1.0)
            jobs = await site.charger.agent.station.store.commissioning.jobs.all()
            assert len(jobs) - before in ((1,) if number else (0, 1))
            if number:
                attempts = jobs[-1].attempts
                assert attempts[: len(kept)] == tuple(kept)
                assert len(attempts) - len(kept) in (0, 1)

    tell(story, commissioning="required")


class Away(Installer):
    """At a terminal, and not at the charger."""

    challenges: ClassVar[list[bytes]] = []

    async def prove(self, challenge: bytes) -> bytes:
        self.challenges.append(challenge)
        raise Declined("nobody watches the outlet")


def test_a_controller_without_a_key_gives_power_for_a_test_on_somebodys_word_alone() -> None:
    async def story(site: Site) -> None:
        away = Away(world=site.charger.stage.rig.world)
        helper = Helper(person=away, by="installer anna", prove=away.prove)

        outcome = await site.check("ST508", helper=helper)

        assert (outcome.verdict, outcome.says) == (Verdict.SKIP, "nobody watches the outlet")
        assert away.challenges == [b""]
        assert away.positions == []

    tell(story, board="sim-bender")
