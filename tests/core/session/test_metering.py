"""The meter during a charge: silence, return, and what is put on record."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.quantities import MeterSample
from agent.core.session.deadlines import POWER_UNRECORDED_S
from agent.core.session.effects import (
    RecordCheckpoint,
    Signal,
)
from agent.core.session.events import DriverLost, MeterSampled, RegisterRecorded, TokenPresented
from agent.core.session.model import SessionPhase
from agent.core.session.offer import CONTACTOR_OPENS_WITHIN_S
from tests.core.session.station import CARD, RecordingStation, charging


def test_a_silent_meter_bars_the_next_charge_at_once() -> None:
    station = RecordingStation()
    station.meter_falls_silent()
    station.plug_in()

    station.feed(TokenPresented(CARD))

    assert station.phase() is SessionPhase.PLUGGED
    assert station.signal() is Signal.FAULT
    assert not station.asked


def test_a_stop_with_a_silent_meter_records_the_last_register_known() -> None:
    station = charging()
    known_wh = station.session.last_register_wh
    station.meter_falls_silent()
    station.advance(5)

    station.feed(TokenPresented(CARD))
    station.pilot_is(PilotState.B)
    station.advance(4)

    assert [stop.register_wh for stop in station.stops()] == [known_wh]


def test_a_meter_that_stays_silent_ends_the_charge_after_a_minute() -> None:
    station = charging()
    station.meter_falls_silent()
    station.advance(59)
    assert station.phase() is SessionPhase.CHARGING
    assert station.status() is ConnectorStatus.CHARGING

    station.advance(15)

    assert [stop.reason for stop in station.stops()] == [StopReason.FAULT]
    assert station.status() is ConnectorStatus.FAULTED


def test_a_meter_that_returns_within_the_minute_is_forgiven() -> None:
    station = charging()
    station.meter_falls_silent()
    station.advance(50)
    station.meter_is_back()

    station.advance(60)

    assert station.phase() is SessionPhase.CHARGING
    assert station.session.faults.ids == ()


def test_a_checkpoint_is_recorded_every_minute_and_every_two_hundred_wh() -> None:
    station = charging()
    station.performed.clear()
    station.advance(310)
    assert checkpoints(station) == 5

    station.advance(20, sample_every_s=None)
    station.register_wh += 180
    station.sample()
    assert checkpoints(station) == 6

    station.pilot_is(PilotState.B)
    station.performed.clear()
    station.advance(310)
    assert checkpoints(station) == 5


def test_hours_without_a_register_are_made_up_for_by_the_next_one() -> None:
    station = charging()
    for _ in range(120):
        station.advance(60, sample_every_s=None)
        station.feed(MeterSampled(sample=MeterSample(at=station.now, register_wh=None, power_w=3_600.0)))

    station.sample()
    station.feed(TokenPresented(CARD))
    station.pilot_is(PilotState.B)
    station.advance(3)

    assert station.session.faults.ids == ()
    assert [stop.register_wh for stop in station.stops()] == [int(station.register_wh)]


def test_a_second_word_of_the_meters_silence_does_not_begin_the_minute_anew() -> None:
    station = charging()
    station.meter_falls_silent()
    station.advance(50)
    station.feed(DriverLost(interface="meter", detail="no answer"))

    station.advance(25)

    assert [stop.reason for stop in station.stops()] == [StopReason.FAULT]


def test_an_exchanged_meter_adds_nothing_to_the_running_charge_and_is_told() -> None:
    station = charging()
    known_wh = station.session.last_register_wh
    assert known_wh is not None

    station.register_wh = 20.0
    station.advance(10)

    assert station.session.last_register_wh == known_wh
    assert station.told("fault.raised")[-1]["id"] == "meter.implausible"


def test_a_sample_on_record_is_as_good_as_a_checkpoint() -> None:
    station = charging()
    station.advance(59)
    before = checkpoints(station)

    station.feed(RegisterRecorded(register_wh=station.session.last_register_wh or 0))
    station.advance(55)

    assert checkpoints(station) == before


def test_a_recorded_register_never_lowers_what_is_on_record() -> None:
    station = charging()
    station.advance(120)
    assert station.session.transaction is not None
    on_record_wh = station.session.transaction.checkpoint_wh

    station.feed(RegisterRecorded(register_wh=0))

    assert station.session.transaction.checkpoint_wh == on_record_wh


def test_a_charge_whose_register_is_refused_is_paused_in_bound_and_goes_on_with_the_next_record() -> None:
    station = charging()
    [row] = station.open_rows()
    station.fails = lambda effect: isinstance(effect, RecordCheckpoint)

    station.advance(POWER_UNRECORDED_S - station.now.since(row.last_at) - 1)
    assert station.has_permission() and station.offer_a() > 0
    station.advance(1)
    assert station.offer_a() == 0
    station.advance(CONTACTOR_OPENS_WITHIN_S)
    assert not station.has_permission() and station.contactor is ContactorState.OPEN
    stood_wh = station.register_wh
    station.advance(3600, sample_every_s=60)

    assert (station.phase(), station.status()) == (SessionPhase.CHARGING, ConnectorStatus.SUSPENDED_EVSE)
    assert (station.register_wh, station.stops()) == (stood_wh, [])

    station.fails = lambda effect: False
    station.advance(5)

    assert row.registers_wh[-1] == int(stood_wh)
    assert station.has_permission() and station.status() is ConnectorStatus.CHARGING


def test_a_meter_that_flickers_buys_no_time_for_a_register_that_is_refused() -> None:
    station = charging()
    [row] = station.open_rows()
    station.fails = lambda effect: isinstance(effect, RecordCheckpoint)
    station.advance(40)
    station.meter_falls_silent()
    station.advance(55)
    station.meter_is_back()

    station.advance(POWER_UNRECORDED_S + CONTACTOR_OPENS_WITHIN_S - station.now.since(row.last_at))

    assert not station.has_permission() and station.phase() is SessionPhase.CHARGING


def test_a_meter_that_answers_without_a_register_vouches_for_nothing() -> None:
    station = charging()

    for _ in range(round(POWER_UNRECORDED_S + CONTACTOR_OPENS_WITHIN_S)):
        station.advance(1, sample_every_s=None)
        station.feed(MeterSampled(sample=MeterSample(at=station.now, register_wh=None, power_w=3600.0)))

    assert not station.has_permission() and station.phase() is SessionPhase.CHARGING


def test_samples_on_record_keep_a_charge_going_whose_checkpoints_are_refused() -> None:
    station = charging()
    station.fails = lambda effect: isinstance(effect, RecordCheckpoint)

    for _ in range(10):
        station.advance(60)
        station.feed(RegisterRecorded(register_wh=station.session.last_register_wh or 0))

    assert station.has_permission() and station.offer_a() > 0


def checkpoints(station: RecordingStation) -> int:
    return sum(isinstance(effect, RecordCheckpoint) for effect in station.performed)


def backwards(station: RecordingStation, power_w: float, seconds: int) -> None:
    for _ in range(seconds):
        station.advance(1, sample_every_s=None)
        wh = station.session.last_register_wh
        station.feed(MeterSampled(sample=MeterSample(at=station.now, register_wh=wh, power_w=power_w)))


def test_a_meter_that_counts_backwards_for_twenty_seconds_is_wired_the_wrong_way() -> None:
    station = charging()

    backwards(station, -7_000.0, 20)
    assert station.session.faults.find("meter.sign_or_phase") is None
    backwards(station, -7_000.0, 2)

    fault = station.session.faults.find("meter.sign_or_phase")
    assert fault is not None
    assert dict(fault.evidence)["power_w"] == -7_000
    assert station.phase() is SessionPhase.CHARGING


def test_a_moment_backwards_or_a_little_of_it_is_none() -> None:
    station = charging()

    for power_w in (-7_000.0, 100.0, -7_000.0, -150.0):
        backwards(station, power_w, 15)

    assert station.session.faults.find("meter.sign_or_phase") is None


def test_the_fault_of_a_lost_meter_says_what_was_wrong_with_it() -> None:
    station = charging()
    station.feed(DriverLost(interface="meter", detail="the same values for 60 s"))

    station.advance(75)

    fault = station.session.faults.find("meter.comm")
    assert fault is not None
    assert dict(fault.evidence)["detail"] == "the same values for 60 s"
