"""The central system as the self-tests see it, on the virtual clock: ST707, ST808 to ST811."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.core.commissioning.model import Verdict
from tests.selftest.site import Site, run_check, tell
from tools.simulate.same_time import SameTime


def test_an_update_that_nobody_could_judge_is_found_before_one_comes(tmp_path: Path) -> None:
    root = tmp_path / "manufacturer.pem"
    root.write_text("no certificate", encoding="ascii")

    unset = run_check("ST707")
    spoilt = run_check("ST707", more_site=f'[tls]\nmanufacturer_root_file = "{root}"\n')

    assert (unset.verdict, "no certificate is there" in unset.says) == (Verdict.WARN, True), unset
    assert (spoilt.verdict, spoilt.cause) == (Verdict.FAIL, "fw.signature_invalid"), spoilt


def behaving(**how: Any) -> SameTime:
    one = SameTime()
    for name, value in how.items():
        setattr(one, name, value)
    return one


def test_a_central_system_that_works_passes_them_all() -> None:
    async def story(site: Site) -> None:
        found = {test: await site.check(test) for test in ("ST705", "ST801", "ST804", "ST808", "ST809")}

        assert {test: outcome.verdict for test, outcome in found.items()} == dict.fromkeys(found, Verdict.PASS), found
        for test in ("ST805", "ST806", "ST807", "ST811"):
            found[test] = await site.check(test)
            assert found[test].is_not_applicable
        assert found["ST807"].says.startswith("security profile 0: nothing proves")

    tell(story)


@pytest.mark.parametrize(
    ("how", "cause", "says"),
    [
        ({"refused_status": 401}, "ocpp.auth_failed", "refuses identity or password"),
        ({"refused_status": 404}, "ocpp.boot_rejected", "does not know this charger"),
        ({"refused_status": 503}, "ocpp.offline", "is not available now"),
        ({"boot_status": "Rejected"}, "ocpp.boot_rejected", "rejects this charger"),
        ({"boot_status": "Pending"}, "ocpp.boot_rejected", "has not released it yet"),
        ({"is_deaf": True}, "ocpp.offline", "does not answer BootNotification"),
    ],
)
def test_whatever_keeps_it_from_being_taken_on_is_named(how: dict[str, Any], cause: str, says: str) -> None:
    async def story(site: Site) -> None:
        outcome = await site.check("ST808")

        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, cause), outcome
        assert says in outcome.says
        assert outcome.next

    tell(story, behaviour=behaving(**how))


def test_an_operator_who_releases_the_charger_within_a_minute_is_waited_for() -> None:
    async def story(site: Site) -> None:
        behaviour = site.charger.stage.office.system.behaviour

        async def released() -> None:
            await asyncio.sleep(12.0)
            behaviour.boot_status = "Accepted"

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(released())
            outcome = await site.check("ST808")

        assert outcome.verdict is Verdict.PASS, outcome
        assert "after the first look" in outcome.says

    tell(story, behaviour=behaving(boot_status="Pending", boot_interval_s=10))


def test_slow_answers_and_a_wrong_clock_are_told_with_their_limits() -> None:
    async def story(site: Site) -> None:
        behaviour = site.charger.stage.office.system.behaviour
        behaviour.answer_delay_s = 2.5
        slow = await site.check("ST809")
        behaviour.answer_delay_s, behaviour.clock_offset_s = 0.0, -8.0
        await site.passes(400.0)  # the next heartbeat, and what was remembered of the last look
        late, clock = await site.check("ST809"), await site.check("ST705")

        assert (slow.verdict, slow.cause) == (Verdict.FAIL, "ocpp.offline"), slow
        assert "(at most 2 s)" in slow.says
        assert (late.verdict, late.cause) == (Verdict.FAIL, "clock.unsynced"), late
        assert clock.verdict is Verdict.WARN

    tell(story)


def test_a_clock_that_is_minutes_off_fails() -> None:
    async def story(site: Site) -> None:
        outcome = await site.check("ST705")

        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "clock.unsynced"), outcome
        assert "timedatectl" in outcome.next

    tell(story, behaviour=behaving(clock_offset_s=-200.0))


def test_a_message_from_the_central_system_proves_that_it_can_ask() -> None:
    async def story(site: Site) -> None:
        async def asks() -> None:
            await asyncio.sleep(5.0)
            await site.charger.network("trigger", message="Heartbeat")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asks())
            outcome = await site.check("ST810")

        assert outcome.says == "the central system asked for TriggerMessage"
        assert "Ask the operator" in site.installer.told[0]

    tell(story)


def test_without_a_message_the_operator_is_believed_or_not() -> None:
    async def story(site: Site) -> None:
        site.installer.answers = {"ST810.seen": "no"}
        outcome = await site.check("ST810")

        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "ocpp.offline")

    tell(story)
