"""Classification of the high level against the tables of the pilot reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilot import (
    BANDS,
    BETWEEN_MS,
    BLANK_AFTER_DUTY_CHANGE_MS,
    LEAVE_C_MS,
    NO_BAND,
    NO_BAND_MS,
    SETTLE_AT_START_MS,
    TO_A_MS,
    TO_C_MS,
    UNKNOWN,
    A,
    B,
    C,
    D,
    E,
    Pilot,
    band,
)

LEVEL = {A: 12_000, B: 8_980, C: 6_000, D: 2_930, E: 0, NO_BAND: 7_500}
LIMIT = {
    (A, B): BETWEEN_MS,
    (A, C): BETWEEN_MS,
    (B, C): TO_C_MS,
    (B, D): TO_C_MS,
    (C, D): BETWEEN_MS,
    (D, C): BETWEEN_MS,
    (C, B): LEAVE_C_MS,
    (D, B): LEAVE_C_MS,
    (B, A): TO_A_MS,
    (C, A): TO_A_MS,
    (D, A): TO_A_MS,
    (E, A): TO_A_MS,
    (A, E): BETWEEN_MS,
    (B, E): BETWEEN_MS,
    (C, E): BETWEEN_MS,
}


def settled(state: int, now: int = 0) -> Pilot:
    """A pilot that has believed `state` for a while; it ends at `now` = 5000."""
    pilot = Pilot(now)
    pilot.observe(LEVEL[state], now)
    pilot.observe(LEVEL[state], now + SETTLE_AT_START_MS)
    assert pilot.state == state
    pilot.observe(LEVEL[state], now + 5_000)
    return pilot


def feed(pilot: Pilot, high_mv: int, start: int, duration: int) -> int:
    """The level for `duration`, one look every 5 ms; returns the end."""
    for now in range(start, start + duration + 1, 5):
        pilot.observe(high_mv, now)
    return start + duration


# --- bands: generator 11.4…12.6 V, source and car resistors ±3 %, diode 0.55…0.85 V, plus the 0.15 V of our own reading


def high_level(generator: float, source: float, vehicle: float, diode: float) -> float:
    return (generator * vehicle + diode * source) / (source + vehicle)


CARS = {B: 2_740, C: 882, D: 246}
TOLERANCES = st.tuples(st.floats(11_400, 12_600), st.floats(970, 1_030), st.floats(0.97, 1.03), st.floats(550, 850))


@given(TOLERANCES, st.floats(-150, 150), st.sampled_from(list(CARS)))
def test_every_car_within_tolerance_reads_as_its_state(
    parts: tuple[float, float, float, float], error: float, state: int
) -> None:
    generator, source, spread, diode = parts

    assert band(round(high_level(generator, source, CARS[state] * spread, diode) + error)) == state


@given(st.floats(11_400, 12_600), st.floats(-150, 150))
def test_an_empty_outlet_reads_as_a(generator: float, error: float) -> None:
    assert band(round(generator + error)) == A


@pytest.mark.parametrize("high_mv", [890, 880, 870, 850, 0, -890])
def test_a_short_of_up_to_80_ohm_reads_as_e_whatever_the_car(high_mv: int) -> None:
    assert band(high_mv) == E


def test_bands_leave_the_gaps_of_the_reference_open() -> None:
    assert [(low, high) for _, low, high in BANDS][:4] == [
        (10_800, 13_150),
        (7_800, 10_200),
        (4_800, 7_200),
        (1_800, 4_200),
    ]


# --- debouncing


@pytest.mark.parametrize("step_ms", [1, 5])
@pytest.mark.parametrize(("before", "after"), LIMIT)
def test_a_change_is_believed_after_its_time_and_not_before(before: int, after: int, step_ms: int) -> None:
    pilot = settled(before)
    limit = LIMIT[before, after]

    for now in range(5_000, 5_000 + limit, step_ms):
        pilot.observe(LEVEL[after], now)
        assert pilot.state == before
    pilot.observe(LEVEL[after], 5_000 + limit)

    assert pilot.state == after


@pytest.mark.parametrize(("before", "after"), LIMIT)
def test_the_due_time_is_enough_to_see_a_change_without_looking_in_between(before: int, after: int) -> None:
    pilot = settled(before)

    due = pilot.observe(LEVEL[after], 5_000)
    pilot.observe(LEVEL[after], due)

    assert due == 5_000 + LIMIT[before, after]
    assert pilot.state == after


def test_nothing_is_known_before_the_first_half_second() -> None:
    pilot = Pilot(0)

    feed(pilot, LEVEL[C], 0, SETTLE_AT_START_MS - 5)
    assert pilot.state == UNKNOWN
    assert not pilot.plugged

    pilot.observe(LEVEL[C], SETTLE_AT_START_MS)
    assert pilot.state == C
    assert pilot.insertions == 1


def test_a_quarter_second_of_c_is_no_request() -> None:
    pilot = settled(B)

    now = feed(pilot, LEVEL[C], 5_000, 250)
    feed(pilot, LEVEL[B], now, 1_000)

    assert pilot.state == B


def test_a_request_starts_anew_after_any_other_reading() -> None:
    pilot = settled(B)

    now = feed(pilot, LEVEL[C], 5_000, 400)
    pilot.observe(LEVEL[B], now + 5)
    feed(pilot, LEVEL[C], now + 10, 400)

    assert pilot.state == B


def test_a_level_between_two_bands_is_held_for_a_second_and_then_out_of_range() -> None:
    pilot = settled(C)

    now = feed(pilot, 7_500, 5_000, NO_BAND_MS - 5)
    assert pilot.state == C
    feed(pilot, 7_500, now + 5, 0)

    assert pilot.state == E
    assert pilot.out_of_range


def test_a_negative_level_is_out_of_range_and_a_short_is_not() -> None:
    pilot = settled(B)
    feed(pilot, -3_000, 5_000, NO_BAND_MS)
    assert pilot.out_of_range

    short = settled(B)
    feed(short, 0, 5_000, BETWEEN_MS)
    assert short.state == E
    assert not short.out_of_range


def test_a_bouncing_plug_leaves_c_even_where_neither_reading_lasts() -> None:
    pilot = settled(C)

    for now in range(5_000, 5_050, 10):
        pilot.observe(LEVEL[A], now)
        pilot.observe(LEVEL[B], now + 5)

    assert pilot.state in (A, B)


@pytest.mark.parametrize("pulse_at_ms", [0, 480, 540])
def test_a_hybrid_that_pulses_b_after_a_change_of_duty_keeps_charging(pulse_at_ms: int) -> None:
    pilot = settled(C)
    pilot.duty_changed(5_000)

    now = feed(pilot, LEVEL[C], 5_000, pulse_at_ms)
    now = feed(pilot, LEVEL[B], now + 5, 50)
    assert pilot.state == C
    feed(pilot, LEVEL[C], now + 5, 1_000)

    assert pilot.state == C


def test_a_car_that_stays_in_b_after_a_change_of_duty_is_believed_when_the_blanking_ends() -> None:
    pilot = settled(C)
    pilot.duty_changed(5_000)

    feed(pilot, LEVEL[B], 5_000, BLANK_AFTER_DUTY_CHANGE_MS)

    assert pilot.state == B


def test_an_unplugging_is_never_blanked_by_a_change_of_duty() -> None:
    pilot = settled(C)
    pilot.duty_changed(5_000)

    feed(pilot, LEVEL[A], 5_000, TO_A_MS)

    assert pilot.state == A


def test_the_end_of_pwm_ends_the_blanking() -> None:
    pilot = settled(C)
    pilot.duty_changed(5_000)
    pilot.duty_ended(5_010)

    feed(pilot, LEVEL[B], 5_010, LEAVE_C_MS)

    assert pilot.state == B


def test_a_type_test_board_does_not_blank() -> None:
    pilot = Pilot(0, hybrid_blanking=False)
    feed(pilot, LEVEL[C], 0, SETTLE_AT_START_MS)
    pilot.duty_changed(1_000)

    feed(pilot, LEVEL[B], 1_000, LEAVE_C_MS)

    assert pilot.state == B


def test_what_the_switching_coil_induces_is_not_read() -> None:
    pilot = settled(C)
    pilot.coil_switched(5_000)

    feed(pilot, LEVEL[A], 5_000, 15)
    feed(pilot, LEVEL[C], 5_020, 100)

    assert pilot.state == C


# --- the plug


def test_each_insertion_counts_once_and_a_short_does_not_end_it() -> None:
    pilot = settled(A)
    now = 5_000
    for level in (LEVEL[B], LEVEL[C], LEVEL[E], LEVEL[B], LEVEL[A], LEVEL[B]):
        now = feed(pilot, level, now, 600)

    assert pilot.insertions == 2
    assert pilot.plugged


def test_a_short_without_a_car_is_no_plug() -> None:
    pilot = settled(A)

    feed(pilot, LEVEL[E], 5_000, 500)

    assert not pilot.plugged
    assert pilot.insertions == 0


@given(st.lists(st.tuples(st.sampled_from(list(LEVEL.values())), st.integers(1, 700)), max_size=30))
def test_sparse_looks_and_5_ms_looks_see_the_same_plugs(script: list[tuple[int, int]]) -> None:
    """Whoever looks on changes and due times sees what the 5 ms loop sees, one window earlier or later."""
    script = [(level, duration * 10) for level, duration in script]
    sparse, dense = Pilot(0), Pilot(0)
    now = 0
    for level, duration in script:
        due = now
        while due < now + duration:
            due = max(due + 1, sparse.observe(level, due))
        for tick in range(now, now + duration, 5):
            dense.observe(level, tick)
        now += duration

    assert (sparse.state, sparse.plugged, sparse.insertions) == (dense.state, dense.plugged, dense.insertions)


# --- a disconnected pilot


def test_a_held_pilot_believes_what_it_did_and_looks_again_after_100_ms() -> None:
    pilot = settled(B)

    due = pilot.hold(5_000)

    assert due == 5_100
    assert pilot.observe(LEVEL[A], 5_099) == 5_100
    assert (pilot.state, pilot.plugged, pilot.insertions) == (B, True, 1)
    assert pilot.observe(LEVEL[A], 5_100) == 5_100 + TO_A_MS
    pilot.observe(LEVEL[A], 5_125)
    assert pilot.state == A


def test_what_was_read_before_a_hold_proves_nothing_after_it() -> None:
    pilot = settled(B)
    feed(pilot, LEVEL[C], 5_000, 450)
    pilot.hold(5_450)
    assert pilot.steady_ms(5_500) == 0

    feed(pilot, LEVEL[C], 5_550, 495)
    assert pilot.state == B
    pilot.observe(LEVEL[C], 6_050)

    assert pilot.state == C


def test_time_away_from_a_state_begins_anew_after_a_hold() -> None:
    pilot = settled(C)
    pilot.observe(LEVEL[B], 5_000)
    pilot.hold(5_000)

    pilot.observe(LEVEL[B], 5_100)
    pilot.observe(LEVEL[B], 5_140)
    assert pilot.state == C
    pilot.observe(LEVEL[B], 5_145)

    assert pilot.state == B
