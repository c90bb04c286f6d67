"""The steps of a commissioning: what is next, what is done anew, what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis.strategies import sampled_from

from agent.core.commissioning import record
from agent.core.commissioning.catalogue import Row, catalogue
from agent.core.commissioning.flow import Run, Visit, wish_of
from agent.core.commissioning.model import JobState, Verdict
from agent.core.commissioning.record import MOST_FAILURES, record_of
from agent.core.commissioning.report import INSPECTION
from agent.core.commissioning.steps import QUESTIONS, Site, Step, rows_of
from agent.core.time import Instant
from tests.core.commissioning.visits import ONE, OUTCOMES, SITE, TWO, Commission, attempted, new_job

ALL_PLACES = [place for row in catalogue().values() if row.test != "ST602" for place in SITE.places(row)]
"""Twenty minutes for a test that is optional: only by its name."""


def test_a_faultless_charger_goes_through_all_steps_once_and_is_complete() -> None:
    commission = Commission()

    assert commission.to_the_end().is_complete

    assert commission.asked == [key for step in Step for key in SITE.asks(step)]
    assert sorted(commission.ran, key=str) == sorted(ALL_PLACES, key=str)
    assert [one.key for one in commission.job.steps] == [step.value for step in Step]
    assert record.over(commission.job, SITE, Instant(9.0)).state is JobState.COMPLETE


def test_each_test_of_the_catalogue_belongs_to_one_step() -> None:
    assert sorted(row.test for step in Step for row in rows_of(step)) == sorted(catalogue())
    assert {row.test for row in rows_of(Step.MEASUREMENTS)} == {
        *("ST104", "ST901", "ST902", "ST905", "ST906", "ST907", "ST908", "ST909")
    }
    assert {"ST1001", "ST1002"} <= {row.test for row in rows_of(Step.ACTIVATE)}
    assert [row.test for row in rows_of(Step.REPORT)] == ["ST910"]


def test_a_step_that_failed_ends_no_run_and_is_repeated_on_the_next_visit_with_its_failed_tests_only() -> None:
    commission = Commission()
    commission.outcomes["ST203"] = "fail"

    over = commission.to_the_end()

    assert not over.is_complete
    assert [line for line in over.missing if "ST203" in line and "bad" in line]
    assert record_of(commission.job, Step.SELF_TEST).verdict is Verdict.FAIL  # type: ignore[union-attr]
    assert record_of(commission.job, Step.ACTIVATE).verdict is Verdict.PASS  # type: ignore[union-attr]
    commission.job = record.over(commission.job, SITE, Instant(2.0))
    assert commission.job.state is JobState.INCOMPLETE
    commission.again()
    commission.outcomes["ST203"] = "pass"
    assert commission.to_the_end().is_complete
    assert commission.asked == []
    assert commission.ran == [("ST203", ONE), ("ST203", TWO)]
    assert commission.done == [Step.REPORT, Step.HAND_OVER]
    assert commission.job.runs == 2


def test_a_test_is_repeated_three_times_and_no_more() -> None:
    commission = Commission()
    commission.outcomes["ST203"] = "fail"

    for _ in range(6):
        commission.to_the_end()
        commission.again()

    assert len(record.attempts_at(commission.job, ("ST203", ONE))) == MOST_FAILURES == 4


@given(sampled_from([row for row in catalogue().values() if row.is_must]), sampled_from(["fail", "skip", "error"]))
@settings(max_examples=25)
def test_never_complete_with_a_must_missing(row: Row, outcome: str) -> None:
    commission = Commission()
    commission.outcomes[row.test] = outcome

    over = commission.to_the_end()

    assert over.missing
    assert all(line.startswith(f"{row.test} ") for line in over.missing)


def test_an_optional_test_that_fails_or_a_part_that_is_not_fitted_leaves_it_complete() -> None:
    commission = Commission()
    commission.outcomes = {"ST405": "fail", "ST603": "not fitted", "ST304": "not fitted"}

    assert commission.to_the_end().is_complete


def test_a_closed_gate_leaves_tests_undone_and_says_why_and_the_run_goes_on() -> None:
    commission = Commission()
    commission.closed = {row.test: "the self-test failed" for row in rows_of(Step.ADAPTER) if row.is_energised}

    over = commission.to_the_end()

    ended = record_of(commission.job, Step.ADAPTER)
    assert ended is not None and ended.verdict is Verdict.SKIP and "the self-test failed" in ended.says
    assert not [place for place in commission.ran if place[0] in commission.closed]
    assert record_of(commission.job, Step.NETWORK).verdict is Verdict.PASS  # type: ignore[union-attr]
    assert not over.is_complete


def test_a_test_by_name_is_done_anew_and_nothing_else() -> None:
    commission = Commission()
    commission.to_the_end()
    commission.again(wish_of("ST301", ""))

    commission.to_the_end()

    assert commission.ran == [("ST301", ONE), ("ST301", TWO)]
    assert commission.asked == []


def test_an_optional_test_of_twenty_minutes_is_done_by_its_name() -> None:
    commission = Commission()
    commission.visit = Visit(wish=wish_of("ST602", ""))

    commission.to_the_end()

    assert commission.ran == [("ST602", ONE), ("ST602", TWO)]


def test_a_step_by_name_is_done_anew_with_its_questions() -> None:
    commission = Commission()
    commission.to_the_end()
    commission.again(wish_of("identify,network", ""))

    commission.to_the_end()

    assert commission.asked == list(SITE.asks(Step.IDENTIFY))
    assert {test for test, _ in commission.ran} == {row.test for row in rows_of(Step.NETWORK)}


def test_from_a_step_on_everything_is_done_anew() -> None:
    commission = Commission()
    commission.to_the_end()
    commission.again(wish_of("", "network"))

    commission.to_the_end()

    steps = (Step.NETWORK, Step.ACTIVATE, Step.REPORT)
    assert {test for test, _ in commission.ran} == {row.test for step in steps for row in rows_of(step)}
    assert commission.done == [Step.REPORT, Step.HAND_OVER]


@pytest.mark.parametrize(("only", "since"), [("ST999", ""), ("netwrok", ""), ("", "begin")])
def test_a_name_that_there_is_not_is_told_with_those_that_there_are(only: str, since: str) -> None:
    with pytest.raises(ValueError, match="steps are identify, plan"):
        wish_of(only, since)


def test_a_step_that_somebody_lets_stand_is_not_repeated_and_still_missing() -> None:
    commission = Commission()
    commission.outcomes["ST609"] = "fail"
    commission.to_the_end()
    commission.job = record.accepted(commission.job, Step.ADAPTER, "Anna Meyer", "the display comes in May")
    commission.again()

    over = commission.to_the_end()

    assert ("ST609", None) not in commission.ran and ("ST609", ONE) not in commission.ran
    assert [line for line in over.missing if line.startswith("ST609 ")]


def test_a_test_skipped_by_name_is_not_offered_again_and_still_missing() -> None:
    commission = Commission()
    reason = {record.ACCEPTED_BY: "Anna Meyer", record.ACCEPTED_WHY: "no tester today"}
    commission.job = attempted(commission.job, ("ST901", None), OUTCOMES["skip"], **reason)

    over = commission.to_the_end()

    assert ("ST901", None) not in commission.ran
    assert record_of(commission.job, Step.MEASUREMENTS).verdict is Verdict.PASS  # type: ignore[union-attr]
    assert [line.split()[0] for line in over.missing] == ["ST901"]


def test_without_a_central_system_its_tests_do_not_apply() -> None:
    commission = Commission(site=Site(connectors=(ONE,), has_network=False))

    assert commission.to_the_end().is_complete

    assert not {test for test, _ in commission.ran} & {row.test for row in rows_of(Step.NETWORK)}
    assert record_of(commission.job, Step.NETWORK).says.startswith("not applicable")  # type: ignore[union-attr]


def test_load_management_applies_where_a_feeder_is_shared() -> None:
    alone, shared = Commission(), Commission(site=replace(SITE, shares_feeder=True))

    for commission in (alone, shared):
        commission.to_the_end()

    assert Step.LOAD_MANAGEMENT not in alone.done
    assert Step.LOAD_MANAGEMENT in shared.done


def test_the_networks_unattended_tests_may_run_beside_the_self_test() -> None:
    commission = Commission()
    while not isinstance(what := commission.next(), Run):
        commission.do_one()

    assert what.step is Step.SELF_TEST
    assert ("ST808", None) in what.beside
    assert ("ST810", None) not in what.beside, "it wants nobody to plug in"
    for place in what.beside:
        commission.run(place)
    before = len(commission.ran)
    commission.to_the_end()
    assert not set(commission.ran[before:]) & set(what.beside)


def test_a_silence_of_more_than_a_quarter_of_an_hour_is_a_pause() -> None:
    job = replace(new_job(), started=Instant(0.0, 0, "a"))

    assert record.resumed(job, Instant(600.0, 600_000, "a")).pauses_ms == 0
    assert record.resumed(job, Instant(1200.0, 1_200_000, "a")).pauses_ms == 1_200_000
    assert record.resumed(job, Instant(3.0, 86_400_000, "b")).pauses_ms == 86_400_000
    assert record.resumed(job, Instant(3.0, None, "b")).pauses_ms == 0


def test_the_report_has_a_place_for_each_look_that_is_asked_for() -> None:
    assert {f"inspection.{word}" for word in INSPECTION} == set(QUESTIONS[Step.MEASUREMENTS])
