"""The temperature guard alone: the line, the pace towards it, and that asking often or seldom makes no difference."""

from __future__ import annotations

from math import exp

import fault_codes as code
import pytest
from derating import LEAST_DA, line_da
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import BOARD_NTC, CONNECTOR_NTC, CONTACTOR_NTC, NTC_OPEN, TERMINAL_NTC
from kind import TEMPERATURES, Kind
from ntc import temperature_of
from temperature import Temperature
from temperature_checks import code_of

from tests.firmware.guard_alone import Alone

LOOK_MS = 100
RATED_DA = 320
LINES = {
    BOARD_NTC: (700, 850), CONTACTOR_NTC: (800, 1_000), TERMINAL_NTC: (800, 1_000), CONNECTOR_NTC: (750, 900),
}  # fmt: skip
REFERENCE_CODES = (
    (-40, 3996), (-25, 3830), (0, 3156), (25, 2048), (40, 1419), (60, 815), (70, 613),
    (80, 462), (85, 401), (90, 350), (100, 267), (110, 206), (125, 142),
)  # fmt: skip


def warm(*, sparse: bool) -> Alone:
    alone = Alone(Temperature, Kind(has=TEMPERATURES, rated_da=RATED_DA), sparse=sparse)
    alone.situation.inputs.ntc_codes = (2_048, 2_048, 2_048, 2_048)
    alone.look(0, changed=True)
    return alone


def convert(alone: Alone, codes: tuple[int, ...], now: int) -> None:
    changed = alone.situation.inputs.ntc_codes != codes
    alone.situation.inputs.ntc_codes = codes  # type: ignore[assignment]
    alone.look(now, changed=changed)


# --- the converter's code


@pytest.mark.parametrize(("celsius", "ntc_code"), REFERENCE_CODES)
def test_the_reference_points_are_met(celsius: int, ntc_code: int) -> None:
    assert temperature_of(ntc_code) == celsius * 10


def test_between_the_points_the_temperature_is_right_to_a_third_of_a_kelvin() -> None:
    for tenth_kelvins in range(-400, 1_251):
        kelvin = tenth_kelvins / 10 + 273.15
        ohms = 10_000 * exp(3_950 * (1 / kelvin - 1 / 298.15))
        exact_code = 4_095 * ohms / (ohms + 10_000)
        # Rounding the code is the converter's error, not the table's: at 125 °C one code is 0.25 K.
        below, above = temperature_of(int(exact_code) + 1), temperature_of(max(int(exact_code), 142))

        if below is not None and above is not None:
            assert below - 4 <= tenth_kelvins <= above + 4


def test_a_higher_code_is_never_warmer() -> None:
    read = [temperature_of(ntc_code) for ntc_code in range(4_096)]
    known = [temperature_dc for temperature_dc in read if temperature_dc is not None]

    assert known == sorted(known, reverse=True)
    assert [ntc_code for ntc_code, found in enumerate(read) if found is None] == [*range(142), *range(3_997, 4_096)]


# --- the line


@given(st.integers(-400, 1_250), st.integers(-400, 1_250), st.integers(60, 800), st.sampled_from(list(LINES.values())))
def test_the_line_falls_from_rated_to_6_a(cooler_dc: int, warmer_dc: int, rated_da: int, line: tuple[int, int]) -> None:
    cooler_dc, warmer_dc = sorted((cooler_dc, warmer_dc))
    from_dc, to_dc = line
    allowed_da = line_da(warmer_dc, from_dc, to_dc, rated_da)

    assert LEAST_DA <= allowed_da <= line_da(cooler_dc, from_dc, to_dc, rated_da) <= rated_da
    assert line_da(from_dc, from_dc, to_dc, rated_da) == rated_da
    assert line_da(to_dc, from_dc, to_dc, rated_da) == LEAST_DA
    if from_dc <= warmer_dc <= to_dc:
        exact_da = rated_da - (rated_da - LEAST_DA) * (warmer_dc - from_dc) / (to_dc - from_dc)
        assert exact_da - 1 < allowed_da <= exact_da


