"""What is counted, told by sessions before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Fault
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.core.wear.counting import FAULT_COUNTERS, STATION_COUNTERS, contactor_timed, passed, residual_tested, stepped
from agent.core.wear.model import COUNTERS, PartKind, Wear, known_counts, part_id

NOW = Instant(100.0, 1_800_000_000_000, "boot")
ONE = ConnectorId(1)
IDLE = Session(connector=ONE, contactor=ContactorState.OPEN, board_heard=True, pilot=PilotState.A)
CLOSED = replace(IDLE, contactor=ContactorState.CLOSED)


def after(before: Session, session: Session, *, is_first: bool = True) -> Wear:
    return stepped(Wear(), before, session, rated_a=32.0, is_first=is_first, now=NOW)


def carrying(current_a: float, age_s: float = 1.0) -> Session:
    at = Instant(NOW.monotonic_s - age_s, None, "boot")
    return replace(CLOSED, last_sample=MeterSample(at=at, register_wh=5, currents_a=(current_a, None, 1.0)))


def with_fault(id: str, session: Session = IDLE) -> Session:
    kind = next(one for one in CATALOGUE.values() if one.id == id)
    return replace(session, faults=FaultRegister(faults=(Fault(kind=kind, first_seen=NOW, last_seen=NOW),)))


@pytest.mark.parametrize(
    ("current_a", "age_s", "loaded", "heavy"),
    [(0.2, 1.0, 0, 0), (16.0, 1.0, 1, 0), (26.0, 1.0, 1, 1), (26.0, 30.0, 0, 0)],
)
def test_an_opening_counts_by_the_current_of_a_fresh_reading(
    current_a: float, age_s: float, loaded: int, heavy: int
) -> None:
    before = carrying(current_a, age_s)

    wear = after(before, replace(before, contactor=ContactorState.OPEN))

    found = {name: wear.count("contactor:1", name) for name in ("openings", "openings_loaded", "openings_heavy")}
    assert found == {"openings": 1, "openings_loaded": loaded, "openings_heavy": heavy}


def test_a_closing_is_one_and_the_first_word_of_the_board_is_none() -> None:
    assert after(IDLE, CLOSED).count("contactor:1", "closings") == 1
    assert after(replace(IDLE, contactor=ContactorState.UNKNOWN), CLOSED) == Wear()


def test_an_opening_that_a_fault_forced_is_told_apart() -> None:
    before = carrying(16.0)

    wear = after(before, with_fault("rcd.dc_trip", replace(before, contactor=ContactorState.OPEN)))

    assert wear.count("contactor:1", "openings_by_fault") == 1
    assert wear.count("rcm:1", "trips_dc") == 1


def test_a_fault_of_the_supply_counts_once_for_all_connectors() -> None:
    assert after(IDLE, with_fault("mains.overvoltage")).count("charger", "overvoltages") == 1
    assert after(IDLE, with_fault("mains.overvoltage"), is_first=False) == Wear()


def test_a_fault_that_stays_is_not_counted_again() -> None:
    present = with_fault("contactor.welded")

    assert after(present, replace(present, pilot=PilotState.B)).count("contactor:1", "welds") == 0


def test_a_fault_that_stood_before_a_restart_is_not_counted_again() -> None:
    there = with_fault("meter.comm")
    (fault,) = there.faults.faults
    recalled = replace(there, faults=FaultRegister(faults=(replace(fault, is_recalled=True),)))

    assert after(IDLE, there).count("meter:1", "errors") == 1
    assert after(IDLE, recalled).count("meter:1", "errors") == 0


def test_every_fault_that_is_counted_is_of_the_catalogue_and_every_counter_of_the_table() -> None:
    known = {one.id for one in CATALOGUE.values()}
    names = {(one.part, one.name) for one in COUNTERS}

    assert set(FAULT_COUNTERS) | set(STATION_COUNTERS) <= known
    assert set(FAULT_COUNTERS.values()) | {(PartKind.CHARGER, name) for name in STATION_COUNTERS.values()} <= names


@given(st.lists(st.tuples(st.none() | st.integers(0, 500), st.none() | st.integers(0, 500)), max_size=8))
def test_the_slowest_movement_is_the_slowest_that_was_timed(moves: list[tuple[int | None, int | None]]) -> None:
    wear = Wear()
    for closing_ms, opening_ms in moves:
        wear = contactor_timed(wear, 1, closing_ms=closing_ms, opening_ms=opening_ms)

    closings, openings = (
        ([one for one in ms if one is not None] for ms in zip(*moves, strict=True)) if moves else ([], [])
    )
    found = wear.part("contactor:1").counts
    assert found.get("timed", 0) == len(openings)
    assert found.get("slowest_opening_ms") == max(openings, default=None)
    assert found.get("slowest_closing_ms") == max(closings, default=None)


def test_a_test_of_the_residual_current_unit_is_counted_with_its_time_where_a_clock_was_known() -> None:
    wear = residual_tested(residual_tested(Wear(), 2, trip_ms=31, utc_ms=1_800_000_000_000), 2, trip_ms=28, utc_ms=None)

    assert wear.part("rcm:2").counts == {"tests": 2, "slowest_trip_ms": 31, "last_test_utc_ms": 1_800_000_000_000}


@given(st.lists(st.integers(1, 2**43), min_size=1, max_size=5))
def test_the_time_of_the_last_test_is_the_last_and_not_that_of_a_clock_that_was_ahead(times_ms: list[int]) -> None:
    wear = Wear()
    for utc_ms in times_ms:
        wear = residual_tested(wear, 1, trip_ms=None, utc_ms=utc_ms)

    assert wear.part("rcm:1").counts == {"tests": len(times_ms), "last_test_utc_ms": times_ms[-1]}


def test_what_was_never_measured_is_absent_and_what_never_happened_is_0() -> None:
    assert "slowest_opening_ms" not in known_counts("contactor:1", {})
    assert known_counts("contactor:1", {})["timed"] == 0


def test_time_and_heat_are_counted_in_seconds() -> None:
    wear = passed(passed(Wear(), 60, (IDLE,), 64.2), 30, (IDLE,), -3.5)

    counts = known_counts("charger", wear.part("charger").counts)
    assert (counts["power_on_s"], counts["above_50c_s"], counts["above_60c_s"], counts["above_70c_s"]) == (
        90,
        60,
        60,
        0,
    )
    assert counts["hottest_c"] == 65
    assert part_id(PartKind.CABLE, 1) not in wear.parts
