"""What blocks hold: read as the firmware writes it, and never believed where it is anything else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from boards.sampling import millivolts
from calibration import LAYOUT as CALIBRATION_LAYOUT
from evidence import LAYOUT as TRIP_LAYOUT
from hypothesis import given
from hypothesis import strategies as st
from inputs import RESIDUAL_AC, RESIDUAL_DC, Inputs
from kind import FIELDS, RESIDUAL_CURRENT, SOCKET, Kind
from ntc import temperature_of
from operations import LAYOUT as COUNTED_LAYOUT
from operations import Operations
from readings import measures

from agent.drivers.board_service import TripRecord
from agent.drivers.pilot_board import contents
from agent.drivers.pilot_board.contents import (
    calibration_of,
    capture_of,
    celsius,
    configuration_of,
    counters_of,
    mark_of,
    measures_of,
    trip_record_of,
    words_of,
)


def trip_record_of_today(content: bytes) -> TripRecord:
    return trip_record_of(content, 86_400_000)


READERS = (measures_of, calibration_of, counters_of, words_of, capture_of, trip_record_of_today, configuration_of)


def test_the_layouts_are_the_firmware_s() -> None:
    assert contents.TRIP_ENTRY.format == TRIP_LAYOUT
    assert contents.CALIBRATION.format == CALIBRATION_LAYOUT
    assert contents.COUNTED.format == COUNTED_LAYOUT


def test_every_measure_stands_where_the_firmware_puts_it() -> None:
    pins = Inputs()
    pins.high_mv, pins.low_mv = 6_010, -11_950
    pins.generator_mhz, pins.generator_duty = 1_000_200, 2_667
    pins.plus_mv, pins.minus_mv, pins.supply_mv = 11_900, -11_800, 12_100
    pins.mirror_open, pins.chain_ok, pins.frozen = True, False, True
    pins.load_edges, pins.earth_edges = (1, 2, 3), 10
    pins.voltage_mv, pins.current_ma = (230_100, 230_200, 230_300), (16_000, 15_900, 0)
    pins.residual = RESIDUAL_DC | RESIDUAL_AC
    pins.ntc_codes = (2_048, 815, 4_095, 100)
    pins.pp_mv, pins.release_mv = 1_330, 11_000

    found = measures_of(measures(pins))

    assert found["high_v"] == 6.01
    assert found["low_v"] == -11.95
    assert (found["generator_hz"], found["generator_duty_percent"]) == (1000.2, 26.67)
    assert (found["plus_v"], found["minus_v"], found["supply_v"]) == (11.9, -11.8, 12.1)
    assert (found["mirror_open"], found["chain_ok"], found["frozen"]) == (True, False, True)
    assert [found[f"load_edges_l{phase}"] for phase in (1, 2, 3)] == [1, 2, 3]
    assert [found[f"voltage_l{phase}_v"] for phase in (1, 2, 3)] == [230.1, 230.2, 230.3]
    assert [found[f"current_l{phase}_a"] for phase in (1, 2, 3)] == [16.0, 15.9, 0.0]
    assert found["residual"] == "dc trip, ac trip"
    assert (found["board_celsius"], found["contactor_celsius"]) == (25.0, 60.0)
    assert (found["terminal_celsius"], found["connector_celsius"]) == (None, None)
    assert (found["pp_v"], found["release_v"]) == (1.33, 11.0)


def test_a_reading_that_there_is_not_is_none() -> None:
    found = measures_of(measures(Inputs()))

    assert [found[name] for name in ("low_v", "generator_hz", "generator_duty_percent", "pp_v")] == [None] * 4


@given(st.integers(0, 4_095))
def test_a_thermistor_is_read_as_the_board_reads_it(code: int) -> None:
    ours, theirs = celsius(code), temperature_of(code)

    if theirs is None or ours is None:
        assert ours is None
        assert theirs is None
    else:
        assert ours == pytest.approx(theirs / 10, abs=0.5)


@given(st.lists(st.integers(0, 4_095), min_size=1, max_size=50), st.integers(1, 0xFFFF))
def test_samples_are_levels_as_the_board_takes_them(codes: list[int], step_us: int) -> None:
    content = contents.CAPTURE_HEAD.pack(step_us, len(codes)) + b"".join(code.to_bytes(2, "little") for code in codes)

    found = capture_of(content)

    assert found.step_us == step_us
    assert found.levels_mv == pytest.approx([millivolts(code) for code in codes], abs=2)


def test_counters_are_the_firmware_s() -> None:
    operations = Operations(Kind())
    operations.counts = [412, 400, 3, 1]

    assert counters_of(operations.packed()) == {
        "closings_without_load": 412,
        "openings_without_load": 400,
        "openings_under_load": 3,
        "openings_at_a_fault": 1,
    }


def test_a_moment_of_a_trip_is_in_people_s_units() -> None:
    entry = contents.TRIP_ENTRY.pack(
        *(900, 6_000, -32_768, 0b1_0001_0110, 2_667, 3, 120, 119, 121, 6, 6, 6, 10),
        *(23_000, 22_900, 23_100, 1_600, 0, 0, 50_000, 120, 65_535, 372, 128, 128, 255, 128, 118),
    )
    found = trip_record_of(contents.TRIP_HEAD.pack(1, len(entry), 1, 1_000) + entry, 61_000)

    row = dict(zip(found.columns, found.rows[0], strict=True))
    assert found.age_s == 60.0
    assert (row["after_fault_ms"], row["high_v"], row["low_v"], row["pilot"]) == (-100, 6.0, None, "C")
    assert [name for name in contents.TRIP_FLAGS if row[name]] == ["mirror_open", "chain_ok", "coil"]
    assert (row["residual"], row["duty_percent"]) == ("dc trip", 26.67)
    assert (row["plus_v"], row["minus_v"], row["supply_v"]) == (12.0, -11.9, 12.1)
    assert (row["voltage_L2_v"], row["current_L1_a"], row["mains_hz"]) == (229.0, 16.0, 50.0)
    assert (row["neutral_earth_v"], row["proximity_v"], row["lock_code"]) == (1.2, None, 372)
    assert (row["board_celsius"], row["terminal_celsius"], row["release_v"]) == (25.0, None, 11.8)


def test_a_clock_that_wrapped_tells_the_right_side_of_the_fault() -> None:
    entries = _moment(0xFFFF_FFF0) + _moment(4)
    found = trip_record_of(contents.TRIP_HEAD.pack(1, contents.TRIP_ENTRY.size, 2, 0xFFFF_FFFA) + entries, 1 << 33)

    assert [row[0] for row in found.rows] == [-10, 10]
    assert found.age_s is None


def _moment(at_ms: int) -> bytes:
    return at_ms.to_bytes(4, "little") + bytes(contents.TRIP_ENTRY.size - 4)


KINDS = st.builds(
    Kind,
    board=st.text("abc-", min_size=1, max_size=9),
    has=st.integers(0, 0xFFF),
    rated_da=st.integers(60, 800),
    phases=st.sampled_from((1, 3)),
    earthing=st.sampled_from(("TN", "TT", "IT", "split")),
    open_pen=st.booleans(),
    sensors=st.integers(0, 15),
    wake_up_s=st.sampled_from((0, 30, 120)),
)


@given(KINDS)
def test_the_mark_of_a_configuration_is_the_one_that_the_board_compares(kind: Kind) -> None:
    assert mark_of(kind.text().encode()) == contents.MARK.format(kind.mark())


@given(KINDS)
def test_a_configuration_is_told_whole(kind: Kind) -> None:
    found = configuration_of(kind.text().encode())

    assert len(found) == len(FIELDS)
    assert (found["board"], found["earthing"], found["open_pen"]) == (kind.board, kind.earthing, kind.open_pen)
    assert (found["rated_a"], found["phases"]) == (kind.rated_da / 10, kind.phases)


def test_a_configuration_is_in_words() -> None:
    kind = Kind(has=SOCKET | RESIDUAL_CURRENT, sensors=0b0101)

    found = configuration_of(kind.text().encode())

    assert found["has"] == "socket, residual current"
    assert found["sensors"] == "board, terminal"
    assert (found["nominal_v"], found["nominal_hz"], found["wake_up_s"]) == (230.0, 50, 0)
    assert configuration_of(b"sensors=0\nhas=0") == {"sensors": "none", "has": "none"}


def test_no_configuration_has_no_mark() -> None:
    assert mark_of(b"") == ""
    assert configuration_of(b"") == {}


def test_the_state_of_the_firmware_is_words() -> None:
    assert words_of(b"state=receiving running=0.1.0 received=800 total=5000") == {
        "state": "receiving",
        "running": "0.1.0",
        "received": 800,
        "total": 5000,
    }


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(content=st.binary(max_size=200))
def test_whatever_comes_is_a_value_that_json_holds_or_refused(read: Callable[[bytes], object], content: bytes) -> None:
    try:
        found = read(content)
    except ValueError as error:
        assert str(error)
        return
    json.dumps(found if isinstance(found, dict) else str(found), allow_nan=False)


@pytest.mark.parametrize("place", range(21))
def test_a_damaged_record_is_refused(place: int) -> None:
    whole = bytearray(Operations(Kind()).packed())
    whole[place] ^= 1

    with pytest.raises(ValueError, match="damaged"):
        counters_of(bytes(whole))
