"""What `explain` promises, over every session the core can reach and over single scenes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis.stateful import invariant

from agent.control.ports import NO_NETWORK, BoardState, NetworkState
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.explain.chain import LinkState
from agent.core.explain.change import Kind
from agent.core.explain.explain import Explanation, explain
from agent.core.explain.fault_changes import BARS
from agent.core.explain.links import Link
from agent.core.explain.reason import Effect, Reason
from agent.core.explain.scene import Scene
from agent.core.explain.would_start import would_start
from agent.core.facts import StopReason
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.from_afar import is_remotely_clearable
from agent.core.faults.model import Recovery
from agent.core.session.effects import RecordCheckpoint
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    AvailabilityRequested,
    DriverLost,
    FaultObserved,
    StopRequested,
    TokenPresented,
)
from agent.core.session.model import SessionPhase
from agent.core.visits.model import Attempt, Mark, Outcome
from tests.core.explain.happenings import Happenings
from tests.core.session.station import CARD, RecordingStation
from tests.searching import costly

OFFLINE = NetworkState(
    configured=True, connected=False, cause="the name csms.example is not known", host="csms.example"
)


def explained(
    station: RecordingStation,
    network: NetworkState = NO_NETWORK,
    board: BoardState | None = None,
    notices: tuple[str, ...] = (),
) -> Explanation:
    scene = Scene(session=station.session, network=network, now=station.now, board=board, notices=notices)
    return explain(scene)


def keys(explanation: Explanation) -> list[str]:
    return [reason.key for reason in explanation.reasons]


def named(explanation: Explanation, key: str) -> Reason:
    return next(reason for reason in explanation.reasons if reason.key == key)


class AnySession(Happenings):
    """Charging, or a reason why not, and never both."""

    @invariant()
    def it_charges_or_something_stops_the_current(self) -> None:
        for network in (OFFLINE, replace(OFFLINE, lets_anybody_in=False)):
            explanation = explained(self.station, network)

            stopping = [reason.key for reason in explanation.reasons if reason.effect.stops_current]
            assert explanation.charging == (not stopping), (explanation.headline, stopping)

    @invariant()
    def a_link_blocks_exactly_where_nothing_can_flow(self) -> None:
        explanation = explained(self.station, OFFLINE)

        assert [one.link for one in explanation.chain] == list(Link)
        assert explanation.charging == all(one.state is not LinkState.BLOCKS for one in explanation.chain)

    @invariant()
    def it_never_says_charging_where_no_current_can_flow(self) -> None:
        station = self.station
        can_flow = (
            station.contactor is ContactorState.CLOSED
            and station.pilot.asks_for_power
            and station.board_permitted
            and station.board_offer_a >= 6
            and bool(station.open_rows())
        )

        assert can_flow or not explained(station).charging

    @invariant()
    def the_strongest_reason_comes_first_and_the_headline_names_it(self) -> None:
        explanation = explained(self.station, OFFLINE, notices=("a notice",))

        order = [list(Effect).index(reason.effect) for reason in explanation.reasons]
        assert order == sorted(order)
        assert explanation.charging or explanation.reasons[0].what in explanation.headline

    @invariant()
    def every_reason_is_one_line_of_words(self) -> None:
        for reason in explained(self.station, OFFLINE).reasons:
            assert reason.what.isprintable()
            assert reason.what.strip()
            assert not reason.what.endswith(".")


TestAnySession = AnySession.TestCase
TestAnySession.settings = costly(60, search=1_000, steps=40)


@pytest.fixture
def station() -> RecordingStation:
    return RecordingStation()


def charging(station: RecordingStation) -> RecordingStation:
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(1.0)
    station.pilot_is(PilotState.C)
    station.advance(5.0)
    return station


def test_a_charge_that_waits_for_a_record_says_so(station: RecordingStation) -> None:
    charging(station)
    station.fails = lambda effect: isinstance(effect, RecordCheckpoint)
    station.advance(200.0)

    explanation = explained(station)

    assert not explanation.charging
    assert keys(explanation)[0] == "unrecorded"
    assert "not on record" in explanation.headline


def test_without_a_car_the_missing_plug_is_named(station: RecordingStation) -> None:
    explanation = explained(station)

    assert explanation.headline == "not charging: no car is plugged in"
    assert named(explanation, "no_plug").next_step == "plug a car in"


def test_a_plug_without_a_card_asks_for_one(station: RecordingStation) -> None:
    station.plug_in()

    explanation = explained(station)

    assert keys(explanation)[0] == "nobody_accepted"
    assert ("waits_another_s", 120) in named(explanation, "nobody_accepted").evidence


def test_a_refused_card_is_named_with_the_reason_and_never_in_full(station: RecordingStation) -> None:
    station.plug_in()
    station.authorizes_by_itself = False
    station.feed(TokenPresented(CARD))
    station.feed(AuthorizationDecided(token=CARD, status=AuthorizationStatus.BLOCKED))

    reason = named(explained(station), "refused")

    assert "C3D4" in reason.what
    assert "Blocked" in reason.what
    assert CARD.value not in reason.what


def test_an_unanswered_question_says_that_the_network_is_away(station: RecordingStation) -> None:
    station.authorizes_by_itself = False
    station.plug_in()
    station.feed(TokenPresented(CARD))

    explanation = explained(station, OFFLINE)

    assert keys(explanation)[0] == "authorization.waiting"
    assert "not connected" in named(explanation, "authorization.waiting").next_step
    assert named(explanation, "network.offline").effect is Effect.NOTE


def test_a_limit_below_six_amperes_pauses_and_says_who_set_it(station: RecordingStation) -> None:
    charging(station).limited(4.0)

    explanation = explained(station)

    assert not explanation.charging
    assert keys(explanation)[0] == "limit.network"
    assert explanation.reasons[0].effect is Effect.PAUSES
    assert "TxProfile 7" in explanation.reasons[0].next_step


def test_a_car_that_does_not_ask_is_told_apart_from_a_charger_that_pauses(station: RecordingStation) -> None:
    charging(station).pilot_is(PilotState.B)

    explanation = explained(station, board=BoardState(answering=True, high_v=8.9, low_v=-11.9))

    assert keys(explanation)[0] == "car.not_asking"
    assert named(explanation, "car.not_asking").evidence == (("high_v", 8.9), ("low_v", -11.9))


def test_a_contactor_that_stays_open_tells_what_the_board_waits_for(station: RecordingStation) -> None:
    charging(station).contactor_is(ContactorState.OPEN)

    explanation = explained(station, board=BoardState(answering=True, waits_for="chain"))

    assert keys(explanation)[0] == "contactor.open"
    assert "safety chain" in explanation.reasons[0].what


def test_a_fault_comes_with_evidence_remedy_and_the_time_it_was_seen(station: RecordingStation) -> None:
    charging(station)
    seen_at = station.now
    station.feed(FaultObserved(id="rcd.dc_trip", present=True, evidence=(("residual_ma", 7.2),)))

    reason = explained(station).reasons[0]

    assert reason.key == "fault.rcd.dc_trip"
    assert reason.effect is Effect.BLOCKS
    assert reason.evidence == (("residual_ma", 7.2),)
    assert reason.since == seen_at
    assert "insulation test" in reason.next_step or "unplug" in reason.next_step


def test_a_fault_whose_condition_is_gone_says_how_it_clears(station: RecordingStation) -> None:
    station.plug_in()
    station.feed(FaultObserved(id="rcd.dc_trip", present=True))
    station.feed(FaultObserved(id="rcd.dc_trip", present=False))

    assert "clears by unplugging" in named(explained(station), "fault.rcd.dc_trip").next_step


def test_a_stop_under_way_tells_its_stage(station: RecordingStation) -> None:
    charging(station).feed(StopRequested(reason=StopReason.REMOTE))

    reason = explained(station).reasons[0]

    assert reason.key == "stopping"
    assert ("stage", "opening") in reason.evidence


def test_a_silent_meter_tells_when_the_charge_will_end(station: RecordingStation) -> None:
    charging(station).meter_falls_silent()
    station.advance(20.0)

    explanation = explained(station)

    assert explanation.charging
    assert named(explanation, "meter.silent").evidence == (("charge_ends_in_s", 40),)


def test_out_of_service_is_named_before_the_missing_plug(station: RecordingStation) -> None:
    station.feed(AvailabilityRequested(False))

    assert keys(explained(station))[:2] == ["out_of_service", "no_plug"]


def test_going_out_of_service_later_does_not_stop_a_running_charge(station: RecordingStation) -> None:
    charging(station).feed(AvailabilityRequested(False))

    explanation = explained(station)

    assert explanation.charging
    assert "out_of_service.scheduled" in keys(explanation)


def test_offline_says_that_charging_goes_on(station: RecordingStation) -> None:
    explanation = explained(charging(station), OFFLINE)

    assert explanation.charging
    assert "charging goes on" in named(explanation, "network.offline").what


def test_another_address_than_the_preferred_one_is_told_with_its_reason(station: RecordingStation) -> None:
    elsewhere = NetworkState(configured=True, connected=True, host="b.example", passed_over="wss://a.example: no route")

    told = named(explained(station, elsewhere), "network.other_address").what

    assert "reached at b.example, not where it is preferred (wss://a.example: no route)" in told
    assert "network.other_address" not in keys(explained(station, NetworkState(configured=True, connected=True)))


def test_a_standing_notice_and_an_unknown_clock_are_notes(station: RecordingStation) -> None:
    station.now = type(station.now)(station.now.monotonic_s, None, station.now.boot_id)

    explanation = explained(station, notices=("for the laboratory only",))

    assert keys(explanation)[-2:] == ["notice", "clock.unknown"]


@pytest.mark.parametrize(("ahead_s", "told"), [(90.0, "90 s behind"), (-7200.0, "7200 s ahead of")])
def test_a_clock_that_the_central_system_contradicts_is_told_and_counts_as_unknown(
    station: RecordingStation, ahead_s: float, told: str
) -> None:
    explanation = explained(station, NetworkState(configured=True, connected=True, clock_ahead_s=ahead_s))

    assert f"the clock is {told} the central system's" in named(explanation, "clock.wrong").what
    (time,) = (one for one in explanation.chain if one.link is Link.TIME)
    assert (time.state, told in time.what) == (LinkState.UNKNOWN, True)


@pytest.mark.parametrize("ahead_s", [None, 59.0, -59.0])
def test_a_clock_that_is_right_enough_is_told_as_known(station: RecordingStation, ahead_s: float | None) -> None:
    explanation = explained(station, NetworkState(configured=True, connected=True, clock_ahead_s=ahead_s))

    assert "clock.wrong" not in keys(explanation)
    assert [one.state for one in explanation.chain if one.link is Link.TIME] == [LinkState.OK]


def test_after_a_charge_the_plug_that_is_still_in_is_named(station: RecordingStation) -> None:
    charging(station).feed(StopRequested(reason=StopReason.LOCAL))
    station.advance(15.0)

    assert station.phase() is SessionPhase.FINISHING
    assert keys(explained(station))[0] == "finished"


def test_a_car_that_asks_and_takes_nothing_is_noted(station: RecordingStation) -> None:
    charging(station).sample()

    assert "car.takes_little" in keys(explained(station))


def test_the_last_start_that_a_fault_ended_is_noted_with_its_link_and_remedy(station: RecordingStation) -> None:
    """Only while the fault itself does not say so."""
    failed = Attempt(port=1, start=Outcome.FAILED, code="lock.lock_failed", marks=((Mark.UNPLUGGED, station.now),))

    def explained_now() -> Explanation:
        return explain(Scene(session=station.session, network=NO_NETWORK, now=station.now, failed_start=failed))

    reason = named(explained_now(), "start.failed")

    assert (reason.effect, reason.link, reason.since) == (Effect.NOTE, Link.LOCK, station.now)
    assert "lock.lock_failed" in reason.what
    station.feed(FaultObserved(id="lock.lock_failed", present=True))
    assert "start.failed" not in keys(explained_now())


def test_a_meter_that_answers_with_an_exception_is_not_said_to_be_silent(station: RecordingStation) -> None:
    station.feed(DriverLost(interface="meter", detail="modbus:1 answers with exception 1"))

    explanation = explained(station)

    assert "modbus:1 answers with exception 1" in explanation.headline
    assert "modbus:1 answers with exception 1" in named(explanation, "meter.silent").what
    assert "make" in named(explanation, "fault.meter.comm").next_step


def test_nobody_is_sent_for_a_card_while_a_fault_bars_the_charge(station: RecordingStation) -> None:
    charging(station).feed(StopRequested(reason=StopReason.LOCAL))
    station.advance(15.0)
    station.feed(FaultObserved(id="contactor.welded", present=True))

    finished = named(explained(station), "finished")

    assert finished.next_step.startswith("a fault is present: contactor.welded: end that first")


def test_what_ends_a_fault_that_the_board_keeps_is_said_alike(station: RecordingStation) -> None:
    station.feed(FaultObserved(id="contactor.welded", present=True))
    scene = Scene(session=station.session, network=NO_NETWORK, now=station.now)

    step = named(explain(scene), "fault.contactor.welded").next_step
    (clear,) = (one for one in would_start(scene) if one.kind is Kind.CLEAR_FAULT)

    assert "evsectl board clear" in step
    assert "evsectl board clear" in clear.what
    assert "faults clear" not in clear.what


@pytest.mark.parametrize("id", sorted(id for id, kind in CATALOGUE.items() if kind.recovery is Recovery.SERVICE))
def test_a_fault_that_somebody_has_to_look_at_is_said_to_be_cleared_at_the_charger(
    station: RecordingStation, id: str
) -> None:
    station.feed(FaultObserved(id=id, present=True))
    station.feed(FaultObserved(id=id, present=False))
    scene = Scene(session=station.session, network=NO_NETWORK, now=station.now)

    says = [one.what for one in would_start(scene) if one.kind is Kind.CLEAR_FAULT and one.subject == id]

    where = "" if is_remotely_clearable(CATALOGUE[id]) else "at the charger: "
    assert all(what == f"end the fault {id}: {where}evsectl faults clear {id}" for what in says)
    assert says or CATALOGUE[id].reaction not in BARS


def test_a_charge_without_power_is_not_said_to_run(station: RecordingStation) -> None:
    assert named(explained(charging(station)), "transaction").what.startswith("a charge runs for")

    station.contactor_is(ContactorState.OPEN)

    assert named(explained(station), "transaction").what.startswith("a charge is open, without power, for")
