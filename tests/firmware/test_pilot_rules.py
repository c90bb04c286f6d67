"""The pilot's numbers in the words of the reference, and a second reader of levels that must agree with the first.

Nothing here takes a number from the code: bands and times are written out, so that a change of the code's is seen.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from messages import PILOT_STATES
from pilot import NO_BAND, UNKNOWN, A, B, C, D, E, F, Pilot, asks, band, holding_ms, is_plugged

EDGES_MV = {A: (10_800, 13_150), B: (7_800, 10_200), C: (4_800, 7_200), D: (1_800, 4_200), E: (-1_200, 1_200)}
LEVELS_MV = {A: 12_000, B: 8_980, C: 6_000, D: 2_930, E: 0, NO_BAND: 7_500}

# Milliseconds that a reading (column) must last before it replaces a belief (row): pilot reference, section 6.
READ = (A, B, C, D, E, NO_BAND)
MUST_LAST_MS = {
    UNKNOWN: dict(zip(READ, (500, 500, 500, 500, 500, 1_000), strict=True)),
    A: dict(zip(READ, (25, 100, 100, 100, 100, 1_000), strict=True)),
    B: dict(zip(READ, (25, 100, 500, 500, 100, 1_000), strict=True)),
    C: dict(zip(READ, (25, 45, 100, 100, 100, 1_000), strict=True)),
    D: dict(zip(READ, (25, 45, 100, 100, 100, 1_000), strict=True)),
    E: dict(zip(READ, (25, 100, 500, 500, 100, 1_000), strict=True)),
}


def test_states_have_the_numbers_that_the_link_gives_them() -> None:
    numbers = {"unknown": UNKNOWN, "A": A, "B": B, "C": C, "D": D, "E": E, "F": F}

    assert [PILOT_STATES[number] for number in numbers.values()] == list(numbers)


@pytest.mark.parametrize("state", EDGES_MV)
def test_a_band_ends_at_its_edges_to_the_millivolt(state: int) -> None:
    low, high = EDGES_MV[state]

    assert [band(low), band(high)] == [state, state]
    assert [band(low - 1), band(high + 1)] == [NO_BAND, NO_BAND]


def test_a_car_is_there_in_b_c_and_d_and_asks_in_c_and_d() -> None:
    states = (UNKNOWN, A, B, C, D, E, F)

    assert [state for state in states if is_plugged(state)] == [B, C, D]
    assert [state for state in states if asks(state)] == [C, D]


@pytest.mark.parametrize("believed", MUST_LAST_MS)
def test_each_reading_has_to_last_as_long_as_the_reference_says(believed: int) -> None:
    assert {read: holding_ms(believed, read) for read in READ} == MUST_LAST_MS[believed]


def test_at_the_start_nothing_is_believed_and_nothing_is_plugged() -> None:
    pilot = Pilot(7)

    assert (pilot.state, pilot.since, pilot.out_of_range) == (UNKNOWN, 7, False)
    assert (pilot.plugged, pilot.insertions) == (False, 0)


def test_a_changed_duty_delays_only_a_car_that_asks() -> None:
    pilot = Pilot(0)
    pilot.duty_changed(0)
    pilot.observe(LEVELS_MV[B], 0)

    pilot.observe(LEVELS_MV[B], 500)

    assert pilot.state == B


# --- a second reader


class Reader:
    """What a patient person with a voltmeter and a stopwatch believes, from everything read so far."""

    def __init__(self, hybrids: bool) -> None:
        self.believed = UNKNOWN
        self.since = 0
        self.out_of_range = False
        self.insertions = 0
        self.plugged = False
        self._hybrids = hybrids
        self._readings: list[tuple[int, int]] = [(0, NO_BAND)]
        self._blind_until = 0
        self._keeps_asking_until = 0
        self._held_at = -1

    def duty_changed(self, now: int) -> None:
        if self._hybrids:
            self._keeps_asking_until = now + 600

    def duty_ended(self, now: int) -> None:
        self._keeps_asking_until = now

    def coil_switched(self, now: int) -> None:
        self._blind_until = now + 20

    def hold(self, now: int) -> int:
        self._blind_until = now + 100
        self._readings = [(now, NO_BAND)]
        self._held_at = now
        return self._blind_until

    def observe(self, high_mv: int, now: int) -> int:
        """Read once; when a person would look again, should nothing change."""
        if now < self._blind_until:
            return self._blind_until
        read = next((state for state, (low, high) in EDGES_MV.items() if low <= high_mv <= high), NO_BAND)
        self._readings.append((now, read))
        if read == self.believed != NO_BAND:
            self.out_of_range = False
            return now + 1_000
        ripe = self._ripe_at(read)
        if now < ripe:
            return ripe
        self._believe(read, now)
        return now + 1_000

    def steady_ms(self, now: int) -> int:
        return now - self._began(lambda read: read == self.believed) if self._readings[-1][1] == self.believed else 0

    def _ripe_at(self, read: int) -> int:
        must_last = MUST_LAST_MS[self.believed][read]
        ripe = self._began(lambda other: other == read) + must_last
        if self.believed in (C, D):
            away_since = self._began(lambda other: other != self.believed, after=max(self.since, self._held_at))
            ripe = min(ripe, away_since + max(45, must_last))
            if read == B:
                ripe = max(ripe, min(self._keeps_asking_until, away_since + 600))
        return ripe

    def _began(self, fits: object, after: int = -1) -> int:
        """The first of the latest readings that all fit, none of them as old as `after`."""
        assert callable(fits)
        began = self._readings[-1][0]
        for at, read in reversed(self._readings):
            if not fits(read) or at <= after:
                break
            began = at
        return began

    def _believe(self, read: int, now: int) -> None:
        self.out_of_range = read == NO_BAND
        state = E if read == NO_BAND else read
        if state == self.believed:
            return
        self.believed, self.since = state, now
        if state == A:
            self.plugged = False
        if state in (B, C, D) and not self.plugged:
            self.plugged = True
            self.insertions += 1


NEAR_A_LIMIT = (0, 1, 5, 19, 20, 21, 24, 25, 26, 44, 45, 46, 55, 99, 100, 101, 499, 500, 501, 599, 600, 601, 999, 1_000)
PAUSES = st.sampled_from((*NEAR_A_LIMIT, 1_001)).filter(bool)
LOOKS = st.tuples(st.just("observe"), st.sampled_from(READ), PAUSES)
EVENTS = st.tuples(
    st.sampled_from(("duty_changed", "duty_ended", "coil_switched", "hold")), st.just(A), st.integers(0, 2)
)
SCRIPTS = st.lists(LOOKS | LOOKS | LOOKS | EVENTS, max_size=60)
Script = list[tuple[str, int, int]]


@given(script=SCRIPTS, start=st.sampled_from(READ), hybrids=st.booleans())
@settings(max_examples=300)
@example(script=[("observe", D, 100), ("observe", D, 1), ("observe", C, 1), ("observe", C, 1)], start=C, hybrids=True)
@example(script=[("observe", NO_BAND, 500), ("observe", NO_BAND, 500), ("observe", E, 5)], start=E, hybrids=True)
def test_two_readers_believe_the_same_at_every_look(script: Script, start: int, hybrids: bool) -> None:
    pilot, reader = Pilot(0, hybrids), Reader(hybrids)
    now = 0
    for what, state, pause in [("observe", start, 1_000), ("observe", start, 1_000), *script]:
        if what == "observe":
            due, expected = pilot.observe(LEVELS_MV[state], now), reader.observe(LEVELS_MV[state], now)
            assert due == expected
        else:
            assert getattr(pilot, what)(now) == getattr(reader, what)(now)
        assert told(pilot, now) == (
            reader.believed,
            reader.since,
            reader.out_of_range,
            reader.plugged,
            reader.insertions,
            reader.steady_ms(now),
        )
        now += pause


def told(pilot: Pilot, now: int) -> tuple[int, int, bool, bool, int, int]:
    """All that the rules ask of the pilot."""
    return pilot.state, pilot.since, pilot.out_of_range, pilot.plugged, pilot.insertions, pilot.steady_ms(now)
