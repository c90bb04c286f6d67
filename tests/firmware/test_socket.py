"""Whatever cables, locks, cars and hosts do in whatever order: a socket-outlet closes and unlocks only as it may.

Two boards see the same world, one polled every 5 ms, the other when something changed or is due. The rules below are
written from the reference and look at pins and at the model of the lock, not at the firmware's beliefs.
"""

from __future__ import annotations

from collections.abc import Callable

from bench import Bench
from fake_lock import BETWEEN_CODE, BROKEN_CODE, LOCKED_CODE, UNLOCKED_CODE
from hal import COIL_OFF, X2
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kind import SOCKET, Kind
from offer import encodable_da
from outputs import LOCK_UNLOCK
from proximity import NO_CABLE, RANGE, SHORT, read, resistance_ohm

from tests.searching import costly

RESISTORS = (None, 0, 60, 79, 80, 100, 140, 220, 308, 680, 936, 1_500, 2_460, 2_600, 4_600)
RATING_DA = {80: 630, 100: 630, 140: 320, 220: 320, 308: 200, 680: 200, 936: 130, 1_500: 130, 2_460: 130}
"""The greatest current that each resistor allows (pilot reference, 4.1), in 0.1 A; the others allow none."""
DURATIONS = st.sampled_from((5, 20, 25, 50, 100, 500, 1_000, 3_000, 8_000, 31_000)) | st.integers(1, 60).map(
    lambda windows: windows * 5
)
MOST_MS = 5
"""The board looks this often."""


