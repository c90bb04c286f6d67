"""Sets of stretches, hours of operation, causes and gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.asking import Asking
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction
from agent.core.limits import LimitSource
from agent.core.session.events import AvailabilityRequested, DriverLost, FaultObserved, LimitChanged
from agent.core.time import Instant
from agent.core.uptime.causes import CLASS_OF_FAULT, DOWN, cause_of, class_of_fault
from agent.core.uptime.hours import closed, parsed
from agent.core.uptime.intervals import common, length, united, without
from agent.core.uptime.model import EXCLUDED_BY_ITSELF, Cause, CauseClass, Outage, Window
from agent.core.uptime.telling import ending_of
from agent.core.uptime.tracker import Began, Ended, Entered, Gap, Port, seen, started
from agent.zones import zone_of
from tests.core.session.station import RecordingStation, charging

STRETCHES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def points(stretches: tuple[tuple[int, int], ...]) -> set[int]:
    return {at for begin, end in stretches for at in range(begin, end)}


@given(STRETCHES, STRETCHES)
@settings(max_examples=80)
def test_stretches_are_sets_of_their_milliseconds(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    here, there = united(one), united(other)

    assert points(here) == points(tuple(one))
    assert points(common(here, there)) == points(here) & points(there)
    assert points(without(here, there)) == points(here) - points(there)
    assert length(here) == len(points(here))
    assert all(before[1] < after[0] for before, after in pairwise(here))


def ms(day: int, hour: int, minute: int = 0, month: int = 3) -> int:
    return round(datetime(2026, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def test_hours_follow_the_clock_of_the_place_through_summer_time() -> None:
    # Summer time begins on Sunday, 2026-03-29, at one by UTC.
    shut = closed(("Mo-Su 07:00-22:00",), zone_of("Europe/Berlin"), (ms(28, 12), ms(30, 12)))

    assert shut == ((ms(28, 21), ms(29, 5)), (ms(29, 20), ms(30, 5)))


def test_hours_over_midnight_and_single_days_and_none() -> None:
    assert closed(("Fr,Sa 20:00-02:00",), UTC, (ms(6, 0), ms(7, 12))) == (
        (ms(6, 0), ms(6, 20)),
        (ms(7, 2), ms(7, 12)),
    )
    assert closed(("Mo-Su 00:00-24:00",), UTC, (ms(6, 0), ms(9, 0))) == ()
    assert closed((), UTC, (0, 10)) == ()
    assert parsed("Sa-Mo 00:00-24:00").days == {5, 6, 0}
    for wrong in ("Monday 07:00-08:00", "Mo 7-8", "Mo 25:00-26:00", "Mo 24:00-08:00"):
        with pytest.raises(ValueError, match="are no hours"):
            parsed(wrong)


def test_only_what_no_plug_cable_or_pilot_can_cause_is_put_down_to_the_car_without_a_person() -> None:
    of_the_car = [CATALOGUE[id] for id, of in CLASS_OF_FAULT.items() if of is CauseClass.VEHICLE]
    elsewhere = ("connector", "socket", "plug", "cable", "latch", "leak", "PP", "water")

    assert of_the_car
    assert [kind.id for kind in of_the_car if any(word in kind.causes for word in elsewhere)] == []


def test_each_fault_that_takes_a_port_out_has_a_class_and_the_table_knows_no_other() -> None:
    assert set(CLASS_OF_FAULT) <= set(CATALOGUE)
    hardware = {
        id
        for id, kind in CATALOGUE.items()
        if kind.reaction in DOWN and class_of_fault(id) is CauseClass.CHARGER_HARDWARE
    }
    assert {"contactor.welded", "mcu.comm", "meter.comm", "temp.board_stop", "storage.readonly"} <= hardware


def test_of_the_supply_only_an_interruption_and_the_utilitys_pen_are_excluded_without_a_persons_word() -> None:
    """23 CFR 680.116(b)(3): "electric utility service interruptions"; a site's fuse, terminal or PE is none."""
    feed = {
        id: class_of_fault(id)
        for id, kind in CATALOGUE.items()
        if kind.ocpp201_component == "ElectricalFeed" and kind.reaction in DOWN
    }

    assert {id for id, of in feed.items() if of in EXCLUDED_BY_ITSELF} == {"mains.loss", "pen.fault"}
    assert {of for of in feed.values() if of not in EXCLUDED_BY_ITSELF} == {CauseClass.SITE}
    assert {"pe.lost", "mains.phase_loss", "mains.polarity"} <= feed.keys()


@pytest.mark.parametrize(
    "id", [id for id, kind in CATALOGUE.items() if kind.reaction in (Reaction.OPEN, Reaction.BLOCK)]
)
def test_a_fault_that_opens_or_bars_is_a_cause_and_its_end_ends_it(id: str) -> None:
    station = RecordingStation()
    station.feed(FaultObserved(id=id, present=True, evidence=(("high_v", 0.4),)))

    cause = cause_of(station.session)

    assert cause is not None
    assert (cause.key, cause.of) == (f"fault.{id}", class_of_fault(id))
    assert "high_v 0.4" in cause.evidence


