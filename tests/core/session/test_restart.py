"""A transaction that outlived the program or the controller goes on with the same car, or is closed with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.session.deadlines import UNRECORDED_S
from agent.core.session.effects import PermitPower, RecordCheckpoint, RecordStop
from agent.core.session.energy import can_rise_wh, rated_power_w
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    FaultObserved,
    StopRequested,
    TokenPresented,
    TransactionJudged,
)
from agent.core.session.model import SessionPhase, SessionSettings
from agent.core.time import Instant
from tests.core.session.station import CARD, FAMILY, OTHER_CARD, charging
from tests.searching import costly

RATED_W = rated_power_w(16.0, 1)


def test_the_same_car_charges_on_under_the_same_transaction() -> None:
    station = charging()
    before_wh = int(station.register_wh)

    station.restart()
    station.advance(10)

    assert station.phase() is SessionPhase.CHARGING
    assert station.status() is ConnectorStatus.CHARGING
    assert station.told("transaction.resumed")
    assert len(station.rows) == 1 and station.register_wh >= before_wh + 9


def test_nothing_is_ordered_before_the_board_has_said_which_car_is_there() -> None:
    station = charging()
    station.board_answers = False
    station.performed.clear()

    station.restart()
    station.advance(30)

    assert not any(isinstance(effect, PermitPower | RecordStop) for effect in station.performed)
    assert station.phase() is SessionPhase.CHARGING


def test_a_board_that_started_anew_and_reads_nothing_keeps_no_transaction_open() -> None:
    station = charging()
    station.board_boot += 1
    station.pilot = PilotState.UNKNOWN
    station.contactor_is(ContactorState.OPEN)

    station.restart(down_s=60)
    station.advance(12)

    assert [stop.reason for stop in station.stops()] == [StopReason.POWER_LOSS]
    assert station.session.transaction is None
    assert station.told("board.restarted") == [{"boot_id": "board-2"}]


@pytest.mark.parametrize(
    ("kernel", "board", "reason"),
    [
        (False, False, StopReason.REBOOT),
        (True, False, StopReason.POWER_LOSS),
        (False, True, StopReason.POWER_LOSS),
        (True, True, StopReason.POWER_LOSS),
    ],
)
def test_where_the_car_left_meanwhile_the_end_has_the_reason_of_the_restart(
    kernel: bool, board: bool, reason: StopReason
) -> None:
    station = charging()
    last_at = station.open_rows()[0].last_at
    station.pilot = PilotState.A
    if board:
        station.board_boot += 1

    station.restart(kernel=kernel, down_s=60)
    station.advance(12)

    [stop] = station.stops()
    assert (stop.reason, stop.at) == (reason, last_at)
    assert stop.register_wh == int(station.register_wh)
    assert station.phase() is SessionPhase.IDLE


def test_another_car_does_not_inherit_the_transaction() -> None:
    station = charging()
    station.insertions += 1

    station.restart()
    station.advance(12)

    assert [stop.reason for stop in station.stops()] == [StopReason.REBOOT]
    assert station.phase() is SessionPhase.PLUGGED
    assert not station.has_permission()


def test_where_the_site_wants_it_nothing_goes_on_after_a_restart() -> None:
    station = charging(SessionSettings(resume_after_restart=False))

    station.restart()
    station.advance(12)

    assert [stop.reason for stop in station.stops()] == [StopReason.REBOOT]


def test_a_stop_that_was_decided_is_carried_out_after_a_restart_in_its_middle() -> None:
    station = charging()
    station.feed(StopRequested(reason=StopReason.REMOTE, token=CARD))

    station.restart()
    station.advance(12)

    assert [(stop.reason, stop.token) for stop in station.stops()] == [(StopReason.REMOTE, CARD)]


def test_a_silent_meter_after_a_restart_leaves_the_last_register_on_record() -> None:
    station = charging()
    station.advance(61)
    last_wh = station.open_rows()[0].registers_wh[-1]
    station.meter_answers = False
    station.pilot = PilotState.A

    station.restart(down_s=10)
    station.advance(30)

    assert [stop.register_wh for stop in station.stops()] == [last_wh]


def test_a_garbled_first_reading_after_a_restart_is_not_believed() -> None:
    station = charging()
    station.restart()

    station.garbled_sample(10_000_000)
    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(10)

    assert [stop.register_wh for stop in station.stops()] == [int(station.register_wh)]


def test_the_first_register_after_a_power_cut_is_on_record_at_once() -> None:
    station = charging()

    station.restart(kernel=True, down_s=60)
    station.advance(1)

    assert station.open_rows()[0].registers_wh[-1] == int(station.register_wh)


@pytest.mark.parametrize("register_wh", [20.0, 5_000.0, 800_000.0])
@pytest.mark.parametrize("stays", [True, False])
def test_a_meter_exchanged_during_a_power_cut_adds_nothing_and_ends_the_transaction(
    register_wh: float, stays: bool
) -> None:
    station = charging(SessionSettings(rated_power_w=RATED_W))
    station.advance(120)
    on_record_wh = station.open_rows()[0].registers_wh[-1]
    station.exchange_meter(register_wh)
    station.pilot = station.pilot if stays else PilotState.A

    station.restart(kernel=True, down_s=90_000)
    station.advance(20)

    assert [stop.register_wh for stop in station.stops()] == [on_record_wh]
    assert not station.has_permission()
    fault = next(told for told in station.told("fault.raised") if told["id"] == "meter.implausible")
    known, read = str(fault["evidence"]).split(", ")
    assert known == f"known_wh {on_record_wh}"
    assert register_wh <= int(read.removeprefix("read_wh ")) <= station.register_wh


def test_the_next_charge_counts_with_the_exchanged_meter() -> None:
    station = charging()
    station.exchange_meter(20.0)
    station.restart(kernel=True, down_s=90_000)
    station.advance(20)
    station.unplug()
    station.advance(20)
    assert station.session.faults.ids == ()

    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(5)

    assert station.open_rows()[0].registers_wh == [int(station.register_wh)]


def test_a_meter_exchanged_and_silent_for_long_is_told_once_it_answers() -> None:
    station = charging()
    station.meter_answers = False
    station.exchange_meter(20.0)
    station.pilot = PilotState.A

    station.restart(kernel=True, down_s=60)
    station.advance(60)
    station.meter_is_back()
    station.advance(5)

    assert "meter.implausible" in [told["id"] for told in station.told("fault.raised")]
    assert station.session.last_register_wh == 20


@given(
    jump_wh=st.integers(-5_000, 1_000_000) | st.integers(-5, 700),
    restart=st.tuples(st.booleans(), st.sampled_from([0.5, 30.0, 3_600.0, 1e7])),
    utc_ms=st.sampled_from([None, 0, 1_800_000_000_000, 4_000_000_000_000]),
    stays_silent_s=st.sampled_from([(True, 0), (True, 5), (True, 40), (False, 0), (False, 5)]),
)
def test_after_a_restart_what_can_have_flowed_is_billed_and_nothing_else(
    jump_wh: int, restart: tuple[bool, float], utc_ms: int | None, stays_silent_s: tuple[bool, int]
) -> None:
    """Whatever the wall clock says of the time in between: hardware, record and time since the start bound it."""
    (kernel, down_s), (stays, silent_s) = restart, stays_silent_s
    station = charging(SessionSettings(rated_power_w=RATED_W))
    station.advance(61)
    on_record_wh = station.open_rows()[0].registers_wh[-1]
    station.exchange_meter(on_record_wh + jump_wh)
    station.pilot = station.pilot if stays else PilotState.A
    station.now = Instant(station.now.monotonic_s, utc_ms, station.now.boot_id)
    station.meter_answers = silent_s == 0

    station.restart(kernel=kernel, down_s=down_s)
    station.advance(silent_s)
    station.meter_is_back()
    station.advance(15)
    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.unplug()
    station.advance(15)

    [stop] = station.stops()
    least_wh, most_wh = jump_wh, int(station.register_wh) - on_record_wh
    if least_wh >= 0 and most_wh <= can_rise_wh(UNRECORDED_S + silent_s, RATED_W):
        assert stop.register_wh == on_record_wh + most_wh
    elif most_wh < 0 or least_wh > can_rise_wh(UNRECORDED_S + silent_s + 30, RATED_W):
        assert stop.register_wh == on_record_wh
    else:
        assert stop.register_wh in (on_record_wh, on_record_wh + most_wh)


@given(
    refused_s=st.lists(st.integers(0, 4_000), min_size=1, max_size=3),
    kernel=st.booleans(),
    down_s=st.sampled_from([0.5, 5.0, 30.0, 90_000.0]),
)
@costly(25, search=1_000)
def test_after_refused_records_and_restarts_every_wh_is_billed(
    refused_s: list[int], kernel: bool, down_s: float
) -> None:
    station = charging(SessionSettings(rated_power_w=RATED_W))
    for seconds in refused_s:
        station.fails = lambda effect: isinstance(effect, RecordCheckpoint)
        station.advance(seconds)
        station.restart(kernel=kernel, down_s=down_s)
    station.fails = lambda effect: False
    station.advance(15)
    assert station.has_permission()

    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(15)

    assert [stop.register_wh for stop in station.stops()] == [int(station.register_wh)]
    assert station.told("fault.raised") == []


def test_after_a_restart_nothing_flows_before_the_register_is_on_record() -> None:
    station = charging()
    station.fails = lambda effect: isinstance(effect, RecordCheckpoint)

    station.restart(down_s=60)
    station.advance(30)
    assert not station.has_permission() and station.phase() is SessionPhase.CHARGING

    station.fails = lambda effect: False
    station.advance(5)
    assert station.has_permission() and station.offer_a() > 0


def test_out_of_service_that_waited_for_the_end_still_waits_after_a_restart() -> None:
    station = charging()
    station.feed(AvailabilityRequested(operative=False))

    station.restart()
    station.advance(2)
    assert station.phase() is SessionPhase.CHARGING
    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(10)

    assert station.status() is ConnectorStatus.UNAVAILABLE


def test_latched_faults_are_still_there_after_a_restart() -> None:
    station = charging()
    station.feed(FaultObserved(id="contactor.welded", present=True))
    station.advance(10)

    station.restart(down_s=30)

    assert station.session.faults.ids == ("contactor.welded",)
    assert station.status() is ConnectorStatus.FAULTED


def test_a_charge_paused_for_an_invalid_id_gets_no_power_after_a_restart() -> None:
    station = charging(SessionSettings(stop_on_invalid_id=False))
    (row,) = station.open_rows()
    station.feed(TransactionJudged(key=row.started.key, status=AuthorizationStatus.INVALID))
    station.advance(10)

    station.restart()
    station.advance(30)

    assert station.phase() is SessionPhase.CHARGING
    assert not station.board_permitted

    station.feed(TransactionJudged(key=row.started.key, status=AuthorizationStatus.ACCEPTED))
    station.advance(30)

    assert station.board_permitted


def test_a_card_of_the_same_group_stops_a_charge_also_after_a_restart() -> None:
    station = charging()
    (row,) = station.open_rows()
    station.feed(TransactionJudged(key=row.started.key, status=AuthorizationStatus.ACCEPTED, group=FAMILY))
    station.restart()
    station.advance(10)

    station.answers[OTHER_CARD] = (AuthorizationStatus.ACCEPTED, FAMILY)
    station.feed(TokenPresented(OTHER_CARD))
    station.advance(10)

    assert [stop.reason for stop in station.stops()] == [StopReason.LOCAL]
