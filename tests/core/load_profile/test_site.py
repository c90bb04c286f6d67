"""Several chargers on one axis of quarters: sums are exact where all are known, and everything else is a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.load_profile.days import EMPTY, Day, PortDay, Row, figures_of
from agent.core.load_profile.quarters import QUARTERS
from agent.core.load_profile.site import Member, SiteFigures, SiteQuarter, agreeing, axis_of, site_figures

TODAY = 20_788
NAMES = ("QE-1", "QE-2", "QE-3", "QE-4")


def row(values: dict[int, int | None], empty: int | None = 0) -> Row:
    return tuple(values.get(place, empty) for place in range(QUARTERS))


@st.composite
def days(draw: st.DrawFn, number: int) -> Day:
    """As a charger tells it: no peak below its mean, and all connectors together between the highest and the sum."""
    ports: dict[int, PortDay] = {}
    for port in range(1, draw(st.integers(1, 2)) + 1):
        energy_wh = row(draw(st.dictionaries(st.integers(0, 95), st.none() | st.integers(0, 5_600), max_size=4)))
        more_w = draw(st.integers(0, 900))
        ports[port] = PortDay(
            energy_wh=energy_wh, peak_w=tuple(None if wh is None else 4 * wh + more_w for wh in energy_wh)
        )
    share = draw(st.floats(0, 1))
    told = zip(*(one.peak_w for one in ports.values()), *(one.energy_wh for one in ports.values()), strict=True)
    return Day(number=number, ports=ports, peak_w=tuple(_together(one, len(ports), share) for one in told))


def _together(told: tuple[int | None, ...], count: int, share: float) -> int | None:
    peaks = [one for one in told[:count] if one is not None]
    if len(peaks) < count:
        return None
    least_w = max(*peaks, 4 * sum(one or 0 for one in told[count:]))
    return least_w + int(share * (sum(peaks) - least_w))


@st.composite
def members(draw: st.DrawFn, least: int = 1) -> list[Member]:
    found = []
    for name in NAMES[: draw(st.integers(least, len(NAMES)))]:
        numbers = draw(st.sets(st.integers(TODAY, TODAY + 2), max_size=3))
        own = tuple(draw(days(number)) for number in sorted(numbers))
        found.append(Member(name=name, days=own, connected_w=draw(st.none() | st.integers(3_680, 22_080))))
    return found


def load_of(some: list[Member]) -> SiteFigures:
    return site_figures(some, axis_of(some))


def unordered(figures: SiteFigures) -> SiteFigures:
    def sorted_missing(quarters: tuple[SiteQuarter, ...]) -> tuple[SiteQuarter, ...]:
        return tuple(replace(one, missing=tuple(sorted(one.missing))) for one in quarters)

    return replace(
        figures,
        members=tuple(sorted(figures.members, key=lambda one: one.name)),
        quarters=sorted_missing(figures.quarters),
        highest=sorted_missing(figures.highest),
    )


@given(members().flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_the_chargers_means_nothing(two: tuple[list[Member], list[Member]]) -> None:
    some, other = two

    assert unordered(load_of(other)) == unordered(load_of(some))


@given(st.integers(1, 3).flatmap(lambda count: st.tuples(*(days(TODAY + at) for at in range(count)))))
def test_the_sum_of_one_charger_is_its_own_profile(own: tuple[Day, ...]) -> None:
    told, figures = figures_of(own), load_of([Member(name="QE-1", days=own, connected_w=22_080)])

    assert [one.mean_w for one in figures.quarters] == [mean for day in own for mean in day.mean_w()]
    assert (figures.energy_wh, figures.peak_mean_w) == (told.energy_wh, told.peak_mean_w)
    assert round(figures.known / len(figures.quarters), 4) == told.known
    assert figures.connected_w == 22_080
    assert (figures.members[0].own, figures.members[0].known) == (told, figures.known)
    if figures.known == len(figures.quarters):
        assert figures.peak_at_least_w == figures.peak_at_most_w == told.peak_w
    assert figures.coincidence in (None, 1.0)
    assert figures.moments in (None, (1.0, 1.0))


@given(members(least=2))
def test_a_quarter_is_known_where_all_are_and_its_mean_is_the_sum_of_theirs(some: list[Member]) -> None:
    means = [{day.number: day.mean_w() for day in one.days} for one in some]

    for quarter in load_of(some).quarters:
        number, place = divmod(quarter.number, QUARTERS)
        told = [own.get(number, EMPTY)[place] for own in means]
        assert quarter.missing == tuple(one.name for one, mean in zip(some, told, strict=True) if mean is None)
        assert quarter.mean_w == (None if None in told else sum(mean or 0 for mean in told))
        assert quarter.at_least_w >= sum(mean or 0 for mean in told)
        assert quarter.mean_w in (None, quarter.at_least_w)


@given(members(least=2))
def test_no_watt_hour_is_invented_and_none_is_lost(some: list[Member]) -> None:
    figures = load_of(some)

    rows = [port.energy_wh for one in some for day in one.days for port in day.ports.values()]
    told = [wh for row in rows for wh in row if wh is not None]
    assert figures.energy_wh == (sum(told) if told else None)
    assert sum(one.at_least_w for one in figures.quarters) == 4 * sum(told)


MINUTES = 15


@given(st.lists(st.lists(st.integers(0, 370), min_size=MINUTES, max_size=MINUTES), min_size=1, max_size=4))
def test_what_all_drew_at_their_highest_moment_lies_within_the_bounds(minutes: list[list[int]]) -> None:
    """Of chargers that draw so many times 60 W through each minute of a quarter, of which each saw its own."""
    told = []
    for name, powers in zip(NAMES, minutes, strict=False):
        energy_wh, peak_w = row({0: sum(powers)}), row({0: 60 * max(powers)})
        day = Day(number=TODAY, ports={1: PortDay(energy_wh=energy_wh, peak_w=peak_w)}, peak_w=peak_w)
        told.append(Member(name=name, days=(day,)))
    together_w = [60 * sum(moment) for moment in zip(*minutes, strict=True)]

    figures = load_of(told)

    assert figures.peak_mean_w == sum(together_w) // MINUTES
    assert figures.peak_at_most_w is not None
    assert figures.peak_at_least_w <= max(together_w) <= figures.peak_at_most_w
    if figures.moments is not None:
        low, high = figures.moments
        assert low - 0.001 <= max(together_w) / sum(60 * max(powers) for powers in minutes) <= high + 0.001


@given(members(least=2))
def test_coincidence_lies_between_one_of_all_and_all_at_once(some: list[Member]) -> None:
    figures = load_of(some)

    if figures.coincidence is not None:
        assert 1 / len(some) - 0.001 <= figures.coincidence <= 1
        assert figures.coincidence_of_connectors is not None
        assert figures.coincidence_of_connectors <= figures.coincidence
    if figures.moments is not None:
        assert 0 <= figures.moments[0] <= figures.moments[1] <= 1


@given(members())
def test_percentiles_and_the_highest_are_of_the_known_quarters(some: list[Member]) -> None:
    figures = load_of(some)
    known = sorted(one.mean_w for one in figures.quarters if one.mean_w is not None)

    for percent, value in figures.percentiles:
        assert sum(mean <= value for mean in known) >= percent / 100 * len(known)
        assert value in known
    assert [one.mean_w for one in figures.highest] == known[::-1][:10]
    assert bool(figures.percentiles) == bool(known)
    assert figures.load_factor is None or 0 <= figures.load_factor <= 1


@given(members(), days(TODAY), st.integers(1, 500))
def test_a_clock_that_is_whole_quarters_off_moves_energy_and_neither_adds_nor_loses_any(
    some: list[Member], day: Day, off: int
) -> None:
    right, wrong = Member(name="clock", days=(day,)), Member(name="clock", days=(replace(day, number=TODAY + off),))

    assert load_of([*some, wrong]).energy_wh == load_of([*some, right]).energy_wh


def a_day(number: int, *energy_wh: int | None) -> Day:
    told = (*energy_wh, *(0,) * QUARTERS)[:QUARTERS]
    peaks = tuple(None if wh is None else 4 * wh for wh in told)
    return Day(number=number, ports={1: PortDay(energy_wh=told, peak_w=peaks)}, peak_w=peaks)


def test_a_day_that_one_charger_misses_is_a_gap_that_names_it_and_the_others_are_the_least() -> None:
    whole = Member(name="QE-1", days=(a_day(TODAY, 100), a_day(TODAY + 1, 2_000)))
    figures = load_of([whole, Member(name="QE-2", days=(a_day(TODAY, 300),))])

    assert (figures.known, len(figures.quarters)) == (96, 192)
    second = figures.quarters[QUARTERS]
    assert (second.mean_w, second.at_least_w, second.missing) == (None, 8_000, ("QE-2",))
    assert (figures.peak_mean_w, figures.at_least_w) == (1_600, 8_000)
    assert figures.energy_wh == 2_400


def test_a_charger_of_which_nothing_is_known_leaves_no_quarter_known() -> None:
    figures = load_of([Member(name="QE-1", days=(a_day(TODAY, 100),)), Member(name="QE-2", connected_w=11_040)])

    assert (figures.known, figures.peak_mean_w, figures.coincidence, figures.percentiles) == (0, None, None, ())
    assert (figures.energy_wh, figures.at_least_w, figures.connected_w) == (100, 400, None)
    assert figures.quarters[0].missing == ("QE-2",)


def test_a_day_that_nobody_has_between_two_others_is_a_gap_of_all() -> None:
    figures = load_of([Member(name="QE-1", days=(a_day(TODAY), a_day(TODAY + 2)))])

    assert (figures.known, len(figures.quarters)) == (192, 288)


def test_two_that_charge_one_after_the_other_coincide_by_half() -> None:
    first, second = a_day(TODAY, 2_500, 0), a_day(TODAY, 0, 2_500)
    figures = load_of([Member(name="QE-1", days=(first,)), Member(name="QE-2", days=(second,))])

    assert (figures.peak_mean_w, figures.sum_of_peak_means_w, figures.coincidence) == (10_000, 20_000, 0.5)
    assert figures.load_factor == round(20_000 / (96 * 10_000), 3)


def test_two_in_one_quarter_may_have_peaked_at_once_or_one_after_the_other() -> None:
    def brief(energy_wh: int) -> Day:
        return Day(
            number=TODAY,
            ports={1: PortDay(energy_wh=row({0: energy_wh}), peak_w=row({0: 11_000}))},
            peak_w=row({0: 11_000}),
        )

    figures = load_of([Member(name="QE-1", days=(brief(500),)), Member(name="QE-2", days=(brief(400),))])

    assert (figures.peak_at_least_w, figures.peak_at_most_w, figures.moments) == (11_000, 22_000, (0.5, 1.0))


def test_a_charger_without_power_tells_no_peak_and_is_known_to_draw_nothing() -> None:
    dark = replace(a_day(TODAY), peak_w=EMPTY)
    figures = load_of([Member(name="QE-1", days=(a_day(TODAY, 500),)), Member(name="QE-2", days=(dark,))])

    assert (figures.bounded, figures.peak_at_most_w) == (96, 2_000)


def test_a_meter_that_tells_no_power_leaves_the_highest_moment_without_an_upper_bound() -> None:
    silent = replace(a_day(TODAY, 700), peak_w=EMPTY)
    figures = load_of([Member(name="QE-1", days=(a_day(TODAY, 500, 100),)), Member(name="QE-2", days=(silent,))])

    assert (figures.quarters[0].peak_at_least_w, figures.quarters[0].peak_at_most_w) == (4_800, None)
    assert (figures.bounded, figures.peak_at_most_w) == (95, 400), "of the others, and it is said of how many"


def test_peaks_of_quarters_that_are_not_known_of_all_make_no_coincidence_smaller() -> None:
    """Of the first quarter one is not known, and what the other drew in it stands beside no sum."""
    two = PortDay(energy_wh=row({0: 2_500, 1: 500}), peak_w=row({0: 10_000, 1: 2_000}))
    both = Day(number=TODAY, ports={1: two, 2: two}, peak_w=row({0: 20_000, 1: 4_000}))

    figures = load_of([Member(name="QE-1", days=(both,)), Member(name="QE-2", days=(a_day(TODAY, None, 400),))])

    assert (figures.peak_mean_w, figures.sum_of_peak_means_w) == (5_600, 5_600)
    assert (figures.coincidence, figures.coincidence_of_connectors, figures.moments) == (1.0, 1.0, (1.0, 1.0))


def test_what_all_drew_together_before_a_restart_in_the_quarter_is_forgotten_and_their_mean_is_the_least() -> None:
    one = PortDay(energy_wh=row({0: 2_500}), peak_w=row({0: 10_000}))
    after = Day(number=TODAY, ports={1: one, 2: one}, peak_w=row({0: 3_000}))

    figures = load_of([Member(name="QE-1", days=(after,)), Member(name="QE-2", days=(a_day(TODAY, 100),))])

    assert (figures.peak_at_least_w, figures.peak_at_most_w) == (20_400, 20_400)


def test_days_outside_the_axis_count_for_nothing() -> None:
    member = Member(name="QE-1", days=(a_day(TODAY, 100), a_day(TODAY + 1, 900)))

    assert site_figures([member], axis_of([member], first=TODAY + 1)).energy_wh == 900
    assert site_figures([member], axis_of([member], last=TODAY)).energy_wh == 100


@given(days(TODAY))
def test_one_charger_given_twice_is_recognised_and_two_that_differ_are_not(day: Day) -> None:
    tomorrow = a_day(TODAY + 1, 7)
    one = Member(name="left", days=(day, tomorrow))

    assert agreeing(one, Member(name="right", days=(tomorrow, day))) >= 1
    assert agreeing(one, Member(name="right", days=(day, a_day(TODAY + 1, 8)))) == 0


def test_two_that_drew_nothing_are_not_taken_for_one() -> None:
    assert agreeing(Member(name="idle", days=(a_day(TODAY),)), Member(name="too", days=(a_day(TODAY),))) == 0


@pytest.mark.parametrize("number", [0, 3])
def test_so_many_of_the_highest_are_named_as_are_wanted(number: int) -> None:
    member = Member(name="QE-1", days=(a_day(TODAY, 5, 9, 9, 1),))

    found = site_figures([member], axis_of([member]), number).highest

    assert [(one.mean_w, one.number % QUARTERS) for one in found] == [(36, 1), (36, 2), (20, 0)][:number]
