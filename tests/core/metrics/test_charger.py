from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import Attempt, Job, JobState, StepRecord, Verdict, failed, passed
from agent.core.metrics.charger import Answer, Span, Stage, figures_of
from agent.core.metrics.records import (
    MOUNTING_MINUTES,
    PLANNING_MINUTES,
    ChargerRecords,
    Gate,
    handover_of,
    merged,
    record_of,
)
from agent.core.time import Instant
from tests.core.metrics.histories import DAY_S, Life, charger_records, job, lives, records

HOUR_S = 3600.0


def a_good_life() -> tuple[Life, ChargerRecords]:
    """One day from the wall to the first paid energy, and five weeks after it."""
    life = Life(offset_ms=None).passes(Gate.UNIT).passes(Gate.POWERED).wait(HOUR_S)
    began = life.now()
    life.wait(600).passes(Gate.NETWORK).wait(2).passes(Gate.TLS).wait(3).passes(Gate.ACCEPTED).sets_clock()
    life.wait(1199)
    done = life.now()
    life.passes(Gate.AVAILABLE, 1).wait(60).passes(Gate.AVAILABLE, 2).passes(Gate.HANDED)
    life.wait(2 * DAY_S).passes(Gate.PAID).wait(35 * DAY_S)
    return life, records(life, job(1, began, done, pauses_s=600.0))


def test_a_charger_put_up_in_a_day_has_every_figure() -> None:
    _, found = a_good_life()

    figures = figures_of(found)

    assert figures.installation == Span(3600.0)
    assert figures.activation == Span(3600.0 + 600 + 5 + 1200 + 60)
    assert {stage.value: span.seconds for stage, span in figures.split.items()} == {
        "power_to_network": 4200.0,
        "network_to_tls": 2.0,
        "tls_to_accepted": 3.0,
        "accepted_to_available": 1260.0,
        "available_to_first_paid_energy": 2 * DAY_S,
    }
    (run,) = figures.runs
    assert (run.month, run.duration, run.pauses_s, run.visits) == ("2026-09", Span(1805.0 - 600.0), 600.0, 1)
    assert (figures.first_time_right, figures.onboarding) == (Answer(True), Answer(True))


@given(lives(well_clocked=True))
def test_wrong_clocks_that_were_set_right_change_no_duration(
    case: tuple[ChargerRecords, Life, list[tuple[float, float]]],
) -> None:
    found, life, truths = case
    figures = figures_of(found)

    network_s = life.passed[Gate.NETWORK, None]
    assert figures.split[Stage.NETWORK].seconds == pytest.approx(network_s, abs=0.01)
    for run, (began_s, ended_s) in zip(figures.runs, truths, strict=True):
        assert run.duration.seconds == pytest.approx(ended_s - began_s, abs=0.01)


@given(lives())
def test_within_one_boot_no_clock_changes_a_duration(
    case: tuple[ChargerRecords, Life, list[tuple[float, float]]],
) -> None:
    found, _, truths = case
    runs = zip(found.jobs, figures_of(found).runs, truths, strict=True)

    for one, run, (began_s, ended_s) in runs:
        if one.ended is not None and one.ended.boot_id == one.started.boot_id:
            assert run.duration.seconds == pytest.approx(ended_s - began_s, abs=0.001)


@given(lives())
def test_what_cannot_be_known_is_no_number_and_has_a_reason(
    case: tuple[ChargerRecords, Life, list[tuple[float, float]]],
) -> None:
    figures = figures_of(case[0])

    spans = [figures.installation, figures.activation, *figures.split.values(), *(run.duration for run in figures.runs)]
    assert all((span.seconds is None) == bool(span.why) for span in spans)
    assert all(span.seconds is None or span.seconds >= 0 for span in spans)
    assert all(answer.holds or answer.why for answer in (figures.first_time_right, figures.onboarding))


@given(charger_records(), st.randoms(use_true_random=False))
def test_neither_the_order_of_records_nor_a_record_twice_changes_a_figure(
    found: ChargerRecords, chance: object
) -> None:
    milestones, jobs = [*found.milestones, *found.milestones[:3]], [*found.jobs, *found.jobs]
    chance.shuffle(milestones)  # type: ignore[attr-defined]
    chance.shuffle(jobs)  # type: ignore[attr-defined]

    assert figures_of(replace(found, milestones=tuple(milestones), jobs=tuple(jobs))) == figures_of(found)


@given(charger_records(), st.data())
def test_an_earlier_export_laid_to_a_later_one_adds_nothing(found: ChargerRecords, data: st.DataObject) -> None:
    seen = data.draw(st.integers(0, len(found.milestones) - 1))
    jobs = tuple(replace(one, state=JobState.RUNNING, ended=None) for one in found.jobs)
    before = replace(found, milestones=found.milestones[:seen], jobs=jobs)

    assert figures_of(merged(before, found)) == figures_of(merged(found, before)) == figures_of(found)


def test_a_boot_that_never_knew_the_time_leaves_what_crosses_it_unknown() -> None:
    life = Life(offset_ms=None).passes(Gate.POWERED).wait(HOUR_S).boots(0)
    found = records(life, job(1, life.now(), life.wait(900).now()))

    figures = figures_of(found)

    assert figures.installation.seconds is None
    assert figures.installation.why.startswith("the clock was unknown")
    assert figures.runs[0].duration == Span(900.0)