# --- the pace

BELOW_STOPS = st.tuples(
    st.integers(25, 85), st.integers(25, 60), st.integers(25, 60), st.integers(25, 90)
).map(lambda celsius: tuple(code_of(10 * each) for each in celsius))  # fmt: skip
SCRIPTS = st.lists(st.tuples(st.sampled_from((100, 5_000, 9_900, 10_000, 60_000, 90_000)), BELOW_STOPS), max_size=6)


def allowed_by(codes: tuple[int, ...]) -> int:
    """What the four lines allow at these readings, in 0.1 A."""
    readings = [(temperature_of(ntc_code), LINES[place]) for place, ntc_code in enumerate(codes)]
    return min(line_da(found, *line, RATED_DA) for found, line in readings if found is not None)


@settings(max_examples=60, deadline=None)
@given(SCRIPTS, st.booleans())
def test_the_limit_follows_the_line_at_its_pace(script: list[tuple[int, tuple[int, ...]]], sparse: bool) -> None:
    alone = warm(sparse=sparse)
    before_da, lowered_at, room_since, now = RATED_DA, -10_000, None, LOOK_MS
    for stays_ms, codes in script:
        for _ in range(stays_ms // LOOK_MS):
            convert(alone, codes, now)
            limit_da, allowed_da = alone.guard.limit_da(), allowed_by(codes)
            room_since = (now if room_since is None else room_since) if allowed_da > before_da else None
            if limit_da < before_da:
                assert before_da - limit_da <= 10
                assert now - lowered_at >= 10_000
                assert limit_da >= allowed_da
                lowered_at = now
            elif limit_da > before_da:
                assert limit_da - before_da <= 10
                assert room_since is not None and now - room_since >= 60_000
                assert limit_da <= allowed_da
                room_since = now
            # Above the line only on the way down to it.
            assert limit_da <= allowed_da or now - lowered_at < 10_000
            # Below it only for a minute, then another ampere comes back.
            assert limit_da >= allowed_da or room_since is None or now - room_since < 60_000
            before_da = limit_da
            now += LOOK_MS


# --- asked often or seldom

ANY_CODE = st.sampled_from((0, 141, 142, 261, 267, 270, 350, 401, 462, 512, 707, 815, 940, 2_048, 3_900, 3_955, 3_996))
ANY_SCRIPT = st.lists(
    st.tuples(
        st.sampled_from((100, 400, 500, 600, 4_900, 5_000, 10_000, 59_900, 60_000, 70_000)),
        st.tuples(*[st.just(2_048) | ANY_CODE | st.just(NTC_OPEN)] * 4),
    ),
    max_size=6,
)


@settings(max_examples=80, deadline=None)
@given(ANY_SCRIPT)
def test_asking_when_due_and_at_every_look_believe_the_same(script: list[tuple[int, tuple[int, ...]]]) -> None:
    dense, sparse = warm(sparse=False), warm(sparse=True)
    now = LOOK_MS
    for stays_ms, codes in script:
        for _ in range(stays_ms // LOOK_MS):
            convert(dense, codes, now)
            convert(sparse, codes, now)
            assert dense.present() == sparse.present()
            assert dense.guard.limit_da() == sparse.guard.limit_da()
            now += LOOK_MS


@settings(max_examples=80, deadline=None)
@given(ANY_SCRIPT)
def test_heat_and_blindness_always_act_within_a_second(script: list[tuple[int, tuple[int, ...]]]) -> None:
    alone = warm(sparse=True)
    now = LOOK_MS
    for stays_ms, codes in script:
        for place in range(stays_ms // LOOK_MS):
            convert(alone, codes, now)
            now += LOOK_MS
            if place * LOOK_MS < 900:
                continue
            read = [temperature_of(ntc_code) for ntc_code in codes]
            present = alone.present()
            assert (max(read[1] or 0, read[2] or 0) <= 1_000) or code.TEMP_TERMINAL_STOP in present
            assert (read[0] or 0) <= 850 or code.TEMP_BOARD_STOP in present
            assert (read[3] or 0) <= 900 or code.TEMP_CONNECTOR_STOP in present
            assert None not in read or (code.TEMP_SENSOR in present and alone.guard.limit_da() <= RATED_DA // 2)
            assert read[1] is not None or read[2] is not None or alone.guard.limit_da() == 0


# --- slopes


@settings(max_examples=60, deadline=None)
@given(st.integers(10, 300), st.integers(0, 4_999), st.booleans())
def test_a_slope_of_more_than_10_degrees_a_minute_stops_and_one_of_9_does_not(
    tenths_a_minute: int, begins_at: int, sparse: bool
) -> None:
    alone = Alone(Temperature, Kind(has=TEMPERATURES), sparse=sparse)
    codes = [2_048, 2_048, code_of(610), 2_048]
    start = now = begins_at // LOOK_MS * LOOK_MS + 100_000
    stopped = False
    while now - start <= 90_000:
        codes[TERMINAL_NTC] = code_of(610 + tenths_a_minute * (now - start) // 60_000)
        convert(alone, tuple(codes), now)
        # The board latches it: once is enough.
        stopped = stopped or code.TEMP_TERMINAL_STOP in alone.present()
        now += LOOK_MS

    # 60 to 65 s are compared, and a code of the converter is up to 0.2 K wide: between, either answer is right.
    assert stopped or tenths_a_minute <= 102
    assert not stopped or tenths_a_minute >= 90


@pytest.mark.parametrize("quiet_ms", [6_000, 62_000, 10 * 60_000])
def test_a_jump_after_a_long_quiet_time_without_a_look_stops_too(quiet_ms: int) -> None:
    alone = Alone(Temperature, Kind(has=TEMPERATURES), sparse=True)
    convert(alone, (2_048, code_of(600), 2_048, 2_048), 0)
    convert(alone, (2_048, code_of(711), 2_048, 2_048), quiet_ms)

    alone.look(quiet_ms + 500, changed=False)

    assert code.TEMP_TERMINAL_STOP in alone.present()


# --- after eight hours of rest

HOURS = 3_600_000


@pytest.mark.parametrize("sparse", [False, True], ids=["every look", "when due"])
def test_sensors_that_differ_after_eight_idle_hours_are_not_trusted(sparse: bool) -> None:
    alone = warm(sparse=sparse)
    convert(alone, (code_of(660), 2_048, 2_048, 2_048), 1_000)
    alone.look(8 * HOURS - 1, changed=False)
    assert code.TEMP_SENSOR not in alone.present()

    alone.look(8 * HOURS, changed=False)

    assert code.TEMP_SENSOR in alone.present()
    assert alone.guard.limit_da() == RATED_DA // 2
    convert(alone, (code_of(640), 2_048, 2_048, 2_048), 8 * HOURS + 1_000)
    alone.look(8 * HOURS + 60_999, changed=False)
    assert code.TEMP_SENSOR in alone.present()
    alone.look(8 * HOURS + 61_000, changed=False)
    assert code.TEMP_SENSOR not in alone.present()


def test_a_charge_begins_the_eight_hours_anew() -> None:
    alone = warm(sparse=True)
    convert(alone, (code_of(660), 2_048, 2_048, 2_048), 1_000)
    alone.situation.inputs.mirror_open = False
    alone.look(7 * HOURS, changed=True)
    alone.situation.inputs.mirror_open = True
    alone.look(7 * HOURS + 1_000, changed=True)

    alone.look(15 * HOURS, changed=False)
    assert code.TEMP_SENSOR not in alone.present()
    alone.look(15 * HOURS + 1_000, changed=False)

    assert code.TEMP_SENSOR in alone.present()
