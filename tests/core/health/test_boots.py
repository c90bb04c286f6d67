"""How a run ended is told by the next one, out of what is on record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.health.boots import Run, RunEnd, RunReason, bad_ends, how_it_ended, why_it_begins
from agent.core.health.trend import slope_per_day
from agent.core.time import Instant

RUNS = Run(started=Instant(100.0, 1_800_000_000_000, "boot-1"), version="1.0", reason=RunReason.FIRST)


@pytest.mark.parametrize(
    ("before", "boot_id", "watchdog", "reason"),
    [
        (replace(RUNS, how=RunEnd.IN_ORDER), "boot-1", False, RunReason.STARTED),
        (replace(RUNS, how=RunEnd.IN_ORDER), "boot-2", False, RunReason.REBOOT),
        (replace(RUNS, how=RunEnd.RESTART), "boot-1", False, RunReason.RESTART),
        (replace(RUNS, how=RunEnd.RESTART), "boot-2", True, RunReason.REBOOT),
        (RUNS, "boot-1", False, RunReason.KILLED),
        (RUNS, "boot-1", True, RunReason.KILLED),
        (replace(RUNS, stuck="connector 1"), "boot-1", False, RunReason.WATCHDOG),
        (RUNS, "boot-2", False, RunReason.POWER),
        (RUNS, "boot-2", True, RunReason.WATCHDOG),
        (replace(RUNS, stuck="store"), "boot-2", False, RunReason.POWER),
        (None, "boot-1", False, RunReason.FIRST),
    ],
)
def test_a_start_tells_how_the_run_before_it_ended(
    before: Run | None, boot_id: str, watchdog: bool, reason: RunReason
) -> None:
    assert why_it_begins(before, boot_id, hardware_watchdog=watchdog) is reason


@given(st.sampled_from(RunEnd), st.sampled_from(["boot-1", "boot-2"]), st.booleans())
def test_a_word_on_record_stands(how: RunEnd, boot_id: str, watchdog: bool) -> None:
    assert how_it_ended(replace(RUNS, how=how), boot_id, hardware_watchdog=watchdog) is how


def test_only_ends_of_the_last_hour_that_were_not_in_order_make_a_loop() -> None:
    now = Instant(10_000.0, 1_800_010_000_000, "boot-1")
    runs = [
        replace(RUNS, started=now.plus(-30.0), reason=RunReason.KILLED),
        replace(RUNS, started=now.plus(-3600.0), reason=RunReason.WATCHDOG),
        replace(RUNS, started=now.plus(-3601.0), reason=RunReason.KILLED),
        replace(RUNS, started=now.plus(-60.0), reason=RunReason.RESTART),
        replace(RUNS, started=now.plus(-90.0), reason=RunReason.POWER),
        replace(RUNS, started=Instant(50.0, None, "boot-0"), reason=RunReason.KILLED),
    ]

    assert bad_ends(runs, now) == 2


@given(st.floats(-500, 500), st.floats(1_000, 100_000), st.integers(4, 25))
def test_a_line_has_its_own_slope(kb_per_day: float, held_kb: float, hours: int) -> None:
    samples = [(3600.0 * hour, held_kb + kb_per_day * hour / 24) for hour in range(hours)]

    assert slope_per_day(samples) == pytest.approx(kb_per_day, abs=0.01)


def test_too_few_hours_are_no_trend() -> None:
    assert slope_per_day([(3600.0 * hour, 1.0) for hour in range(3)]) is None
    assert slope_per_day([(60.0 * minute, 1.0) for minute in range(25)]) is None
    assert slope_per_day([]) is None