def test_a_charger_that_ran_with_an_older_release_has_no_power_on_but_its_other_figures() -> None:
    life, found = a_good_life()
    began = life.milestones[0]
    others = [one for one in found.milestones if one.gate is not Gate.POWERED]
    began = replace(began, gate=Gate.BEGAN, fields=(("why", "an older release ran here before"),))

    figures = figures_of(replace(found, milestones=(began, *others)))

    assert figures.installation == Span(None, "the first power-on is not on record: an older release ran here before")
    assert figures.activation.seconds is None
    assert figures.split[Stage.TLS] == Span(2.0)
    assert figures.first_time_right == Answer(True)


def test_a_resumed_commissioning_is_one_run_and_a_night_between_makes_two_visits() -> None:
    life = Life().passes(Gate.POWERED)
    began = life.now()
    work = [life.wait(600).now(), life.boots().wait(60).now(), life.wait(16 * HOUR_S).now()]
    found = records(life, job(1, began, life.now(), runs=3, work=tuple(work), pauses_s=16 * HOUR_S))

    (run,) = figures_of(found).runs

    assert (run.visits, run.runs, run.duration) == (2, 3, Span(660.0))
    assert figures_of(found).first_time_right == Answer(False, "2 visits")


@pytest.mark.parametrize(
    ("days", "gate", "expected"),
    [
        (29, Gate.FAULT, Answer(False, "fault contactor.weld")),
        (31, Gate.FAULT, Answer(True)),
        (29, Gate.CONFIG, Answer(False, "the configuration was changed")),
        (31, Gate.CONFIG, Answer(True)),
    ],
)
def test_first_time_right_looks_thirty_days_ahead(days: float, gate: Gate, expected: Answer) -> None:
    life = Life().passes(Gate.POWERED)
    began, done = life.now(), life.wait(HOUR_S).now()
    life.wait(days * DAY_S).passes(gate, 1, id="contactor.weld").wait(5 * DAY_S)

    assert figures_of(records(life, job(1, began, done))).first_time_right == expected


def test_first_time_right_waits_until_the_thirty_days_are_over() -> None:
    life = Life().passes(Gate.POWERED)
    began, done = life.now(), life.wait(HOUR_S).now()
    life.wait(29 * DAY_S)

    answer = figures_of(records(life, job(1, began, done))).first_time_right

    assert answer == Answer(None, "the 30 days after commissioning are not over")


def test_another_commissioning_soon_after_and_one_that_was_given_up_before_speak_against_it() -> None:
    life = Life().passes(Gate.POWERED)
    one = job(1, life.now(), life.wait(HOUR_S).now(), state=JobState.ABANDONED)
    two = job(2, life.now(), life.wait(HOUR_S).now(), failures=("ST203",))
    three = job(3, life.wait(3 * DAY_S).now(), life.wait(HOUR_S).now())

    answer = figures_of(records(life, three, one, two)).first_time_right

    assert answer == Answer(False, "ST203 failed; commissioning 1 was abandoned; commissioned again as 3")


@pytest.mark.parametrize(
    ("handed_after", "paid_after", "expected"),
    [
        (0, 13, Answer(True)),
        (0, 15, Answer(False, "the first charge came 15 days after the hand-over")),
        (0, None, Answer(False, "no charge but tests since the hand-over")),
        (None, None, Answer(False, "the hand-over list is not ticked")),
    ],
)
def test_onboarding_wants_the_list_and_a_charge_within_a_fortnight(
    handed_after: float | None, paid_after: float | None, expected: Answer
) -> None:
    life = Life().passes(Gate.POWERED)
    began, done = life.now(), life.wait(HOUR_S).now()
    for gate, after in ((Gate.HANDED, handed_after), (Gate.PAID, paid_after)):
        if after is not None:
            life.wait(after * DAY_S).passes(gate)
    life.wait(20 * DAY_S)

    assert figures_of(records(life, job(1, began, done))).onboarding == expected


def test_a_fresh_hand_over_is_neither_complete_nor_failed() -> None:
    life = Life().passes(Gate.POWERED)
    began, done = life.now(), life.wait(HOUR_S).now()

    assert figures_of(records(life.wait(DAY_S), job(1, began, done))).onboarding.holds is None


def test_the_list_is_handed_over_with_its_last_tick_and_not_before() -> None:
    life = Life(offset_ms=None)
    ticks = {"lights": life.now(), "rcd": life.wait(60).now(), "extra": life.wait(60).now()}

    assert [one.gate for one in handover_of(ticks, ("lights", "rcd", "price"))] == [Gate.TICKED] * 3
    (*_, handed) = handover_of(ticks, ("lights", "rcd"))
    assert (handed.gate, handed.at) == (Gate.HANDED, ticks["rcd"])


def test_of_a_job_only_must_steps_that_failed_and_moments_go_into_the_records() -> None:
    at = [Instant(float(second), None, "b") for second in range(4)]
    bad = failed("says", "next", cause="cp.short")
    attempts = [
        Attempt(test=test, connector=None, version=1, attempt=1, started=at[1], duration_ms=1, outcome=outcome)
        for test, outcome in (("ST001", bad), ("ST203", passed("good")), ("ST203", bad), ("ST203", passed("good")))
    ]
    whole = Job(
        number=1,
        job_id="j",
        state=JobState.COMPLETE,
        started=at[0],
        ended=at[3],
        by="installer anna",
        pauses_ms=1500,
        answers={MOUNTING_MINUTES: "90,5", PLANNING_MINUTES: "an hour", "installer": "Anna"},
        steps=(StepRecord(key="papers", started=at[0], ended=at[2], verdict=Verdict.PASS),),
        attempts=tuple(attempts),
    )

    record = record_of(whole)

    assert record.failures == ("ST001", "ST203")
    assert (record.pauses_s, record.mounting_min, record.planning_min) == (1.5, 90.5, None)
    assert record.work == (at[0], at[1], at[2])
    assert "nna" not in repr(record)
