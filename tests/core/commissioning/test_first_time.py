"""Right the first time means one thing, to the report and to the figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.commissioning.first_time import is_right, visits_of
from agent.core.commissioning.model import Job, Verdict, broken, failed, skipped, warned
from agent.core.commissioning.report import report
from agent.core.commissioning.steps import Step
from agent.core.metrics.records import record_of
from agent.core.time import Instant
from tests.commissioning_jobs import BEGAN, attempt, facts, job, with_attempt, with_step

HEALTHY = job()
HOUR_S = 3600.0


def going_on(at: Instant) -> Job:
    """Somebody ran one more test then, in another run of the program."""
    one = attempt("ST810", warned("weak", "look again"), at=at)
    return replace(HEALTHY, runs=2, attempts=(*HEALTHY.attempts, one))


def test_a_job_without_a_failure_in_one_visit_is_right() -> None:
    assert (is_right(HEALTHY), visits_of(HEALTHY)) == (True, 1)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (with_attempt(HEALTHY, "ST101", failed("wrong", "mend it", cause="mcu.comm")), False),
        (with_attempt(HEALTHY, "ST101", broken("it fell silent", "again")), True),
        (with_attempt(HEALTHY, "ST810", failed("weak", "move it", cause="ocpp.offline")), True),
        (with_attempt(HEALTHY, "ST810", skipped("nobody there")), True),
        (with_step(HEALTHY, Step.MEASUREMENTS, Verdict.FAIL, "one is above its limit"), False),
    ],
)
def test_only_a_must_that_failed_speaks_against_it(changed: Job, expected: bool) -> None:
    assert is_right(changed) is expected
    assert bool(record_of(changed).failures) is not expected


@pytest.mark.parametrize(("rest_s", "visits"), [(2.0, 1), (3 * HOUR_S, 1), (5 * HOUR_S, 2), (16 * HOUR_S, 2)])
def test_rest_makes_a_visit_and_a_power_cut_makes_none(rest_s: float, visits: int) -> None:
    end = BEGAN.plus(7200.0)
    assert end.utc_ms is not None
    behind = Instant(monotonic_s=40.0, utc_ms=end.utc_ms + round(rest_s * 1000), boot_id="another")
    resumed = going_on(behind)

    assert (visits_of(resumed), is_right(resumed)) == (visits, visits == 1)


def test_where_no_clock_spans_the_power_cut_nobody_says_yes_or_no() -> None:
    resumed = going_on(Instant(monotonic_s=40.0, utc_ms=None, boot_id="another"))
    times = report(resumed, facts())["times"]

    assert isinstance(times, dict)
    assert (times["visits"], times["first_time_right"]) == (None, None)
