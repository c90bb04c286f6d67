"""Days of quarters and what a planner reads off them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.load_profile.days import (
    EMPTY,
    Day,
    PortDay,
    day_number,
    day_text,
    figures_of,
    merged,
    with_quarter,
    with_station_peak,
)
from agent.core.load_profile.quarters import QUARTERS, Quarter

TODAY = 20_788
values = st.none() | st.integers(0, 50_000)


@st.composite
def days(draw: st.DrawFn, number: int = TODAY) -> Day:
    day = Day(number=number, ports={port: PortDay() for port in range(1, draw(st.integers(1, 3)) + 1)})
    for port in day.ports:
        for place in draw(st.lists(st.integers(0, QUARTERS - 1), max_size=6)):
            energy_wh = draw(values)
            peak_w = None if energy_wh is None else energy_wh * 4 + draw(st.integers(0, 100))
            quarter = Quarter(number=number * QUARTERS + place, energy_wh=energy_wh, peak_w=peak_w)
            day = with_quarter(day, port, quarter)
    if draw(st.booleans()):
        total = sum(max((peak or 0 for peak in one.peak_w), default=0) for one in day.ports.values())
        day = with_station_peak(day, number * QUARTERS, draw(st.integers(0, total)))
    return day


@given(st.lists(days(), max_size=3))
def test_coincidence_is_no_more_than_one_and_energy_is_the_sum_of_all_quarters(some: list[Day]) -> None:
    figures = figures_of(some)

    assert figures.coincidence is None or 0 <= figures.coincidence <= 1
    energies = [one for day in some for port in day.ports.values() for one in port.energy_wh if one is not None]
    assert figures.energy_wh == (sum(energies) if energies else None)
    assert 0 <= figures.known <= 1


@given(days())
def test_the_station_is_known_where_all_its_connectors_are(day: Day) -> None:
    for place, mean in enumerate(day.mean_w()):
        energies = [one.energy_wh[place] for one in day.ports.values()]
        assert (mean is None) == (None in energies)
        assert mean is None or mean == 4 * sum(one or 0 for one in energies)


@given(days())
def test_no_peak_of_the_station_is_below_its_mean_or_that_of_a_connector(day: Day) -> None:
    for place, peak_w in enumerate(day.peak_w):
        parts = [day.mean_w()[place], *(one.peak_w[place] for one in day.ports.values())]
        assert peak_w is None or peak_w >= max((one for one in parts if one is not None), default=0)


@given(days(), st.integers(0, QUARTERS - 1), st.integers(0, 9_000), st.integers(0, 9_000))
def test_it_is_so_whichever_of_the_connectors_ends_its_quarter_first(
    day: Day, place: int, seen_w: int, energy_wh: int
) -> None:
    number = day.number * QUARTERS + place
    late = with_station_peak(day, number, seen_w)
    for port in day.ports:
        late = with_quarter(late, port, Quarter(number=number, energy_wh=energy_wh, peak_w=energy_wh * 4))

    peak_w = late.peak_w[place]
    assert peak_w is not None
    assert peak_w >= max(late.mean_w()[place] or 0, *(one.peak_w[place] or 0 for one in late.ports.values()), seen_w)


@given(days(), days())
def test_what_two_know_of_a_day_is_laid_over_each_other(before: Day, after: Day) -> None:
    both = merged(before, after)

    for port, one in both.ports.items():
        own = after.ports.get(port, PortDay()).energy_wh
        known = before.ports.get(port, PortDay()).energy_wh
        assert one.energy_wh == tuple(mine if mine is not None else its for mine, its in zip(own, known, strict=True))


def test_a_quarter_that_is_told_twice_keeps_its_first_word() -> None:
    day = Day(number=TODAY, ports={1: PortDay()})
    first, second = (Quarter(number=TODAY * QUARTERS + 5, energy_wh=wh, peak_w=4 * wh) for wh in (100, 900))

    day = with_quarter(with_quarter(day, 1, first), 1, second)

    assert (day.ports[1].energy_wh[5], day.ports[1].peak_w[5]) == (100, 400)


def test_two_connectors_that_peak_at_different_times_coincide_by_half() -> None:
    day = Day(number=TODAY, ports={1: PortDay(), 2: PortDay()})
    for port, place in ((1, 10), (2, 40)):
        day = with_quarter(day, port, Quarter(number=TODAY * QUARTERS + place, energy_wh=2500, peak_w=11_000))
    day = with_station_peak(day, TODAY * QUARTERS + 10, 11_000)

    figures = figures_of([day])

    assert (figures.peak_w, figures.sum_of_peaks_w, figures.coincidence) == (11_000, 22_000, 0.5)
    assert figures.peak_mean_w is None, "no quarter is known of both"


def test_a_day_has_its_name() -> None:
    assert day_text(day_number("2026-12-01")) == "2026-12-01"
    assert day_number("1970-01-01") == 0
    assert figures_of([]).known == 0
    assert Day(number=1, ports={}).mean_w() == EMPTY
