"""`evsectl commission` against a charger on paper: what is asked, told, kept, and gone on with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config.load import load
from agent.control.commissioning_texts import QUESTIONS
from agent.control.roles import Role
from agent.control.wire import Done, RefusalKind, Refused
from agent.core.commissioning.model import JobState, Verdict, failed, not_applicable, passed
from agent.drivers import loader
from tests.control.calling import Desk, desk
from tests.control.charger import SITE, Charger
from tests.control.installer import Installer, at_charger, latest, visit
from tests.control.paper_desk import PaperDesk


def test_a_faultless_charger_is_commissioned_and_each_question_is_asked_once(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    installer = Installer()

    end = visit(charger, socket_path, installer)

    assert end == Done({}, passed=True)
    own = [key for key in installer.asked if key in QUESTIONS]
    assert own == list(QUESTIONS)
    assert latest(paper).state is JobState.COMPLETE
    assert latest(paper).answers["report.id"] == "R1"
    assert {attempt.by for attempt in latest(paper).attempts} == {"installer Anna Meyer"}
    assert "Complete: this charger is in service." in installer.text()
    assert "Connector 2: at most 16 A; the connector's own fuse decides" in installer.text()


@pytest.mark.parametrize("walks_off", [0, 1, 3, 4, 5, 12, 15, 19, 30])
def test_whoever_walks_off_at_any_question_finds_it_again_and_no_other_twice(
    charger: Charger, socket_path: Path, paper: PaperDesk, walks_off: int
) -> None:
    first, second = Installer(walks_off=walks_off), Installer()

    assert visit(charger, socket_path, first) is None
    assert latest(paper).state is JobState.PAUSED
    assert paper.holder == ""
    end = visit(charger, socket_path, second)

    assert end == Done({}, passed=True)
    both = [key for key in [*first.asked, *second.asked] if key in QUESTIONS]
    assert both == list(QUESTIONS)
    assert len(paper.jobs) == 1
    assert latest(paper).runs == 2
    judged = [(one.test, one.connector) for one in latest(paper).attempts if one.outcome.verdict is Verdict.PASS]
    assert len(judged) == len(set(judged))


def test_a_terminal_that_is_closed_in_the_middle_of_a_test_ends_it_and_the_attempt_is_kept(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.takes_s["ST204"] = 60.0

    async def story(at: Desk) -> None:
        installer = Installer()
        visiting = asyncio.create_task(installer.visits(at))
        await paper.beginning("ST204").wait()
        visiting.cancel()
        await asyncio.sleep(5)
        assert paper.holder == ""

    at_charger(charger, socket_path, story)

    assert latest(paper).state is JobState.PAUSED
    cut = [one for one in latest(paper).attempts if one.test == "ST204"]
    assert [one.outcome.verdict for one in cut] == [Verdict.ERROR, Verdict.ERROR], "at both connectors"
    assert "the terminal is gone" in cut[0].outcome.says


def test_the_second_installer_is_refused_and_told_who_the_first_is(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.takes_s["ST204"] = 60.0

    async def story(at: Desk) -> None:
        visiting = asyncio.create_task(Installer().visits(at))
        await paper.beginning("ST204").wait()
        refused = await Installer().visits(at)
        visiting.cancel()
        assert isinstance(refused, Refused)
        assert refused.kind is RefusalKind.BUSY
        assert "installer Anna Meyer" in refused.text

    at_charger(charger, socket_path, story)
    assert len(paper.jobs) == 1


def test_a_failure_ends_nothing_and_is_the_first_thing_that_the_end_tells(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes["ST506"] = failed("3 of 50 answers came", "check the wire of the meter", cause="meter.comm")
    paper.outcomes["ST507"] = failed("no reading", "see the meter", cause="meter.implausible")
    installer = Installer()

    end = visit(charger, socket_path, installer)

    assert end == Done({}, passed=False)
    assert latest(paper).state is JobState.INCOMPLETE
    assert installer.told("summary")[0]["diagnosis"][0]["test"] == "ST506"
    lines = installer.text().splitlines()
    mend = next(number for number, line in enumerate(lines) if line.startswith("First to mend: "))
    assert lines[mend] == "First to mend: link to the meter at 1: 3 of 50 answers came"
    assert lines[mend + 1] == "Next: check the wire of the meter"
    assert "It explains ST507" in lines[mend + 2]
    assert [key for key in installer.asked if key.endswith(".again")] == ["self-test.again"]


def test_what_was_mended_is_tried_again_at_once_and_only_that(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes["ST203"] = failed("900 Hz", "change the board", cause="cp.generator")

    class Mending(Installer):
        def answer(self, question: str) -> str:
            answer = super().answer(question)
            if self.asked[-1] == "self-test.again":
                paper.outcomes.clear()
                return "again"
            return answer

    installer = Mending()

    assert visit(charger, socket_path, installer) == Done({}, passed=True)
    tried = [one for one in latest(paper).attempts if one.test == "ST203"]
    assert [one.outcome.verdict.value for one in tried] == ["fail", "fail", "pass", "pass"]
    assert sum(one.test == "ST204" for one in latest(paper).attempts) == 2
    assert latest(paper).runs == 1


def test_another_label_than_the_plans_is_told_and_asked_again_on_the_next_visit(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    first, second = Installer(label__serial="QE-000124"), Installer()

    assert visit(charger, socket_path, first) == Done({}, passed=False)
    assert "the label says QE-000124, and this charger was set up as QE-000123" in first.text()
    assert visit(charger, socket_path, second) == Done({}, passed=True)

    assert [key for key in second.asked if key in QUESTIONS] == ["label.serial"]


def test_what_is_skipped_by_name_carries_who_and_why_and_leaves_it_incomplete(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    end = visit(charger, socket_path, Installer(), skip="ST902,network", because="tester is broken")

    assert end == Done({}, passed=False)
    left_out = next(one for one in latest(paper).attempts if one.test == "ST902")
    assert left_out.outcome.says == "left out by Anna Meyer: tester is broken"
    network = next(one for one in latest(paper).steps if one.key == "network")
    assert (network.accepted_by, network.accepted_why) == ("Anna Meyer", "tester is broken")


def test_what_passed_before_stays_so_whoever_leaves_it_out_by_name(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    visit(charger, socket_path, Installer(walks_off=30))

    assert visit(charger, socket_path, Installer(), skip="ST204", because="no time") == Done({}, passed=True)

    assert {one.outcome.verdict for one in latest(paper).attempts if one.test == "ST204"} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"skip": "ST902"}, "write --because REASON"),
        ({"only": "netwrok"}, 'there is no step or test "netwrok"; steps are identify, plan'),
        ({"from": "start"}, 'there is no step "start"'),
    ],
)
def test_a_wrong_name_is_wrong_use(
    charger: Charger, socket_path: Path, paper: PaperDesk, arguments: dict[str, str], says: str
) -> None:
    end = visit(charger, socket_path, Installer(), **arguments)

    assert isinstance(end, Refused)
    assert end.kind is RefusalKind.BAD_REQUEST
    assert says in end.text
    assert paper.jobs == []


def test_one_test_alone_is_done_and_nothing_is_reported(charger: Charger, socket_path: Path, paper: PaperDesk) -> None:
    visit(charger, socket_path, Installer(walks_off=30))
    before = len(latest(paper).attempts)

    visit(charger, socket_path, Installer(), only="ST301")

    assert [one.test for one in latest(paper).attempts[before:]] == ["ST301", "ST301"]
    assert latest(paper).state is JobState.PAUSED
    assert paper.sealed == []


def test_a_charger_that_is_in_service_is_only_commissioned_anew_on_a_word(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    visit(charger, socket_path, Installer())

    again = visit(charger, socket_path, Installer())
    assert isinstance(again, Refused) and "--anew" in again.text
    assert visit(charger, socket_path, Installer(), anew=True) == Done({}, passed=True)
    assert [job.state for job in paper.jobs] == [JobState.COMPLETE, JobState.COMPLETE]


def test_an_installer_who_pauses_after_a_failure_goes_on_there(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes["ST301"] = failed("no trip", "change the module", cause="rcd.selftest_failed")
    first = Installer()
    first.answers["self-test.again"] = "pause"

    assert visit(charger, socket_path, first) == Done({}, passed=False)
    assert first.told("left")
    assert latest(paper).state is JobState.PAUSED
    paper.outcomes["ST301"] = passed("tripped after 40 ms")
    assert visit(charger, socket_path, Installer()) == Done({}, passed=True)


PLAN = """\
board = "sim-dual"
[site]
country = "DE"
supply_current_a = 16
commissioning = "lab"
[station]
serial_number = "QE-000123"
"""


def test_a_plan_is_compared_applied_on_a_yes_and_the_visit_goes_on_after_the_restart(
    charger: Charger, socket_path: Path, paper: PaperDesk, tmp_path: Path
) -> None:
    plan = tmp_path / "office.toml"
    plan.write_text(PLAN, encoding="utf-8")

    async def both() -> tuple[Done | Refused | None, Done | Refused | None, Installer, Installer]:
        first, second = Installer(), Installer()
        first.plan = second.plan = plan
        async with desk(charger, socket_path, Role.INSTALLER) as at:
            restarted = await first.visits(at, plan=str(plan))
            charger.config = load(charger.config.site_file, loader)
            return restarted, await second.visits(at, plan=str(plan)), first, second

    # In real time: what waits for the disk does so in a thread.
    restarted, end, first, second = asyncio.run(both())

    assert restarted == Done({"restarts": True}, passed=False)
    assert charger.restarts == 1
    assert "site.supply_current_a" in first.text()
    assert first.asked[-1] == "plan.apply"
    assert end == Done({}, passed=True)
    assert not set(first.asked) & set(second.asked)
    assert "QE-000123 is as planned; hard limit 16 A at connector 1, 16 A at connector 2" in second.text()


def test_parts_that_are_not_fitted_are_missing_from_nothing(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes |= {test: not_applicable("none is fitted") for test in ("ST603", "ST604", "ST605", "ST412")}
    installer = Installer()

    assert visit(charger, socket_path, installer) == Done({}, passed=True)
    assert installer.told("summary")[0]["counts"]["not_applicable"] == 7


def test_the_role_of_an_installer_is_needed(charger: Charger, socket_path: Path, paper: PaperDesk) -> None:
    async def story(at: Desk) -> None:
        end = await Installer().visits(at)
        assert isinstance(end, Refused) and end.kind is RefusalKind.NOT_PERMITTED

    at_charger(charger, socket_path, story, Role.OPERATOR)


def test_a_job_that_a_power_cut_left_running_goes_on(charger: Charger, socket_path: Path, paper: PaperDesk) -> None:
    visit(charger, socket_path, Installer(walks_off=10))
    paper.jobs[-1] = replace(latest(paper), state=JobState.RUNNING)

    assert visit(charger, socket_path, Installer()) == Done({}, passed=True)
    assert len(paper.jobs) == 1


def test_load_management_of_a_shared_feeder_is_looked_at_as_far_as_it_can_be(tmp_path: Path, socket_path: Path) -> None:
    charger = Charger(tmp_path, site=SITE.replace('commissioning = "lab"', 'commissioning = "lab"\nsafe_current_a = 6'))
    charger.commissioning = paper = PaperDesk()
    installer = Installer()

    visit(charger, socket_path, installer)

    step = next(one for one in latest(paper).steps if one.key == "load-management")
    assert step.verdict is Verdict.FAIL
    assert "falls back to 6 A after 600 s of silence" in step.says


def test_a_report_that_cannot_be_sealed_ends_nothing_and_is_sealed_later_by_its_name(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.disk_is_full = True
    first, second = Installer(), Installer()

    visit(charger, socket_path, first)
    assert "no room is left on the disk" in first.text()
    assert latest(paper).state is JobState.PAUSED
    paper.disk_is_full = False

    assert visit(charger, socket_path, second, only="report") == Done({}, passed=True)
    assert latest(paper).state is JobState.COMPLETE
    assert len(paper.sealed) == 1


def test_what_one_test_asked_the_next_one_knows(charger: Charger, socket_path: Path, paper: PaperDesk) -> None:
    visit(charger, socket_path, Installer(ST901__value="0.25"))

    assert paper.typed is not None
    assert paper.typed("ST901.value") == "0.25"
    assert paper.typed("installer.company") == "Elektro Meyer"
    assert paper.typed("nobody.asked") is None


def test_power_that_goes_right_behind_the_seal_leaves_a_commissioning_that_is_completed_next_time(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    visit(charger, socket_path, Installer())
    steps = tuple(one for one in latest(paper).steps if one.key != "hand-over")
    paper.jobs[-1] = replace(latest(paper), state=JobState.RUNNING, ended=None, steps=steps)
    again = Installer()

    assert visit(charger, socket_path, again) == Done({}, passed=True)

    assert latest(paper).state is JobState.COMPLETE
    assert again.asked == []


def test_what_was_tested_of_another_charger_does_not_go_on(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    visit(charger, socket_path, Installer(walks_off=30))
    paper.is_another = True
    second = Installer()

    assert visit(charger, socket_path, second) == Done({}, passed=True)

    assert [job.number for job in paper.jobs] == [1, 2]
    assert "a new commissioning begins" in str(second.told("tell")[0])
    assert [key for key in second.asked if key in QUESTIONS] == list(QUESTIONS)


def test_a_disk_that_is_full_in_the_middle_of_tests_is_told_as_that_and_everything_else_is_there(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.is_full_at = "ST204"

    end = visit(charger, socket_path, Installer())

    assert isinstance(end, Refused)
    assert "no room is left on the disk" in end.text
    assert paper.holder == ""
    paper.is_full_at = ""
    assert visit(charger, socket_path, Installer()) == Done({}, passed=True)
    assert len(paper.jobs) == 1
