"""The figure of the rule, and what goes into it: moved by exactly what moves a boundary, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.acts import Act
from agent.core.uptime.figures import MonthFigure, figures_of
from agent.core.uptime.model import (
    Cause,
    CauseClass,
    Exclusion,
    Offline,
    Outage,
    PortService,
    ServiceRecords,
    Window,
)
from agent.core.uptime.repairs import RepairFigures
from agent.service_rows import read_service, service_rows
from agent.zones import zone_of

MINUTE_MS = 60_000
BEGAN_MS = round(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
NOW_MS = round(datetime(2027, 3, 1, tzinfo=UTC).timestamp() * 1000)
YEAR_MIN = 525_600


def at(minute: float) -> Instant:
    """Minutes since the port began to serve, of one long boot with a clock."""
    return Instant(60.0 * minute, BEGAN_MS + round(minute * MINUTE_MS), "b")


def outage(
    begin: float,
    end: float | None,
    of: CauseClass = CauseClass.CHARGER_HARDWARE,
    *,
    number: int = 1,
    wanted: bool = True,
) -> Outage:
    ended = None if end is None else at(end)
    return Outage(
        number=number, port=1, cause=Cause(key=f"k{of.value}", of=of), began=at(begin), ended=ended, wanted=wanted
    )


def records(*outages: Outage, **more: object) -> ServiceRecords:
    whole = ServiceRecords(
        now=at((NOW_MS - BEGAN_MS) / MINUTE_MS),
        ports=(PortService(port=1, began=at(0)),),
        outages=outages,
        runs=(Run(number=1, began=at(0), alive=at(1)),),
        is_networked=True,
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def window(begin: float, end: float, number: int = 1) -> Window:
    from_ms, until_ms = (BEGAN_MS + round(minute * MINUTE_MS) for minute in (begin, end))
    return Window(number=number, opened=at(begin), from_ms=from_ms, until_ms=until_ms, why="service", by="anna")


def newest(record: ServiceRecords) -> MonthFigure:
    """Of the last month that is over."""
    return figures_of(record).months[-2]


def test_an_hour_of_a_year_is_what_the_rule_says() -> None:
    figure = newest(records(outage(1_000, 1_060)))

    assert not figure.is_partial
    assert figure.year.outage_ms == 60 * MINUTE_MS
    assert figure.percent == pytest.approx((YEAR_MIN - 60) / YEAR_MIN * 100)
    assert figure.percent == figure.percent_connected


def test_a_partial_year_says_so_and_tells_both_figures() -> None:
    first = figures_of(records(outage(0, 31 * 24 * 60 / 2)), months=12).months[0]

    assert (first.month, first.is_partial) == ("2026-04", True)
    assert first.percent == pytest.approx((YEAR_MIN - 22_320) / YEAR_MIN * 100)
    whole = figures_of(records(outage(0, 22_320)), months=13).months[0]
    assert whole.month == "2026-03"
    assert whole.percent_of_recorded == pytest.approx(50.0)


SPANS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 400)), max_size=8)


def apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """One behind the other, as the tracker makes them."""
    found, end = [], 0
    for gap, length in spans:
        found.append((end + gap, end + gap + length))
        end += gap + length
    return found


@given(SPANS, st.lists(st.sampled_from(list(CauseClass)), min_size=8, max_size=8), SPANS)
@settings(max_examples=60)
def test_exclusion_lies_in_outage_and_outage_in_the_record(
    spans: list[tuple[int, int]], classes: list[CauseClass], windows: list[tuple[int, int]]
) -> None:
    outages = [outage(*span, of, number=n) for n, (span, of) in enumerate(zip(apart(spans), classes, strict=False))]
    record = records(*outages, windows=tuple(window(*one, n) for n, one in enumerate(apart(windows))))

    figures = figures_of(record)

    for one in figures.months:
        assert 0 <= one.year.excluded_ms <= one.year.outage_ms <= one.year.unconnected_ms <= one.year.recorded_ms
    assert newest(record).year.outage_ms == sum(one.at[1] - one.at[0] for one in figures.outages)
    for placed in figures.outages:
        assert placed.excluded_ms == sum(part.at[1] - part.at[0] for part in placed.excluded)
        assert all(placed.at[0] <= part.at[0] < part.at[1] <= placed.at[1] for part in placed.excluded)


@given(st.integers(10, 5_000), st.integers(1, 500), st.integers(-9, 9).filter(bool), st.sampled_from(["begin", "end"]))
@settings(max_examples=60)
def test_moving_a_boundary_moves_the_figure_by_exactly_that(begin: int, length: int, by: int, which: str) -> None:
    by = max(by, 1 - length) if which == "end" else min(by, length - 1)
    moved = outage(begin + by, begin + length) if which == "begin" else outage(begin, begin + length + by)
    before, after = newest(records(outage(begin, begin + length))), newest(records(moved))

    longer_min = by if which == "end" else -by
    assert after.year.outage_ms - before.year.outage_ms == longer_min * MINUTE_MS
    assert before.percent is not None
    assert after.percent == pytest.approx(before.percent - longer_min / YEAR_MIN * 100, abs=1e-9)


def test_each_class_counts_as_the_rule_lists_it() -> None:
    counted = {of: newest(records(outage(100, 200, of))).year.excluded_ms == 0 for of in CauseClass}

    assert [of for of, counts in counted.items() if not counts] == [CauseClass.VEHICLE, CauseClass.GRID]


def test_a_window_excludes_what_begins_in_it_up_to_its_end_and_not_what_was_broken_before() -> None:
    inside = records(outage(110, 160), windows=(window(100, 130),))
    before = records(outage(90, 160), windows=(window(100, 130),))
    of_the_supply = records(outage(90, 160, CauseClass.SITE), windows=(window(100, 130),))
    by_network = records(outage(90, 160, CauseClass.CSMS), windows=(window(100, 130),))

    assert newest(inside).year.excluded_ms == 20 * MINUTE_MS
    assert newest(before).year.excluded_ms == newest(of_the_supply).year.excluded_ms == 0
    assert newest(by_network).year.excluded_ms == 30 * MINUTE_MS
    [part] = figures_of(inside).outages[0].excluded
    assert (part.why, part.by) == (Exclusion.MAINTENANCE, "anna")


def test_a_window_that_was_closed_early_ends_then() -> None:
    early = replace(window(100, 130), closed_ms=BEGAN_MS + 120 * MINUTE_MS)

    assert newest(records(outage(110, 160), windows=(early,))).year.excluded_ms == 10 * MINUTE_MS


def test_what_a_person_says_goes_before_everything_and_keeps_their_name() -> None:
    said = replace(outage(100, 200), verdict="vandalism", verdict_by="uid 1000", verdict_why="cable stolen")
    counts = replace(outage(100, 200, CauseClass.GRID), verdict="none", verdict_by="uid 1000")

    assert newest(records(said)).year.excluded_ms == 100 * MINUTE_MS
    assert figures_of(records(said)).outages[0].excluded[0].by == "uid 1000"
    assert newest(records(counts)).year.excluded_ms == 0


def test_hours_outside_of_operation_do_not_count() -> None:
    # 2026-03-02 is a Monday; it is closed until seven in Berlin, six by UTC.
    day = 24 * 60
    record = records(outage(day + 5 * 60, day + 7 * 60), hours=("Mo-Fr 07:00-22:00",), zone=zone_of("Europe/Berlin"))

    assert newest(record).year.excluded_ms == 60 * MINUTE_MS
    assert figures_of(record).outages[0].excluded[0].why is Exclusion.CLOSED


def test_both_readings_of_online_stand_beside_each_other() -> None:
    away = Offline(number=1, began=at(150), ended=at(400), cause="no route")
    figure = newest(records(outage(100, 200, CauseClass.GRID), offline=(away,)))

    assert figure.percent == 100.0
    assert figure.percent_connected == pytest.approx((YEAR_MIN - 200) / YEAR_MIN * 100)
    assert figure.online_percent == pytest.approx((1 - 250 / YEAR_MIN) * 100)
    assert figure.availability_percent == pytest.approx((1 - 100 / YEAR_MIN) * 100)
    alone = replace(records(outage(100, 200)), offline=(away,), is_networked=False)
    assert newest(alone).percent == newest(alone).percent_connected


def test_an_outage_that_lasts_ends_now() -> None:
    record = records(outage(YEAR_MIN - 30, None))

    assert figures_of(record).outages[0].at[1] == NOW_MS
    assert newest(record).year.outage_ms == 30 * MINUTE_MS


def test_failures_are_the_chargers_met_by_somebody_and_longer_than_a_minute() -> None:
    away = Offline(number=1, began=at(90), ended=at(104), cause="no route")
    record = records(
        outage(100, 110, number=1),
        outage(200, 230, number=2),
        outage(230, 250, number=3),
        outage(300, 301, number=4),
        outage(400, 500, number=5, wanted=False),
        outage(600, 700, CauseClass.GRID, number=6),
        outage(800, 900, CauseClass.SITE, number=7),
        offline=(away,),
    )

    [found] = figures_of(record).reliability

    # The second and the third touch and have one cause: a start of the program lay between them.
    assert (found.failures, found.repairs.repaired) == (2, 2)
    assert found.repairs.mttr_s == 60 * (10 + 50) / 2
    assert found.repairs.detect_s == 60 * 4 / 2
    down_min = 10 + 50 + 1 + 100 + 100 + 100
    assert found.mtbf_s == 60 * (YEAR_MIN - down_min) / 2


def acts(*told: tuple[float, int | None]) -> tuple[Act, ...]:
    return tuple(Act(number=number, at=at(minute), verb="x", port=port) for number, (minute, port) in enumerate(told))


def keeping(*spans: tuple[float, float]) -> tuple[Run, ...]:
    """Runs from to, which keep acts."""
    return tuple(
        Run(number=number, began=at(begin), alive=at(end), keeps_acts=True) for number, (begin, end) in enumerate(spans)
    )


def test_a_repair_is_told_apart_by_the_first_act_that_concerns_the_port() -> None:
    away = Offline(number=1, began=at(90), ended=at(104), cause="no route")
    record = records(
        outage(100, 130, number=1),
        outage(200, 220, number=2),
        offline=(away,),
        runs=keeping((0, 500)),
        acts=acts((99, None), (110, 2), (115, 1), (117, None), (250, None)),
    )

    [found] = figures_of(record).reliability

    # Of the first nobody could know for 4 min; 11 min more until the act at port 1, 15 until it served.
    assert found.repairs == RepairFigures(
        repaired=2,
        mttr_s=60 * 25,
        detect_s=60 * 2,
        acknowledged=1,
        acknowledge_s=60 * 11,
        repair_s=60 * 15,
        unattended=1,
        unattended_s=60 * 20,
    )


def test_a_month_has_the_repairs_that_ended_in_it() -> None:
    march, april = 31 * 1440 - 5, 31 * 1440 + 100
    record = records(outage(100, 110), outage(march, april, number=2), runs=keeping((0, 9)), acts=acts((105, None)))

    found = {one.month: one.repairs for one in figures_of(record, months=13).months}

    assert (found["2026-03"].repaired, found["2026-03"].acknowledge_s, found["2026-03"].repair_s) == (1, 300, 300)
    assert (found["2026-04"].repaired, found["2026-04"].unattended, found["2026-05"].repaired) == (1, 1, 0)


def test_who_has_the_exported_record_comes_to_the_same_repairs() -> None:
    record = records(outage(100, 130), runs=keeping((0, 110), (118, 500)), acts=acts((112, None), (120, 1)))

    read = read_service([*service_rows(record, ())])

    assert read == record
    assert read is not None and figures_of(read).reliability == figures_of(record).reliability


def test_while_the_program_did_not_run_no_word_left() -> None:
    record = records(outage(100, 130), runs=keeping((0, 100), (118, 500)))

    assert figures_of(record).reliability[0].repairs.detect_s == 60 * 18


def test_of_failures_from_before_acts_were_on_record_nobody_can_tell() -> None:
    old, new = Run(number=0, began=at(0), alive=at(99)), keeping((300, 500))
    record = records(outage(100, 110), outage(400, 410, number=2), runs=(old, *new))

    repairs = figures_of(record).reliability[0].repairs

    assert (repairs.repaired, repairs.acknowledged, repairs.unattended) == (2, 0, 1)


def test_without_any_clock_nothing_is_told_and_nothing_made_up() -> None:
    blind = Instant(5.0, None, "b")
    record = ServiceRecords(
        now=Instant(90.0, None, "b"),
        ports=(PortService(port=1, began=blind),),
        outages=(Outage(number=1, port=1, cause=Cause(key="k", of=CauseClass.GRID), began=blind),),
    )

    figures = figures_of(record)

    assert (figures.months, len(figures.unplaced)) == ((), 1)
    assert figures.why


def test_a_boot_without_a_clock_lies_before_the_next_one_and_keeps_its_lengths() -> None:
    dark = Outage(
        number=1,
        port=1,
        cause=Cause(key="k", of=CauseClass.CHARGER_HARDWARE),
        began=Instant(100.0, None, "dark"),
        ended=Instant(400.0, None, "dark"),
    )
    begun = Instant(10.0, NOW_MS - 3_600_000, "light")
    record = ServiceRecords(
        now=Instant(3_610.0, NOW_MS, "light"),
        ports=(PortService(port=1, began=Instant(1.0, None, "dark")),),
        outages=(dark,),
        runs=(
            Run(number=1, began=Instant(1.0, None, "dark"), alive=Instant(1_000.0, None, "dark")),
            Run(number=2, began=begun, alive=begun),
        ),
    )

    [placed] = figures_of(record).outages

    assert placed.at == (NOW_MS - 3_600_000 - 900_000, NOW_MS - 3_600_000 - 600_000)


def test_a_port_that_began_in_a_boot_whose_runs_are_forgotten_still_counts_from_there() -> None:
    whole = records(outage(100, 160))
    later = Instant(5.0, NOW_MS - 5_000, "later")
    record = replace(whole, now=replace(later, utc_ms=NOW_MS), runs=(Run(number=9, began=later, alive=later),))

    assert newest(record).year == newest(whole).year


def test_clocks_that_contradict_each_other_make_nothing_overlap() -> None:
    ahead, behind = NOW_MS + 86_400_000, NOW_MS
    record = ServiceRecords(
        now=Instant(500.0, behind, "second"),
        ports=(PortService(port=1, began=Instant(0.0, ahead, "first")),),
        outages=(
            Outage(
                number=1,
                port=1,
                cause=Cause(key="k", of=CauseClass.CSMS),
                began=Instant(50.0, ahead + 50_000, "first"),
                ended=Instant(80.0, ahead + 80_000, "first"),
            ),
        ),
        runs=(
            Run(number=1, began=Instant(0.0, ahead, "first"), alive=Instant(100.0, ahead + 100_000, "first")),
            Run(number=2, began=Instant(0.0, behind - 500_000, "second"), alive=Instant(1.0, None, "second")),
        ),
    )

    figures = figures_of(record)

    assert figures.moved_boots == 1
    assert figures.outages[0].at == (behind - 550_000, behind - 520_000)