def voltage_mv(ohm: int | None) -> int:
    """At the converter, rounded up, so that a resistor on an edge reads as itself."""
    return 3_300 if ohm is None else -(-3_300 * ohm // (1_000 + ohm))


class Onlooker:
    """What must hold of one bench at every poll."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ohm: int | None = None
        self.ohm_since = 0
        self.loose_since: int | None = None
        self._poll = bench._poll
        bench._poll = self.poll  # type: ignore[method-assign]

    def poll(self) -> None:
        was_closed = self.bench.closed
        self._poll()
        hal = self.bench.hal
        if hal.pins.lock_code != LOCKED_CODE and hal.coil_mode != COIL_OFF:
            self.loose_since = hal.now if self.loose_since is None else self.loose_since
        else:
            self.loose_since = None
        if self.bench.closed:
            self._check_closed(has_just_closed=not was_closed)
        if hal.mode == X2:
            self._check_offer()
        self._check_unlocking()

    def _check_closed(self, *, has_just_closed: bool) -> None:
        hal = self.bench.hal
        if has_just_closed:
            assert self.ohm in RATING_DA, "closed without a cable"
            assert hal.now - self.ohm_since >= 1_000, "closed on a cable that was not accepted"
            assert hal.pins.lock_code == LOCKED_CODE, "closed without a lock"
            assert hal.pins.release_mv >= 11_000, "closed on a lock that could not be released"
        if self.ohm is None or self.ohm > 4_500:
            assert hal.now - self.ohm_since <= 25 + MOST_MS, "closed without proximity"
        if self.loose_since is not None:
            assert hal.now - self.loose_since <= 100 + MOST_MS, "closed with an open lock"
        assert hal.pins.supply_mv >= 9_000, "closed on a supply that goes"

    def _check_offer(self) -> None:
        hal = self.bench.hal
        offered_da = hal.duty * 6 / 100 if hal.duty <= 8_500 else (hal.duty - 6_400) / 4
        if hal.now - self.ohm_since > 25 + MOST_MS:
            most_da = RATING_DA.get(self.ohm, 0) if self.ohm is not None else 0
            assert offered_da <= encodable_da(most_da), "more than the cable carries"

    def _check_unlocking(self) -> None:
        hal = self.bench.hal
        if hal.lock_drive == LOCK_UNLOCK:
            assert hal.coil_mode == COIL_OFF and not hal.main_closed, "unlocks what is live"


class AnySocket(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.onlookers: tuple[Onlooker, ...] = ()

    @initialize(works=st.booleans())
    def power_on(self, works: bool) -> None:
        self.onlookers = tuple(Onlooker(Bench(sparse, kind=Kind(has=SOCKET))) for sparse in (False, True))
        for onlooker in self.onlookers:
            onlooker.bench.hal.close_ms, onlooker.bench.hal.open_ms = 20, 25
            onlooker.bench.lock.travel_ms = 250
            onlooker.ohm_since = onlooker.bench.hal.now
        if works:
            # Most of what matters happens in a charge: half of the worlds begin with one.
            self.proximity_reads(220)
            self.host_wishes(permit=True, offer_da=800, locks=True)
            for state, milliseconds in (("A", 1_000), ("B", 6_000), ("C", 1_500)):
                self.car_shows(state)
                self.time_passes(milliseconds)
            assert all(onlooker.bench.closed for onlooker in self.onlookers)

    def tell(self, do: Callable[[Bench], object]) -> None:
        for onlooker in self.onlookers:
            do(onlooker.bench)

    @rule(state=st.sampled_from("ABBCCCE"))
    def car_shows(self, state: str) -> None:
        self.tell(lambda bench: bench.show(state))

    @rule(ohm=st.sampled_from(RESISTORS) | st.just(220))
    def proximity_reads(self, ohm: int | None) -> None:
        for onlooker in self.onlookers:
            if ohm != onlooker.ohm:
                onlooker.ohm, onlooker.ohm_since = ohm, onlooker.bench.hal.now
            onlooker.bench.hal.pins.pp_mv = voltage_mv(ohm)
            onlooker.bench.touch()

    @rule(ohms=st.lists(st.sampled_from(RESISTORS), min_size=2, max_size=6), windows=st.integers(1, 4))
    def proximity_chatters(self, ohms: list[int | None], windows: int) -> None:
        for ohm in ohms:
            self.proximity_reads(ohm)
            self.time_passes(5 * windows)

    @rule(permit=st.booleans(), offer_da=st.sampled_from((60, 160, 800)), locks=st.booleans())
    def host_wishes(self, permit: bool, offer_da: int, locks: bool) -> None:
        def wish(bench: Bench) -> None:
            bench.locks = locks
            bench.wish(permit, offer_da)

        self.tell(wish)

    @rule(talks=st.booleans())
    def host_talks_or_not(self, talks: bool) -> None:
        self.tell(lambda bench: bench.let_host_talk(talks))

    @rule(jammed=st.booleans())
    def lock_is_jammed(self, jammed: bool) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.lock.is_jammed = jammed
        self.tell(Bench.touch)

    @rule(broken=st.booleans())
    def lock_feedback_is_broken(self, broken: bool) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.lock.feedback_is_broken = broken
        self.tell(Bench.touch)

    @rule()
    def plug_is_torn(self) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.lock.force_open()
        self.tell(Bench.touch)

    @rule(follows=st.sampled_from((True, True, False)))
    def contacts_follow_the_coil_or_stick(self, follows: bool) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.hal.follows_coil = follows
        self.tell(Bench.touch)

    @rule(supply_mv=st.sampled_from((12_000, 12_000, 9_000, 8_999)))
    def supply_is(self, supply_mv: int) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.hal.pins.supply_mv = supply_mv
        self.tell(Bench.touch)

    @rule(release_mv=st.sampled_from((12_000, 12_000, 11_000, 10_999)))
    def store_holds(self, release_mv: int) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.hal.pins.release_mv = release_mv
        self.tell(Bench.touch)

    @rule(milliseconds=DURATIONS)
    def time_passes(self, milliseconds: int) -> None:
        self.tell(lambda bench: bench.run(milliseconds))

    @invariant()
    def both_boards_do_the_same(self) -> None:
        dense, sparse = (seen(onlooker.bench) for onlooker in self.onlookers) if self.onlookers else ((), ())
        assert dense == sparse


def seen(bench: Bench) -> tuple[object, ...]:
    situation = bench.board.interlock.situation
    return (
        bench.closed, bench.hal.main_closed, bench.hal.mode, bench.hal.duty, bench.hal.lock_drive, bench.faults,
        situation.cable_da, situation.lock_state, bench.lock.pulses,
    )  # fmt: skip


TestAnySocket = AnySocket.TestCase
TestAnySocket.settings = costly(40, search=1_000, steps=40)


# --- the bands


@given(st.integers(0, 20_000))
def test_a_resistor_is_read_as_the_reference_says(ohm: int) -> None:
    """One millivolt of the converter is up to 9 Ω at 4.5 kΩ: next to an edge either side is right."""
    expected = next(
        rating
        for top, rating in ((79, SHORT), (139, 630), (307, 320), (935, 200), (2_460, 130), (4_500, RANGE), (20_000, 0))
        if ohm <= top
    )
    near = {
        630 if abs(ohm - 80) < 2 else expected,
        SHORT if abs(ohm - 80) < 2 else expected,
        *((RANGE, 130) if abs(ohm - 2_460) < 5 else ()),
        *((RANGE, NO_CABLE) if abs(ohm - 4_500) < 11 else ()),
        *((320, 630) if abs(ohm - 140) < 2 else ()),
        *((320, 200) if abs(ohm - 308) < 2 else ()),
        *((130, 200) if abs(ohm - 936) < 2 else ()),
        expected,
    }

    assert read(ohm) == expected
    assert read(resistance_ohm(round(3_300 * ohm / (1_000 + ohm)))) in near


def test_a_band_ends_at_its_edge_on_the_lower_side_of_the_current() -> None:
    edges = (79, 80, 139, 140, 307, 308, 935, 936, 2_460, 2_461, 4_500, 4_501)

    assert [read(ohm) for ohm in edges] == [
        SHORT, 630, 630, 320, 320, 200, 200, 130, 130, RANGE, RANGE, NO_CABLE,
    ]  # fmt: skip
    assert read(None) == NO_CABLE


@given(st.integers(-100, 4_000) | st.none())
def test_no_voltage_reads_as_more_than_its_resistor_allows(pp_mv: int | None) -> None:
    found = read(resistance_ohm(pp_mv))

    if pp_mv is None or pp_mv >= 2_702 or pp_mv <= 243:
        assert found <= 0
    assert found in (NO_CABLE, SHORT, RANGE, 130, 200, 320, 630)


def test_the_codes_of_the_model_are_those_of_the_hardware_reference() -> None:
    assert 540 <= LOCKED_CODE <= 660
    assert 2_800 <= UNLOCKED_CODE <= 3_200
    assert 660 < BETWEEN_CODE < 2_800
    assert BROKEN_CODE > 3_900
