"""Temperatures of the host's own sensors: less current when warm, none when hot, half of it when nobody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.faults.catalogue import CATALOGUE
from agent.core.heat.pacing import LOWER_EVERY_S, RAISE_EVERY_S, STEP_A
from agent.core.heat.places import RULES, HeatPlace, allowed_a
from agent.core.heat.thermometer import LOST_AFTER_S, TRUSTED_AFTER_S
from agent.core.heat.watch import HeatWatch, Sensor, heat_watch
from agent.core.time import Instant
from tests.searching import costly

CYCLE_S = 5.0
RATED_A = 32.0
ONE, OTHER = "terminal 1", "terminal 2"


class Story:
    """Readings of one place every five seconds; a second sensor there where `spare`."""

    def __init__(self, place: HeatPlace = HeatPlace.TERMINAL, *, spare: bool = False, rated_a: float = RATED_A) -> None:
        keys = (ONE, OTHER) if spare else (ONE,)
        self.now = Instant(1000.0)
        sensors = tuple(Sensor(key=key, name=f"sensor {key}", place=place) for key in keys)
        self.watch: HeatWatch = heat_watch(sensors, rated_a, self.now)

    def reads(self, celsius: float, *, times: int = 1, key: str = ONE) -> Story:
        for _ in range(times):
            self.now = self.now.plus(CYCLE_S)
            self.watch = self.watch.heard(key, celsius, self.now)
        return self

    def fails(self, *, times: int = 1, key: str = ONE, why: str = "no such file") -> Story:
        for _ in range(times):
            self.now = self.now.plus(CYCLE_S)
            self.watch = self.watch.failed(key, why, self.now)
        return self

    def warms(self, to_c: float, k_per_min: float, from_c: float = 40.0) -> Story:
        """Straight, one reading after the other."""
        step_k = k_per_min / 60 * CYCLE_S
        celsius = from_c
        while celsius < to_c:
            celsius = min(to_c, celsius + step_k)
            self.reads(celsius)
        return self

    @property
    def is_well(self) -> bool:
        """Nothing is limited, and nothing is told."""
        return self.watch.limit_a is None and not self.ids

    @property
    def ids(self) -> list[str]:
        return [id for id, _ in self.watch.faults]


def test_what_is_cool_limits_nothing() -> None:
    story = Story().reads(40, times=30)

    assert story.is_well


@pytest.mark.parametrize(
    ("place", "begins_c", "ends_c"),
    [
        (HeatPlace.BOARD, 70, 85),
        (HeatPlace.TERMINAL, 80, 100),
        (HeatPlace.CONNECTOR, 75, 90),
        (HeatPlace.CONTROLLER, 85, 100),
    ],
)
def test_the_line_begins_at_the_rated_current_and_ends_at_the_least(
    place: HeatPlace, begins_c: float, ends_c: float
) -> None:
    rule = RULES[place]

    assert allowed_a(rule, begins_c, RATED_A) == RATED_A
    assert allowed_a(rule, (begins_c + ends_c) / 2, RATED_A) == pytest.approx((RATED_A + MIN_OFFER_A) / 2)
    assert allowed_a(rule, ends_c, RATED_A) == allowed_a(rule, ends_c + 50, RATED_A) == MIN_OFFER_A


@given(
    place=st.sampled_from(HeatPlace),
    cooler=st.floats(-40, 125),
    warmer=st.floats(-40, 125),
    rated_a=st.floats(6, 80),
)
def test_warmer_is_never_allowed_more(place: HeatPlace, cooler: float, warmer: float, rated_a: float) -> None:
    cooler, warmer = sorted((cooler, warmer))

    less, more = allowed_a(RULES[place], warmer, rated_a), allowed_a(RULES[place], cooler, rated_a)

    assert MIN_OFFER_A <= less <= more + 1e-9
    assert more <= rated_a


def test_a_warm_terminal_lowers_by_an_ampere_every_ten_seconds_and_says_why() -> None:
    story = Story().warms(90, k_per_min=8)
    before_a = story.watch.limit_a
    assert before_a is not None

    story.reads(90, times=2)
    assert story.watch.limit_a == before_a - STEP_A

    story.reads(90, times=40)
    assert story.watch.limit_a == pytest.approx((RATED_A + MIN_OFFER_A) / 2)
    assert story.ids == ["temp.terminal_derate"]
    assert story.watch.detail == "terminal at 90 °C (sensor terminal 1)"
    assert dict(story.watch.faults[0][1]) == {"place": "terminal", "sensor": "sensor terminal 1", "celsius": 90.0}


def test_what_cooled_down_gets_an_ampere_more_each_minute_up_to_all_of_it() -> None:
    story = Story().warms(90, k_per_min=8).reads(90, times=60)
    low_a = story.watch.limit_a
    assert low_a is not None

    story.reads(70, times=3 + 13)
    assert story.watch.limit_a == low_a + STEP_A
    assert story.watch.detail.startswith("1 A more each minute after: terminal at")

    assert story.reads(40, times=200).is_well


@pytest.mark.parametrize(
    ("place", "fault", "stops_c", "still_c", "over_c"),
    [
        (HeatPlace.BOARD, "temp.board_stop", 86, 66, 64),
        (HeatPlace.TERMINAL, "temp.terminal_stop", 101, 81, 79),
        (HeatPlace.CONNECTOR, "temp.connector_stop", 91, 61, 59),
    ],
)
def test_hot_stops_until_it_is_clearly_cooler_and_begins_again_at_the_least(
    place: HeatPlace, fault: str, stops_c: float, still_c: float, over_c: float
) -> None:
    story = Story(place).warms(stops_c, k_per_min=8).reads(stops_c, times=3)
    assert fault in story.ids

    story.reads(still_c, times=30)
    assert fault in story.ids
    assert story.watch.limit_a == MIN_OFFER_A

    story.reads(over_c, times=3)
    assert fault not in story.ids
    assert story.watch.limit_a == MIN_OFFER_A


def test_a_hot_controller_derates_and_never_stops() -> None:
    story = Story(HeatPlace.CONTROLLER).warms(120, k_per_min=8).reads(120, times=100)

    assert story.ids == ["host.overtemp"]
    assert story.watch.limit_a == MIN_OFFER_A


def test_a_terminal_that_warms_too_fast_stops_below_any_limit() -> None:
    steep = Story().reads(55, times=15).warms(70, k_per_min=12, from_c=55)
    slow = Story().reads(55, times=15).warms(70, k_per_min=8, from_c=55)
    cool = Story().reads(20, times=15).warms(50, k_per_min=30, from_c=20)

    assert "temp.terminal_stop" in steep.ids
    assert slow.ids == cool.ids == []


def test_a_single_odd_reading_does_nothing() -> None:
    story = Story().reads(40, times=10).reads(62).reads(41, times=3)

    assert story.ids == []
    assert story.watch.limit_a is None


def test_a_leap_that_no_mass_can_make_is_not_believed() -> None:
    story = Story().reads(30, times=10).reads(110)

    (thermometer,) = story.watch.zones[0].thermometers
    assert thermometer.celsius == 30
    assert "more than 5 K/s" in thermometer.why


def test_a_place_that_nobody_sees_any_more_gets_half_of_the_current_and_is_named() -> None:
    assert Story().reads(30, times=10).fails(times=3).is_well

    story = Story().reads(30, times=10).fails(times=4)

    assert story.watch.limit_a == RATED_A / 2
    assert story.ids == ["temp.sensor"]
    assert story.watch.detail == "no temperature of the terminal: sensor terminal 1: no such file"
    assert CATALOGUE["temp.sensor"].reaction.value == "derate"


def test_half_of_little_is_still_an_offer() -> None:
    assert Story(rated_a=10).fails(times=5).watch.limit_a == MIN_OFFER_A


def test_a_sensor_that_was_never_there_is_missed_like_one_that_left() -> None:
    assert Story().fails(times=3).ids == []
    assert Story().fails(times=4).ids == ["temp.sensor"]


def test_one_of_two_sensors_may_be_lost() -> None:
    story = Story(spare=True)
    for _ in range(10):
        story.reads(40, key=OTHER).fails()

    assert story.is_well
    assert [one.key for one in story.watch.lost] == [ONE]


def test_a_pair_of_which_both_are_lost_gives_no_current_until_one_is_back() -> None:
    story = Story(spare=True)
    for _ in range(4):
        story.fails().fails(key=OTHER)

    assert story.watch.limit_a == 0.0
    assert story.ids == ["temp.sensor"]
    assert "no temperature of the terminal" in story.watch.detail
    story.reads(40, times=30, key=OTHER)
    assert story.watch.limit_a is not None
    assert MIN_OFFER_A <= story.watch.limit_a <= RATED_A / 2 + 3 * STEP_A


def test_a_lost_controller_sensor_costs_no_current() -> None:
    story = Story(HeatPlace.CONTROLLER).fails(times=20)

    assert story.is_well
    assert [one.key for one in story.watch.lost] == [ONE]


def test_a_sensor_that_is_back_is_trusted_after_a_minute_and_the_current_returns_slowly() -> None:
    story = Story().reads(30, times=10).fails(times=10).reads(30, times=12)
    assert story.ids == ["temp.sensor"]

    story.reads(30)
    assert (story.ids, story.watch.limit_a) == ([], RATED_A / 2)

    story.reads(30, times=13)
    assert story.watch.limit_a == RATED_A / 2 + STEP_A


def test_what_fails_while_hot_has_not_become_cool() -> None:
    story = Story(HeatPlace.CONNECTOR).warms(91, k_per_min=8).reads(91, times=3).fails(times=20)
    assert "temp.connector_stop" in story.ids

    story.reads(20, times=5)
    assert "temp.connector_stop" in story.ids

    story.reads(20, times=10)
    assert "temp.connector_stop" not in story.ids


def test_a_sensor_that_fails_while_hot_is_not_outvoted_by_a_cool_one() -> None:
    story = Story(HeatPlace.CONNECTOR, spare=True)
    for celsius in range(40, 93):
        story.reads(celsius, key=ONE).reads(40, key=OTHER)
    for _ in range(20):
        story.fails(key=ONE).reads(40, key=OTHER)

    assert story.ids == ["temp.connector_derate", "temp.connector_stop"]


def test_hard_frost_bars_and_is_over_when_it_is_clearly_warmer() -> None:
    story = Story(HeatPlace.BOARD).reads(-36, times=3)
    assert story.reads(-31, times=5).ids == ["temp.low"]
    assert story.reads(-29, times=3).ids == []


class AnyHeat(RuleBasedStateMachine):
    """Whatever the sensors tell, in whatever order: heat is obeyed, the pace is kept, and all is well in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Instant(0.0)
        self.keys = {
            "board": HeatPlace.BOARD,
            ONE: HeatPlace.TERMINAL,
            OTHER: HeatPlace.TERMINAL,
            "chip": HeatPlace.CONTROLLER,
        }
        sensors = tuple(Sensor(key=key, name=key, place=place) for key, place in self.keys.items())
        self.watch = heat_watch(sensors, RATED_A, self.now)
        self.told: dict[str, list[float]] = {key: [] for key in self.keys}
        self.limits: list[tuple[float, float]] = [(0.0, RATED_A)]

    def _took(self, watch: HeatWatch) -> None:
        before_a = self.limits[-1][1]
        self.watch = watch
        after_a = watch.limit.current_a
        if after_a != before_a:
            if after_a > before_a:
                assert after_a <= before_a + STEP_A + 1e-9
                assert self.now.monotonic_s - self.limits[-1][0] >= RAISE_EVERY_S
            self.limits.append((self.now.monotonic_s, after_a))

    @rule(key=st.sampled_from(["board", ONE, OTHER, "chip"]), celsius=st.floats(-40, 125))
    def tells(self, key: str, celsius: float) -> None:
        self._took(self.watch.heard(key, celsius, self.now))

    @rule(key=st.sampled_from(["board", ONE, OTHER, "chip"]), celsius=st.floats(20, 110), times=st.integers(3, 30))
    def goes_on_telling(self, key: str, celsius: float, times: int) -> None:
        for _ in range(times):
            self.now = self.now.plus(CYCLE_S)
            self._took(self.watch.heard(key, celsius, self.now))

    @rule(key=st.sampled_from(["board", ONE, OTHER, "chip"]), times=st.integers(1, 6))
    def fails(self, key: str, times: int) -> None:
        for _ in range(times):
            self.now = self.now.plus(CYCLE_S)
            self._took(self.watch.failed(key, "broken", self.now))

    @rule(seconds=st.floats(0.1, 300))
    def nobody_says_anything(self, seconds: float) -> None:
        self.now = self.now.plus(seconds)

    @invariant()
    def the_limit_is_an_offer_within_the_rating(self) -> None:
        assert MIN_OFFER_A <= self.watch.limit.current_a <= RATED_A
        assert (self.watch.limit_a is None) == (self.watch.limit.current_a == RATED_A)

    @invariant()
    def what_is_hot_offers_the_least_and_is_told(self) -> None:
        for zone in self.watch.zones:
            if zone.is_hot:
                assert self.watch.limit.current_a == MIN_OFFER_A
                assert zone.rule.stop is not None
                assert zone.rule.stop.fault in dict(self.watch.faults)

    @invariant()
    def above_the_stop_it_is_hot(self) -> None:
        for zone in self.watch.zones:
            warmest = zone.warmest
            if warmest is not None and warmest.celsius is not None and zone.rule.stop is not None:
                assert zone.is_hot or warmest.celsius <= zone.rule.stop.above_c

    @invariant()
    def a_place_that_nobody_sees_has_half_at_most(self) -> None:
        blind = [zone for zone in self.watch.zones if zone.is_blind]
        assert not blind or self.watch.limit.current_a <= RATED_A / 2
        assert bool(blind) == ("temp.sensor" in dict(self.watch.faults))

    @invariant()
    def every_limit_has_a_word_why(self) -> None:
        assert self.watch.limit_a is None or self.watch.detail

    @invariant()
    def every_fault_is_one_of_the_catalogue_and_is_told_once(self) -> None:
        ids = [id for id, _ in self.watch.faults]
        assert len(ids) == len(set(ids))
        assert set(ids) <= set(CATALOGUE)

    def teardown(self) -> None:
        """Half an hour of good readings ends everything."""
        for _ in range(round(TRUSTED_AFTER_S + LOST_AFTER_S + 27 * RAISE_EVERY_S + LOWER_EVERY_S) // 5 + 30):
            self.now = self.now.plus(CYCLE_S)
            for key in self.keys:
                self.watch = self.watch.heard(key, 30.0, self.now)
        assert (self.watch.limit_a, self.watch.faults, self.watch.lost) == (None, (), ())


TestAnyHeat = AnyHeat.TestCase
TestAnyHeat.settings = costly(40, search=1_000, steps=30)
