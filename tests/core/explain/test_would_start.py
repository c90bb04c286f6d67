"""The fewest changes that would start a charge: they start it, and none of them can be left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.availability import Bookings, Reservation
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.explain.change import Change, Kind
from agent.core.explain.explain import explain
from agent.core.explain.links import Who
from agent.core.explain.scene import NO_NETWORK, BoardState, NetworkState, Scene
from agent.core.explain.would_start import searching, starts_with, would_start
from agent.core.facts import StopReason
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction, Recovery, Witness
from agent.core.identity import IdToken
from agent.core.limits import LimitSource
from agent.core.session.effects import RecordStart
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    AvailabilityRequested,
    BookingsChanged,
    FaultObserved,
    LimitChanged,
    LoanRequested,
    ProgramEnds,
    StopRequested,
    TokenPresented,
    TransactionJudged,
)
from agent.core.session.model import Loan, SessionSettings, initial
from agent.core.signatures import Signature
from tests.core.explain.happenings import Happenings
from tests.core.explain.test_explain import OFFLINE, charging
from tests.core.session.station import CARD, CONNECTOR, OTHER_CARD, RecordingStation
from tests.searching import costly

FAULTS_THAT_STOP = [id for id, kind in CATALOGUE.items() if kind.reaction in (Reaction.OPEN, Reaction.X1)]
FAULTS_THAT_BAR = [id for id, kind in CATALOGUE.items() if kind.reaction is Reaction.BLOCK]
FREE = IdToken("FREE", kind="NoAuthorization")


def scene_of(station: RecordingStation, network: NetworkState = NO_NETWORK, board: BoardState | None = None) -> Scene:
    return Scene(session=station.session, network=network, now=station.now, board=board)


def kinds(changes: tuple[Change, ...]) -> list[Kind]:
    return [change.kind for change in changes]


def check_minimal(scene: Scene) -> tuple[Change, ...]:
    """They start it, all of them are needed, and there are some exactly where nothing flows."""
    changes = would_start(scene)
    assert (changes == ()) == explain(scene).charging
    assert Kind.NONE_KNOWN not in kinds(changes), explain(scene).headline
    assert changes == () or starts_with(scene, changes)
    if changes and kinds(changes) != [Kind.WAIT]:
        for change in changes:
            assert not starts_with(scene, [one for one in changes if one is not change]), change
    assert scene.session.board_speaks or Kind.BOARD in kinds(changes), explain(scene).headline
    return changes


class AnyCounterfactual(Happenings):
    """Wherever a session can get to, there is a way to a charge, and no shorter one by leaving something out."""

    def teardown(self) -> None:
        check_minimal(scene_of(self.station))
        check_minimal(scene_of(self.station, OFFLINE))


AnyCounterfactual.TestCase.settings = costly(60, search=1_000, steps=25)
TestAnyCounterfactual = AnyCounterfactual.TestCase


@pytest.fixture
def station() -> RecordingStation:
    return RecordingStation()


def test_an_idle_charger_lacks_a_car_and_a_card_and_both_are_the_drivers(station: RecordingStation) -> None:
    changes = check_minimal(scene_of(station))

    assert kinds(changes) == [Kind.PLUG_IN, Kind.PRESENT_CARD]
    assert {change.who for change in changes} == {Who.DRIVER}


def test_where_nobody_has_to_identify_a_car_is_all_that_lacks() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=FREE))

    assert kinds(check_minimal(scene_of(station))) == [Kind.PLUG_IN]


def test_where_nobody_has_to_identify_a_charge_that_ended_begins_anew_with_the_plug_and_not_with_a_card() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=FREE))
    station.plug_in()
    station.advance(1.0)
    station.pilot_is(PilotState.C)
    station.advance(5.0)
    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(20.0)

    assert kinds(check_minimal(scene_of(station))) == [Kind.REPLUG]


def test_what_goes_on_by_itself_is_waited_for_until_then(station: RecordingStation) -> None:
    charging(station).limited(4.0)
    station.advance(10.0)
    station.limited(16.0)

    (change,) = check_minimal(scene_of(station))

    assert (change.kind, change.who) == (Kind.WAIT, Who.WAIT)
    assert change.until is not None
    station.advance(change.until.since(station.now) + 1.0)
    assert would_start(scene_of(station)) == ()


@pytest.mark.parametrize("id", FAULTS_THAT_STOP)
def test_a_fault_that_stops_a_charge_is_to_be_ended_and_what_it_took_with_it_is_done_anew(
    station: RecordingStation, id: str
) -> None:
    charging(station).feed(FaultObserved(id=id, present=True))
    station.advance(20.0)

    changes = check_minimal(scene_of(station))

    if id == "meter.comm":
        # Seen by the core itself, which takes its word back with the next reading.
        assert kinds(changes) == [Kind.WAIT]
        return
    assert changes[0].subject == id
    needs_unplugging = CATALOGUE[id].recovery is Recovery.UNPLUG or id == "safety.emergency_stop"
    assert (Kind.REPLUG in kinds(changes)) == needs_unplugging


@pytest.mark.parametrize("id", FAULTS_THAT_BAR)
def test_a_fault_that_bars_a_charge_is_named_before_the_car_and_the_card(station: RecordingStation, id: str) -> None:
    station.feed(FaultObserved(id=id, present=True))

    changes = check_minimal(scene_of(station))

    assert kinds(changes) == [Kind.CLEAR_FAULT, Kind.PLUG_IN, Kind.PRESENT_CARD]
    assert changes[0].do["subject"] == id


def test_a_fault_that_ends_by_unplugging_needs_none_where_nobody_is_plugged_in(station: RecordingStation) -> None:
    station.pilot_is(PilotState.E)
    station.feed(FaultObserved(id="cp.short", present=True))
    station.advance(5.0)

    changes = check_minimal(scene_of(station))

    assert kinds(changes) == [Kind.CLEAR_FAULT, Kind.PLUG_IN, Kind.PRESENT_CARD]
    assert changes[1].do["after_s"] == 10.0, "plugged in at once, the car would keep the fault"


def test_a_limit_is_raised_by_whom_it_is_of(station: RecordingStation) -> None:
    charging(station).limited(4.0)
    station.advance(5.0)

    (change,) = check_minimal(scene_of(station))

    assert (change.kind, change.subject, change.who) == (Kind.RAISE_LIMIT, "network", Who.BACKEND)


def test_a_limit_that_a_profile_lifts_by_itself_is_waited_for(station: RecordingStation) -> None:
    charging(station).limited(4.0)
    station.advance(5.0)
    lifts_at = station.now.plus(3_600.0)
    scene = Scene(session=station.session, network=NO_NETWORK, now=station.now, allows_again_at=lifts_at)

    (change,) = would_start(scene)

    assert (change.who, change.until) == (Who.WAIT, lifts_at)


def test_of_a_reserved_connector_the_reserved_card_is_wanted_and_until_when(station: RecordingStation) -> None:
    station.plug_in()
    assert station.now.utc_ms is not None
    kept = Reservation(id=7, connector=CONNECTOR, token=OTHER_CARD, expires_ms=station.now.utc_ms + 600_000)
    station.feed(BookingsChanged(Bookings(own=kept)))

    (change,) = check_minimal(scene_of(station))

    assert (change.kind, change.do["reservation"]) == (Kind.PRESENT_CARD, 7)
    assert change.until is not None
    assert change.until.since(station.now) == pytest.approx(600.0)
    assert OTHER_CARD.masked not in change.what


def test_a_card_that_nobody_could_judge_needs_the_central_system_first(station: RecordingStation) -> None:
    station.authorizes_by_itself = False
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.feed(AuthorizationDecided(token=CARD, status=AuthorizationStatus.UNREACHABLE))

    changes = check_minimal(scene_of(station, OFFLINE))

    assert [(change.kind, change.who) for change in changes] == [
        (Kind.NETWORK, Who.OPERATOR),
        (Kind.PRESENT_CARD, Who.DRIVER),
    ]


def test_a_question_that_is_open_is_answered_rather_than_asked_anew(station: RecordingStation) -> None:
    station.authorizes_by_itself = False
    station.plug_in()
    station.feed(TokenPresented(CARD))

    assert kinds(check_minimal(scene_of(station))) == [Kind.ACCEPT]


def test_a_dead_reader_is_gone_round_by_the_central_system(station: RecordingStation) -> None:
    station.plug_in()
    station.feed(FaultObserved(id="reader.failed", present=True))
    connected = NetworkState(configured=True, connected=True, registration="Accepted", host="csms.example")

    assert kinds(check_minimal(scene_of(station, connected))) == [Kind.REMOTE_START]
    assert kinds(check_minimal(scene_of(station, OFFLINE))) == [Kind.CLEAR_FAULT, Kind.PRESENT_CARD]


@pytest.mark.parametrize(("word", "who"), [("chain", Who.OWNER), ("lock", Who.DRIVER), ("moonlight", Who.SUPPORT)])
def test_what_the_board_waits_for_is_somebodys(station: RecordingStation, word: str, who: Who) -> None:
    charging(station).contactor_is(ContactorState.OPEN)

    (change,) = check_minimal(scene_of(station, board=BoardState(answering=True, waits_for=word)))

    assert (change.kind, change.subject, change.who) == (Kind.BOARD_CLOSES, word, who)


def test_a_car_that_does_not_ask_is_the_drivers(station: RecordingStation) -> None:
    charging(station).pilot_is(PilotState.B)

    assert kinds(check_minimal(scene_of(station))) == [Kind.CAR_ASKS]


def test_a_silent_board_has_to_come_back_and_nothing_else(station: RecordingStation) -> None:
    charging(station).board_falls_silent()
    station.advance(5.0)

    assert kinds(check_minimal(scene_of(station))) == [Kind.BOARD]


def test_a_board_that_is_silent_without_a_car_comes_back_before_the_car_whatever_else_is_wrong() -> None:
    then = [Kind.PLUG_IN, Kind.PRESENT_CARD]
    alone, stopped, apart = (RecordingStation() for _ in range(3))
    stopped.feed(FaultObserved(id="safety.emergency_stop", present=True))
    apart.feed(AvailabilityRequested(False))
    for one in (alone, stopped, apart):
        one.board_falls_silent()
        one.advance(5.0)

    assert kinds(check_minimal(scene_of(alone))) == [Kind.BOARD, *then]
    assert kinds(check_minimal(scene_of(stopped))) == [Kind.BOARD, Kind.CLEAR_FAULT, *then]
    assert kinds(check_minimal(scene_of(apart))) == [Kind.BOARD, Kind.IN_SERVICE, *then]


def test_a_board_that_was_never_heard_is_waited_for_before_anybody_plugs_in(station: RecordingStation) -> None:
    unheard = initial(CONNECTOR, SessionSettings(), station.now)
    unheard = replace(unheard, limits=station.session.limits)

    waits, *others = check_minimal(Scene(session=unheard, network=NO_NETWORK, now=station.now))

    assert (waits.kind, waits.who, kinds(tuple(others))) == (Kind.BOARD, Who.WAIT, [Kind.PLUG_IN, Kind.PRESENT_CARD])


def test_a_silent_controller_that_also_switches_comes_back_as_one(station: RecordingStation) -> None:
    charging(station).board_falls_silent()
    station.feed(FaultObserved(id="mcu.comm", present=True, witness=Witness.SWITCH))
    station.advance(5.0)

    assert kinds(check_minimal(scene_of(station))) == [Kind.BOARD]


@pytest.mark.parametrize(("witness", "unplugs"), [(Witness.OWNER, True), (Witness.INPUT, False)])
def test_a_stop_button_of_the_board_is_acknowledged_by_unplugging_and_one_that_linux_reads_is_not(
    station: RecordingStation, witness: Witness, unplugs: bool
) -> None:
    charging(station).feed(FaultObserved(id="safety.emergency_stop", present=True, witness=witness))
    station.advance(20.0)

    changes = check_minimal(scene_of(station))

    assert changes[0].subject == "safety.emergency_stop"
    assert (Kind.REPLUG in kinds(changes)) == unplugs


def test_a_charge_that_was_refused_ends_by_unplugging_or_else_from_afar(station: RecordingStation) -> None:
    stays = RecordingStation(SessionSettings(stop_on_invalid_id=False, stop_on_ev_disconnect=False))
    leaves = RecordingStation(SessionSettings(stop_on_invalid_id=False))

    found = []
    for one in (stays, leaves):
        transaction = charging(one).session.transaction
        assert transaction is not None
        one.feed(TransactionJudged(key=transaction.key, status=AuthorizationStatus.BLOCKED))
        one.advance(10.0)
        found.append(kinds(check_minimal(scene_of(one))))

    assert found == [[Kind.STOP, Kind.PRESENT_CARD], [Kind.REPLUG, Kind.PRESENT_CARD]]


def test_a_lock_keeps_the_plug_of_a_charge_that_was_refused_so_it_is_ended_from_afar() -> None:
    station = RecordingStation(SessionSettings(stop_on_invalid_id=False, has_lock=True))
    transaction = charging(station).session.transaction
    assert transaction is not None
    station.feed(TransactionJudged(key=transaction.key, status=AuthorizationStatus.BLOCKED))
    station.advance(10.0)

    assert kinds(check_minimal(scene_of(station))) == [Kind.STOP, Kind.PRESENT_CARD]


def test_where_the_stations_own_limit_is_shared_one_change_raises_both(station: RecordingStation) -> None:
    charging(station)
    for source, detail in ((LimitSource.CHARGE_POINT_MAX, "profile 3"), (LimitSource.SUPPLY, "profile 3, shared by 2")):
        station.feed(LimitChanged(source=source, current_a=0.0, detail=detail))
    station.advance(5.0)

    (change,) = check_minimal(scene_of(station))

    assert (change.kind, change.subject) == (Kind.RAISE_LIMIT, "charge_point_max")
    keys = [reason.key for reason in explain(scene_of(station)).reasons]
    assert {"limit.charge_point_max", "limit.supply"} <= set(keys)


def test_a_full_disk_is_named_before_the_card(station: RecordingStation) -> None:
    station.fails = lambda effect: isinstance(effect, RecordStart)
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(1.0)
    while_it_tries = kinds(check_minimal(scene_of(station)))
    station.advance(30.0)

    assert while_it_tries == [Kind.STORE]
    assert kinds(check_minimal(scene_of(station))) == [Kind.STORE, Kind.PRESENT_CARD]


def test_a_silent_meter_has_to_come_back_before_the_card() -> None:
    station = RecordingStation(SessionSettings(signature=Signature.REQUIRED))
    station.plug_in()
    station.meter_falls_silent()
    station.advance(5.0)

    changes = check_minimal(scene_of(station))

    assert kinds(changes) == [Kind.CLEAR_FAULT, Kind.PRESENT_CARD]
    assert changes[0].subject == "meter.comm"


def test_out_of_service_is_for_the_central_system_to_end(station: RecordingStation) -> None:
    station.plug_in()
    station.feed(AvailabilityRequested(False))

    changes = check_minimal(scene_of(station))

    assert (changes[0].kind, changes[0].who) == (Kind.IN_SERVICE, Who.BACKEND)


def test_a_program_that_ends_and_a_connector_that_is_lent_are_waited_for(station: RecordingStation) -> None:
    lent = RecordingStation()
    lent.feed(LoanRequested(Loan(by="self-test ST201", since=lent.now)))
    charging(station).feed(ProgramEnds())
    station.advance(10.0)

    assert kinds(check_minimal(scene_of(station))) == [Kind.PROGRAM]
    assert kinds(check_minimal(scene_of(lent))) == [Kind.LOAN, Kind.PLUG_IN, Kind.PRESENT_CARD]


def test_after_a_charge_a_card_is_enough_and_while_it_ends_too(station: RecordingStation) -> None:
    charging(station).feed(StopRequested(reason=StopReason.REMOTE))

    assert kinds(check_minimal(scene_of(station))) == [Kind.PRESENT_CARD]
    station.advance(20.0)
    assert kinds(check_minimal(scene_of(station))) == [Kind.PRESENT_CARD]


def test_the_search_pauses_often_and_leaves_the_session_alone(station: RecordingStation) -> None:
    before = station.session

    assert sum(1 for _ in searching(scene_of(station))) >= 10
    assert station.session is before