def test_warnings_and_less_current_are_no_outage() -> None:
    for id in [id for id, kind in CATALOGUE.items() if kind.reaction in (Reaction.NONE, Reaction.DERATE)]:
        station = RecordingStation()
        station.feed(FaultObserved(id=id, present=True, evidence=()))
        assert cause_of(station.session) is None, id


def test_what_bars_only_the_next_charge_lets_a_running_one_be_in_use() -> None:
    station = charging()
    station.feed(FaultObserved(id="config.invalid", present=True, evidence=()))
    station.feed(AvailabilityRequested(operative=False))

    assert cause_of(station.session) is None


def test_a_port_that_dispenses_is_in_use_whatever_its_service_is() -> None:
    station = charging()
    out = replace(station.session, operative=False)

    assert cause_of(out) is None
    assert cause_of(replace(out, permitted=False)) is not None


def test_a_silent_board_service_limits_and_a_closed_network_are_named_by_class() -> None:
    def after(*events: object, **how: object) -> tuple[str, CauseClass] | None:
        station = RecordingStation()
        for event in events:
            station.feed(event)  # type: ignore[arg-type]
        cause = cause_of(station.session, **how)  # type: ignore[arg-type]
        return None if cause is None else (cause.key, cause.of)

    out, silent = AvailabilityRequested(operative=False), DriverLost(interface="pilot_board", detail="x")
    none = LimitChanged(source=LimitSource.THERMAL, current_a=0.0, detail="t")
    wished = LimitChanged(source=LimitSource.NETWORK, current_a=0.0, detail="p")

    assert after() is None
    assert after(wished) is None
    assert after(silent) == ("board.silent", CauseClass.CHARGER_HARDWARE)
    assert after(out) == ("out_of_service", CauseClass.CSMS)
    assert after(out, is_window=True) == ("out_of_service", CauseClass.MAINTENANCE)
    assert after(out, firmware_waits=True) == ("firmware.waits", CauseClass.MAINTENANCE)
    assert after(firmware_waits=True) is None
    assert after(none) == ("limit.thermal", CauseClass.CHARGER_HARDWARE)
    away = Asking(is_connected=False, is_missed=True, lets_anybody_in=False)
    assert after(asking=away) == ("network.closed", CauseClass.NETWORK)
    # What lies with the charger decides: without the other cause the port would not have been operational either.
    assert after(out, silent) == ("board.silent", CauseClass.CHARGER_HARDWARE)


AT = Instant(100.0, 1_800_000_000_000, "b")


def test_a_port_counts_from_the_first_moment_it_serves() -> None:
    station = RecordingStation()
    station.feed(FaultObserved(id="comm.not_commissioned", present=True, evidence=()))
    port, before = seen(Port(number=1), cause_of(station.session), AT, wanted=False)
    port, entered = seen(port, None, AT.plus(9.0), wanted=False)
    port, out = seen(port, cause_of(station.session), AT.plus(20.0), wanted=True)

    assert before == ()
    assert entered == (Entered(port=1, at=AT.plus(9.0)),)
    [began] = out
    assert isinstance(began, Began)
    assert (began.outage.began, began.outage.wanted) == (AT.plus(20.0), True)
    assert isinstance(seen(port, None, AT.plus(30.0), wanted=False)[1][0], Ended)


def test_the_end_of_a_crash_is_told_at_once_where_nothing_lasted_before() -> None:
    crash = Cause(key="program.crashed", of=CauseClass.CHARGER_SOFTWARE, evidence="")
    port, [began] = started(Port(number=1, counts=True), (Gap(since=AT, cause=crash),))

    port, changes = seen(port, None, AT.plus(20.0), wanted=False, gaps=(Gap(since=AT, cause=crash),))

    assert isinstance(began, Began) and port.open is None
    assert changes == (Ended(outage=replace(began.outage, ended=AT.plus(20.0))),)


def test_an_end_tells_length_and_exclusion_and_nothing_that_nobody_knows() -> None:
    station = RecordingStation()
    station.feed(FaultObserved(id="mains.loss", present=True, evidence=()))
    cause = cause_of(station.session)
    assert cause is not None
    outage = Outage(number=1, port=1, cause=cause, began=AT, ended=AT.plus(60.0))

    grid = ending_of(outage, (), (), UTC)
    blind = ending_of(Outage(number=1, port=1, cause=cause, began=Instant(9.0, None, "a"), ended=AT), (), (), UTC)

    assert (grid.lasted_s, grid.excluded_s, grid.why, grid.by) == (60.0, 60.0, "utility", "rule")
    assert (blind.lasted_s, blind.excluded_s) == (None, None)


def test_a_window_is_open_from_its_begin_until_its_end() -> None:
    window = Window(number=1, opened=AT, from_ms=1_000, until_ms=2_000, why="x", by="y")

    assert [window.is_open(at) for at in (999, 1_000, 1_999, 2_000)] == [False, True, True, False]
