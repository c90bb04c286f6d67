"""One attempt at a test, at a whole charger in its world: whatever happens, it has an outcome and ends safely."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent import selftest
from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import Outcome, Verdict, passed
from agent.core.control_pilot import ContactorState
from agent.core.session.lending import objection_to_loan
from agent.drivers.board_service import Drive
from agent.errors import Busy, DriverUnavailable
from agent.selftest.bench import AdapterPosition, Bench, Declined, TerminalLost
from agent.selftest.checks_found import Check, files
from agent.selftest.ports import Helper
from agent.selftest.runner import Interrupted, Runner
from tests.selftest.site import Site, place_of, tell

BOARD_RESTS_S = 65.0
"""A board that has just started closes nothing for a minute."""
Run = Callable[[Bench], Awaitable[Outcome]]


async def attempted(site: Site, test: str, run: Run, connector: int = 1) -> Outcome:
    """With a check of our own in place of the built one."""
    helper = Helper(person=site.installer, by="installer anna", prove=site.installer.prove)
    site.installer.connector = connector
    tests = site.charger.agent.tests
    runner = Runner(tests.charger, helper, lambda: tuple(site.attempts), find=lambda _: Check(version=1, run=run))
    return (await runner.attempt(place_of(test, connector))).outcome


async def adapter_at(bench: Bench, state: str, load_a: float = 0.0) -> None:
    assert await bench.set_adapter(AdapterPosition(state=state, load_a=load_a))


async def live(bench: Bench, load_a: float = 0.0) -> None:
    """The output switched on, and left so."""
    await adapter_at(bench, "B")
    await bench.offer(16.0)
    await bench.permit(True)
    await adapter_at(bench, "C", load_a)
    assert await bench.until(lambda: bench.contactor() is ContactorState.CLOSED, 80.0) is not None
    await bench.wait(0.5)  # the auxiliary contact is the first to close


def is_live(site: Site) -> bool:
    return bool(site.charger.outlet()["contactor"] == "closed")


def test_what_a_check_leaves_switched_on_is_switched_off_before_the_next_begins() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await live(bench)
            assert is_live(site)
            return passed("it is live")

        outcome = await attempted(site, "ST402", run)

        assert outcome.verdict is Verdict.PASS
        assert not is_live(site)
        assert site.charger.session().loan is None

    tell(story)


@pytest.mark.parametrize(
    ("error", "verdict", "words"),
    [
        (DriverUnavailable("meter on bus1", "no answer from address 1"), Verdict.ERROR, "no answer from address 1"),
        (Declined("the knob is broken"), Verdict.SKIP, "the knob is broken"),
        (ZeroDivisionError("division by zero"), Verdict.ERROR, "the test itself made a mistake"),
    ],
)
def test_a_check_that_fails_by_itself_says_so_and_leaves_a_safe_output(
    error: Exception, verdict: Verdict, words: str
) -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await live(bench)
            raise error

        outcome = await attempted(site, "ST402", run)

        assert (outcome.verdict, words in outcome.says) == (verdict, True)
        assert not is_live(site)

    tell(story)


def test_a_check_that_hangs_is_ended_and_the_time_of_a_person_is_not_counted() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await bench.person.confirms("ST402.ready", "Ready?")
            await live(bench)
            await asyncio.Event().wait()
            return passed("never")

        class Slow(type(site.installer)):  # type: ignore[misc]
            async def ask(self, question: object) -> str:
                await asyncio.sleep(200.0)
                return "yes"

        site.installer = Slow(world=site.installer.world)
        began = site.charger.stage.charger.clock.now()
        outcome = await attempted(site, "ST402", run)

        assert "not done within 90 s" in outcome.says
        assert 280 < site.charger.stage.charger.clock.now().since(began) < 320
        assert not is_live(site)

    tell(story)


def test_a_car_that_comes_in_the_middle_ends_the_test_and_gets_its_own_charge_afterwards() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            assert bench.board is not None
            await bench.board.drive(Drive.PWM, 50.0)
            await site.world("plug_in", connector=1)
            await asyncio.sleep(20.0)
            return passed("nobody saw it")

        outcome = await attempted(site, "ST203", run)

        assert (outcome.verdict, "something was plugged in" in outcome.says) == (Verdict.SKIP, True)
        assert site.charger.outlet()["contactor"] == "open"
        await site.charger.swipe()
        await site.passes(10.0)
        assert site.charger.transactions() != []

    tell(story)


def test_somebody_who_draws_current_where_an_adapter_draws_none_is_cut_off() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await live(bench, load_a=10.0)
            await asyncio.sleep(20.0)
            return passed("nobody saw it")

        outcome = await attempted(site, "ST402", run)

        assert (outcome.verdict, "is a car plugged in?" in outcome.says) == (Verdict.SKIP, True)
        assert not is_live(site)

    tell(story)


def test_a_contactor_that_does_not_open_is_told_before_whatever_the_test_found() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await live(bench)
            await site.world("fault", name="weld", connector=1)
            return passed("it closed in 20 ms")

        outcome = await attempted(site, "ST402", run)
        await site.world("heal", name="weld", connector=1)
        await site.passes(10.0)

        assert (outcome.verdict, outcome.says.startswith("the output could not be made safe")) == (Verdict.ERROR, True)
        assert "breaker" in outcome.next

    tell(story, may_break=("live",))


def test_a_terminal_that_is_gone_leaves_an_attempt_on_record_and_a_safe_output() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await live(bench)
            raise TerminalLost("the terminal is gone")

        with pytest.raises(Interrupted) as interrupted:
            await attempted(site, "ST402", run)

        assert interrupted.value.attempt.outcome.verdict is Verdict.ERROR
        assert not is_live(site)

    tell(story)


def test_a_run_that_is_cancelled_ends_safely_too() -> None:
    async def story(site: Site) -> None:
        is_on = asyncio.Event()

        async def run(bench: Bench) -> Outcome:
            await live(bench)
            is_on.set()
            await asyncio.Event().wait()
            return passed("never")

        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(attempted(site, "ST402", run))
            await is_on.wait()
            assert is_live(site)
            task.cancel()

        assert not is_live(site)
        assert site.charger.session().loan is None

    tell(story)


def test_a_program_that_ends_takes_the_output_back_from_the_test() -> None:
    async def story(site: Site) -> None:
        found: list[Outcome] = []
        is_on = asyncio.Event()

        async def run(bench: Bench) -> Outcome:
            await live(bench)
            is_on.set()
            await asyncio.Event().wait()
            return passed("never")

        async def test() -> None:
            found.append(await attempted(site, "ST402", run))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(test())
            await is_on.wait()
            await site.charger.stage.charger.stop()
            assert not is_live(site)
        await site.charger.stage.charger.start()
        await site.passes(5.0)

        assert "ends its program" in found[0].says

    tell(story)


def test_a_running_charge_is_not_disturbed_and_a_look_is_taken_beside_it() -> None:
    async def story(site: Site) -> None:
        await site.passes(BOARD_RESTS_S)
        await site.charger.charge()

        refused = await site.check("ST203")
        looked = await site.check("ST708")

        assert (refused.verdict, "output is live" in refused.says) == (Verdict.SKIP, True)
        assert looked.verdict is not Verdict.SKIP
        assert is_live(site)

    tell(story)


def test_while_a_connector_is_tested_nobody_charges_there_and_the_network_knows() -> None:
    async def story(site: Site) -> None:
        answers: list[object] = []

        async def run(bench: Bench) -> Outcome:
            await site.charger.swipe()
            answers.append(await site.charger.network("remote_start", token="04A1B2C3", connector=1))
            assert "has it already" in objection_to_loan(site.charger.session())
            await asyncio.sleep(2.0)
            return passed("nobody came")

        before = len(site.charger.statuses())
        assert (await attempted(site, "ST203", run)).verdict is Verdict.PASS
        await site.passes(5.0)

        assert "Rejected" in str(answers)
        assert site.charger.statuses()[before:] == ["Unavailable", "Available"]
        assert site.charger.transactions() == []
        await site.passes(BOARD_RESTS_S)
        await site.charger.charge()

    tell(story)


def test_a_second_one_is_told_who_tests_and_for_how_long() -> None:
    async def story(site: Site) -> None:
        with site.running():
            await site.passes(30.0)
            with (
                pytest.raises(Busy, match=r"commissioned already: by installer anna, for 30 s, .* question"),
                site.running(),
            ):
                pass

    tell(story)


def test_power_wants_the_key_of_this_unit_and_somebody_at_its_button() -> None:
    async def story(site: Site) -> None:
        async def run(bench: Bench) -> Outcome:
            await live(bench)
            return passed("it is live")

        site.installer.key = bytes(32)
        wrong = await attempted(site, "ST402", run)
        site.installer.key = bytes(range(32))
        assert wrong.verdict is Verdict.ERROR
        assert wrong.says.startswith("this is not the key card of this unit")
        assert "key card" in wrong.next and "wire" not in wrong.next
        assert (await attempted(site, "ST402", run)).verdict is Verdict.PASS
        await site.passes(700.0)
        site.installer.is_there = False
        alone = await attempted(site, "ST402", run)
        assert (alone.verdict, "button" in alone.says) == (Verdict.SKIP, True)

    tell(story)


def test_no_test_without_power_in_its_row_permits_any_and_a_look_moves_nothing() -> None:
    async def story(site: Site) -> None:
        async def permits(bench: Bench) -> Outcome:
            await bench.permit(True)
            return passed("it was permitted")

        async def offers(bench: Bench) -> Outcome:
            await bench.offer(16.0)
            return passed("it was offered")

        assert "no test with power" in (await attempted(site, "ST203", permits)).says
        assert "moves nothing" in (await attempted(site, "ST505", offers)).says

    tell(story)


def test_every_row_of_the_catalogue_has_its_check_and_every_check_its_row() -> None:
    assert frozenset(catalogue()) == frozenset(files())


def test_every_limit_names_its_source() -> None:
    calls = [
        (file.name, call.lineno, {word.arg for word in call.keywords})
        for folder in selftest.__path__
        for file in Path(folder).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Measured"
    ]

    assert len(calls) > 100
    assert [(file, line) for file, line, words in calls if words & {"low", "high"} and "source" not in words] == []
