"""What levels, times and resistances mean, by themselves: ST201 to ST212, ST301 to ST307, ST401 to ST412."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.countries import country_of
from agent.core.commissioning.model import Measured, Verdict
from agent.core.control_pilot import PilotState
from agent.drivers.board_service import ResidualTestOutcome, Travel, TripRecord
from agent.selftest.judging import pilot, residual
from agent.selftest.judging.adapter import Cable, ratings
from agent.selftest.judging.contactor import Movement, Reaction, closing, in_time, opening, reaction
from agent.selftest.judging.limits import fits, told
from agent.selftest.judging.trips import below, reaction_ms

numbers = st.floats(-1e6, 1e6)
times = st.integers(0, 400)
short = st.integers(15, 100)
RULES = country_of("DE").measurements
WANTED = Reaction(test="ST407", words="unplugging", by=("state",))


@given(value=numbers, low=st.none() | numbers, high=st.none() | numbers)
def test_a_value_fits_exactly_between_its_limits(value: float, low: float | None, high: float | None) -> None:
    measured = Measured(name="x", value=value, low=low, high=high)

    assert fits(measured) == ((low is None or low <= value) and (high is None or value <= high))


@given(value=st.sampled_from([None, True, "12", float("nan"), float("inf")]))
def test_what_is_no_number_fits_no_limit(value: float | str | bool | None) -> None:
    assert not fits(Measured(name="x", value=value, low=-1e300, high=1e300))
    assert told(Measured(name="x", value=value, unit="V", high=1.0)).startswith("x ")


def pilot_v(open_v: float, source_ohm: float, adapter_ohm: float, diode_v: float) -> float:
    """The divider of source and adapter behind its diode."""
    return diode_v + (open_v - diode_v) * adapter_ohm / (adapter_ohm + source_ohm)


@given(
    open_v=st.floats(11.4, 12.6),
    ohm=st.floats(700, 1_300),
    adapter=st.floats(0.985, 1.015),
    diode_v=st.floats(0.55, 0.85),
    reads_v=st.floats(-0.03, 0.03),
)
def test_a_good_source_resistor_passes_with_every_good_adapter_and_a_burnt_one_with_none(
    open_v: float, ohm: float, adapter: float, diode_v: float, reads_v: float
) -> None:
    seen_v = {
        state: pilot_v(open_v, ohm, adapter_ohm * adapter, diode_v) + reads_v
        for state, adapter_ohm in pilot.ADAPTER_OHM.items()
    }

    outcome = pilot.source_resistance(open_v, seen_v)

    if 980 <= ohm <= 1020:
        assert outcome.verdict is Verdict.PASS, outcome
    if ohm <= 840 or ohm >= 1160:
        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "cp.generator")


@given(errors=st.lists(st.floats(-0.8, 0.4), min_size=1, max_size=3))
def test_no_duty_that_offers_too_much_passes(errors: list[float]) -> None:
    points = [
        pilot.DutyPoint(current_a=6.0 + place, ordered_percent=50, counted_percent=50 + error)
        for place, error in enumerate(errors)
    ]

    outcome = pilot.duty_sweep(points)

    worst, least = max(errors), min(errors)
    if worst > 0.201 or least < -0.501:
        assert outcome.verdict is Verdict.FAIL
    if worst < 0.199 and least > -0.499:
        assert outcome.verdict is (Verdict.PASS if least > -0.199 else Verdict.WARN) or -0.201 <= least <= -0.199


@given(hz=st.floats(900, 1100))
def test_a_frequency_is_right_allowed_or_wrong(hz: float) -> None:
    verdict = pilot.frequency(hz).verdict

    assert (verdict is Verdict.FAIL) == (not 980 <= hz <= 1020)
    assert (verdict is Verdict.PASS) == (995 <= hz <= 1005)


@given(ohm=st.floats(1_000, 1e6))
def test_a_leak_is_found_again_from_the_level_it_lifts(ohm: float) -> None:
    low_v = -12.0 * ohm / (ohm + 1000)

    found = pilot.leak_ohm(low_v, -12.0)

    assert found is not None
    assert abs(found / ohm - 1) < 1e-6


def movement(mirror_ms: int | None, dead_ms: list[int | None], event_ms: int | None, why: str = "state") -> Movement:
    travel = Travel(
        mirror_closed_ms=17,
        load_live_ms=(20, 20, 20),
        mirror_open_ms=mirror_ms,
        load_dead_ms=tuple(dead_ms),
        why_opened=why,
        event_ms=event_ms,
    )
    return Movement.of(1.0, travel)


@given(mirror_ms=short, dead=st.lists(short, min_size=3, max_size=3), event_ms=st.integers(0, 80))
def test_an_opening_passes_only_where_all_of_it_is_in_time(mirror_ms: int, dead: list[int], event_ms: int) -> None:
    moved = [movement(mirror_ms, list(dead), event_ms)]

    outcome = reaction(moved, 3, WANTED)

    opens_ms, dead_ms = event_ms + mirror_ms, event_ms + max(dead)
    assert (outcome.verdict is Verdict.FAIL) == (opens_ms > 100 or dead_ms > 135)
    assert (outcome.verdict is Verdict.PASS) == (opens_ms <= 80 and dead_ms <= 135)
    assert (opening(moved, 3).verdict is Verdict.PASS) == (mirror_ms <= 50 and max(dead) <= 85)


@given(missing=st.sampled_from(["mirror", "phase", "event"]), ms=st.integers(0, 40))
def test_a_movement_that_was_not_seen_never_passes(missing: str, ms: int) -> None:
    moved = movement(
        None if missing == "mirror" else ms,
        [ms, None if missing == "phase" else ms, ms],
        None if missing == "event" else ms,
    )

    assert reaction([moved], 3, WANTED).verdict is Verdict.FAIL
    if missing != "event":
        assert opening([moved], 3).cause == "contactor.welded"


@given(why=st.sampled_from(["permit", "residual", "chain", "lease", "fault", ""]))
def test_an_opening_for_another_reason_proves_nothing(why: str) -> None:
    assert reaction([movement(20, [22, 22, 22], 30, why)], 3, WANTED).verdict is Verdict.FAIL


@given(st.lists(st.one_of(st.none(), times), min_size=1, max_size=3))
def test_moments_are_in_time_only_where_each_was_seen_and_is(each_ms: list[int | None]) -> None:
    moments = tuple(Measured(name="cut off", value=ms, unit="ms", low=100, high=200, source="-") for ms in each_ms)

    outcome = in_time(moments, "It was cut off.", "Repeat.", "ev.no_stop")

    assert (outcome.verdict is Verdict.PASS) == all(ms is not None and 100 <= ms <= 200 for ms in each_ms)
    assert outcome.cause == ("" if outcome.verdict is Verdict.PASS else "ev.no_stop")


@given(ms=st.one_of(st.none(), times), phases=st.sampled_from([1, 3]))
def test_movements_are_kept_and_found_again(ms: int | None, phases: int) -> None:
    moved = movement(ms, [ms] * 3, ms)

    again = Movement.from_mapping(moved.as_mapping())

    assert again == moved
    assert closing([again], phases).verdict is Verdict.PASS


@given(
    trip_ms=st.one_of(st.none(), st.integers(0, 2_000)),
    clear_ms=st.one_of(st.none(), st.integers(0, 5_000)),
    chain=st.sampled_from([True, False, None]),
    board_says=st.booleans(),
)
def test_a_residual_current_unit_passes_only_with_trip_chain_and_release(
    trip_ms: int | None, clear_ms: int | None, chain: bool | None, board_says: bool
) -> None:
    test = ResidualTestOutcome(passed=board_says, trip_ms=trip_ms, clear_ms=clear_ms, chain_dropped=chain)

    passes = residual.self_test([test], "ST301").verdict is Verdict.PASS

    in_time = trip_ms is not None and trip_ms <= 1_000 and clear_ms is not None and clear_ms <= 3_000
    assert passes == (board_says and in_time and chain is not False)


@given(ma=st.floats(0, 20), ms=st.floats(0, 20_000), opens_ms=st.one_of(st.none(), times))
def test_a_direct_trip_passes_between_three_and_six_milliamperes(ma: float, ms: float, opens_ms: int | None) -> None:
    passes = residual.dc_trip(ma, ms, opens_ms, RULES.dc).verdict is Verdict.PASS

    assert passes == (3 <= ma <= 6 and ms <= 10_000 and opens_ms is not None and opens_ms <= 60)


@pytest.mark.parametrize("country", ["DE", "GB", "US", "--"])
def test_the_charger_itself_is_tried_at_every_current_whatever_the_place_has_measured(country: str) -> None:
    steps = residual.ac_steps(country_of(country).measurements.rcd)

    assert [(one.factor, one.angle) for one in steps] == [(f, angle) for f in (0.5, 1, 5) for angle in (0, 180)]
    assert [one.within_ms for one in steps] == [None, None, 300, 300, 40, 40]


@given(volts=st.floats(0, 100), edges=st.integers(0, 12), hz=st.sampled_from([50.0, 60.0]))
def test_the_supplys_earth_is_judged_by_edges_and_by_neutral(volts: float, edges: int, hz: float) -> None:
    outcome = residual.earth([float(edges)], [volts], hz)

    if round(volts, 1) > 50:
        assert outcome.cause == "mains.polarity"
    elif edges < 8 * hz / 50:
        assert outcome.cause == "pe.lost"
    else:
        assert outcome.verdict is (Verdict.WARN if volts > 10 else Verdict.PASS)


@given(ohm=st.sampled_from([1500.0, 680.0, 220.0, 100.0]), off=st.floats(-0.2, 0.2))
def test_a_coding_passes_within_five_percent(ohm: float, off: float) -> None:
    real = ohm * (1 + off)
    rating = {1500.0: 13.0, 680.0: 20.0, 220.0: 32.0, 100.0: 63.0}[ohm]

    outcome = ratings([Cable(asked_ohm=ohm, contact_v=3.3 * real / (1000 + real), rating_a=rating)], 3)

    if abs(off) < 0.049:
        assert outcome.verdict is Verdict.PASS
    if abs(off) > 0.051:
        assert outcome.cause == "pp.range"


@given(
    before=st.lists(st.booleans(), max_size=10),
    lasting=st.integers(0, 20),
    after=st.lists(st.booleans(), max_size=10),
)
def test_a_reaction_counts_from_the_first_reading_that_lasted(
    before: list[bool], lasting: int, after: list[bool]
) -> None:
    seen = [*before, False, *[True] * lasting]
    rows = [(5 * (place - len(seen) + 1), 0.5 if bad else 9.0) for place, bad in enumerate(seen)]
    rows += [(5 * (place + 1), 0.5 if bad else 9.0) for place, bad in enumerate(after)]
    record = TripRecord(age_s=1.0, columns=("after_fault_ms", "high_v"), rows=tuple(rows))

    assert reaction_ms(record, below("high_v", 1.2)) == (5 * (lasting - 1) if lasting else None)


def test_states_have_bands_that_do_not_meet() -> None:
    bands = sorted(pilot.BAND_V[state] for state in (PilotState.A, PilotState.B, PilotState.C, PilotState.D))

    assert all(high < low for (_, high), (low, _) in itertools.pairwise(bands))
