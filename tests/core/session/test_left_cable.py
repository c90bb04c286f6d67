"""At a socket the car leaves and its cable stays: whose it is, when it is let go, and when the next one may come."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import initialize, invariant, rule

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.reservations import Occupancy
from agent.core.session.events import (
    AuthorizationStatus,
    StopRequested,
    TokenPresented,
    TransactionJudged,
    UnlockRequested,
)
from agent.core.session.model import SessionPhase, SessionSettings
from agent.core.session.occupancy import place_of
from tests.core.session.happenings import site_settings
from tests.core.session.station import CARD, OTHER_CARD, RecordingStation, charging
from tests.core.session.test_any_session import AnySession

SOCKET = SessionSettings(has_lock=True)
KEEPS = SessionSettings(has_lock=True, unlock_on_ev_disconnect=False)
GOES_ON = SessionSettings(has_lock=True, stop_on_ev_disconnect=False)


def at_socket(settings: SessionSettings, *, reads_cable: bool = True) -> RecordingStation:
    """A charge at a socket, whose board can tell by the proximity contact whether a cable is in."""
    station = charging(settings)
    station.reads_cable, station.has_cable = reads_cable, True
    station.feed(station.pilot_level())
    return station


def shown(station: RecordingStation) -> tuple[ConnectorStatus, str]:
    assert station.status() is station.statuses[-1].status
    return station.statuses[-1].status, station.statuses[-1].info


LEFT = (ConnectorStatus.FINISHING, "EV side disconnected")


def test_after_the_car_the_cable_has_to_leave_the_socket_before_it_is_available() -> None:
    station = at_socket(SOCKET)

    station.unplug_at_the_car()
    station.advance(2)

    assert [stop.reason for stop in station.stops()] == [StopReason.EV_DISCONNECTED]
    assert shown(station) == LEFT
    assert not station.is_locked()
    assert place_of(station.session).occupancy is Occupancy.PLUGGED
    station.advance(3_600, sample_every_s=600)
    assert shown(station) == LEFT
    station.take_cable_out()
    assert (shown(station), station.phase()) == ((ConnectorStatus.AVAILABLE, ""), SessionPhase.IDLE)


def test_a_car_that_comes_back_to_its_cable_begins_anew() -> None:
    station = at_socket(SOCKET)
    station.unplug_at_the_car()
    station.advance(2)

    station.plug_in()

    assert shown(station) == (ConnectorStatus.PREPARING, "")
    station.feed(TokenPresented(CARD))
    station.pilot_is(PilotState.C)
    station.advance(5)
    assert station.status() is ConnectorStatus.CHARGING
    assert len(station.rows) == 2


def test_whoever_is_accepted_at_a_left_cable_has_to_plug_in_first() -> None:
    station = at_socket(SOCKET)
    station.unplug_at_the_car()
    station.advance(2)

    station.feed(TokenPresented(OTHER_CARD))

    assert (station.phase(), station.status()) == (SessionPhase.AUTHORIZED, ConnectorStatus.PREPARING)
    station.advance(121)
    assert shown(station) == LEFT


def test_an_ended_charge_stays_finishing_when_the_cable_leaves_the_car_first() -> None:
    station = at_socket(SOCKET)
    station.feed(TokenPresented(CARD))
    station.advance(10)

    station.unplug_at_the_car()

    assert station.status() is ConnectorStatus.FINISHING
    station.take_cable_out()
    assert station.status() is ConnectorStatus.AVAILABLE


def test_the_cable_is_let_go_with_the_car_only_where_the_site_wants_that() -> None:
    for wishes, is_kept in ((SOCKET, False), (KEEPS, True)):
        station = at_socket(wishes)

        station.unplug_at_the_car()
        station.advance(3_600, sample_every_s=600)

        assert (shown(station), station.is_locked()) == (LEFT, is_kept)


def test_a_kept_cable_is_let_go_to_the_token_that_began_and_to_no_other() -> None:
    station = at_socket(KEEPS)
    station.unplug_at_the_car()
    station.advance(2)
    station.answers[OTHER_CARD] = (AuthorizationStatus.INVALID, None)

    station.feed(TokenPresented(OTHER_CARD))
    assert station.is_locked()
    station.feed(TokenPresented(CARD))

    assert not station.is_locked()
    assert shown(station) == LEFT, "it is in the socket still"
    station.take_cable_out()
    assert station.status() is ConnectorStatus.AVAILABLE


def test_a_kept_cable_is_let_go_by_the_network() -> None:
    station = at_socket(KEEPS)
    station.unplug_at_the_car()
    station.advance(2)

    station.feed(UnlockRequested())

    assert not station.is_locked()


def test_a_kept_cable_is_not_let_go_by_plugging_it_into_a_car() -> None:
    station = at_socket(KEEPS)
    station.unplug_at_the_car()
    station.advance(2)

    station.plug_in()

    assert (station.is_locked(), station.status()) == (True, ConnectorStatus.PREPARING)
    station.feed(TokenPresented(CARD))
    station.advance(5)
    assert len(station.open_rows()) == 1, "shown once, the token lets go and begins"


def test_nobody_can_show_the_token_of_free_vending_so_nothing_is_kept_for_it() -> None:
    station = RecordingStation(SessionSettings(has_lock=True, unlock_on_ev_disconnect=False, free_vend_token=CARD))
    station.reads_cable = True
    station.plug_in(PilotState.C)
    station.advance(10)
    assert len(station.open_rows()) == 1

    station.unplug_at_the_car()
    station.advance(10)

    assert (shown(station), station.is_locked()) == (LEFT, False)


@pytest.mark.parametrize("lets_go", [True, False])
def test_the_cable_of_a_refused_charge_follows_the_car_only_where_the_site_lets_it(lets_go: bool) -> None:
    station = at_socket(SessionSettings(has_lock=True, unlock_on_ev_disconnect=lets_go))
    key = station.open_rows()[0].started.key
    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.INVALID))
    station.advance(10)
    assert station.is_locked()

    station.unplug_at_the_car()

    assert (shown(station), station.is_locked()) == (LEFT, not lets_go)


@pytest.mark.parametrize("unlocks", [True, False])
def test_where_a_transaction_outlasts_its_car_the_cable_stays_locked_whatever_the_other_key_says(unlocks: bool) -> None:
    station = at_socket(SessionSettings(has_lock=True, stop_on_ev_disconnect=False, unlock_on_ev_disconnect=unlocks))

    station.unplug_at_the_car()
    station.advance(600, sample_every_s=60)

    assert shown(station) == (ConnectorStatus.SUSPENDED_EV, "EV side disconnected")
    assert station.is_locked() and len(station.open_rows()) == 1
    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(5)
    assert (shown(station), station.is_locked()) == (LEFT, False), "who ends it is done with the cable, too"


def test_a_torn_out_cable_is_kept_for_nobody() -> None:
    station = at_socket(KEEPS)

    station.unplug()
    station.advance(2)

    assert (station.status(), station.is_locked()) == (ConnectorStatus.AVAILABLE, False)


def test_where_nobody_reads_the_cable_a_socket_is_free_with_the_car_or_once_the_lock_lets_go() -> None:
    station = at_socket(SOCKET, reads_cable=False)
    station.unplug_at_the_car()
    station.advance(2)
    assert (station.status(), station.is_locked()) == (ConnectorStatus.AVAILABLE, False)

    station = at_socket(KEEPS, reads_cable=False)
    station.unplug_at_the_car()
    station.advance(2)
    assert (shown(station), station.is_locked()) == (LEFT, True), "what the lock holds is there"
    station.feed(TokenPresented(CARD))
    assert (station.status(), station.is_locked()) == (ConnectorStatus.AVAILABLE, False)


def test_a_charge_from_before_a_restart_whose_car_left_its_cable_is_closed_and_waits_for_the_cable() -> None:
    station = at_socket(SOCKET)
    station.pilot, station.has_cable = PilotState.A, True

    station.restart()
    station.advance(15)

    assert len(station.stops()) == 1
    assert shown(station) == LEFT


class AnySocket(AnySession):
    """The same with a socket whose board reads the cable: it may stay behind, and is taken out by itself."""

    @initialize(wishes=site_settings)
    def the_site_is_set_up(self, wishes: SessionSettings) -> None:
        super().the_site_is_set_up(wishes)
        self.station.reads_cable = True

    @rule()
    def car_leaves_its_cable(self) -> None:
        if self.station.pilot is not PilotState.A:
            self.world(self.station.unplug_at_the_car)

    @rule()
    def cable_is_taken_out(self) -> None:
        if self.station.pilot is PilotState.A:
            self.world(self.station.take_cable_out)

    @rule()
    def unlocking_is_requested(self) -> None:
        self.world(lambda: self.station.feed(UnlockRequested()))

    @invariant()
    def the_cable_is_whose_it_is(self) -> None:
        self.a_cable_that_is_kept_for_somebody_stays_locked()
        self.a_socket_is_not_free_while_the_cable_of_a_car_that_left_is_in_it()


TestAnySocket = AnySocket.TestCase
TestAnySocket.settings = settings(max_examples=40, stateful_step_count=30)
