"""What must hold of a session and its charger at every moment, whatever happened before."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState
from agent.core.faults.model import Reaction
from agent.core.session.deadlines import POWER_UNRECORDED_S
from agent.core.session.effects import RecordCheckpoint, SetStanding
from agent.core.session.events import Tick
from agent.core.session.model import BUSY, SessionPhase
from agent.core.session.occupancy import TAKEN
from agent.core.session.offer import CONTACTOR_OPENS_WITHIN_S, is_due_power, may_be_live, must_be_open
from agent.core.session.status import cannot_deliver, connector_status
from agent.core.session.step import step
from tests.core.session.station import RecordingStation


class Watched:
    """A station under watch; each method asserts one thing. `known_wh` is the register of the last look."""

    station: RecordingStation
    known_wh: int

    @property
    def is_undecided(self) -> bool:
        """After a restart nothing is ordered before the board has said which car is there; its lease bounds that."""
        session = self.station.session
        return not session.board_heard or (session.found is not None and session.phase is SessionPhase.CHARGING)

    @property
    def is_obeyed(self) -> bool:
        """What was ordered last is what the board does."""
        session = self.station.session
        return session.loan is None and not session.outputs.unsure and not self.is_undecided

    def power_is_permitted_only_inside_a_recorded_transaction(self) -> None:
        if self.station.has_permission() and self.is_obeyed:
            assert len(self.station.open_rows()) == 1

    def a_fault_that_opens_leaves_no_permission(self) -> None:
        if self.station.session.faults.reaction is Reaction.OPEN and self.is_obeyed:
            assert not self.station.has_permission()

    def a_lost_board_has_no_permission_and_no_offer(self) -> None:
        session = self.station.session
        if session.board_lost and not self.is_undecided:
            assert not session.permitted and session.offered_a == 0

    def the_offer_is_within_every_limit(self) -> None:
        if self.is_obeyed:
            assert all(self.station.offer_a() <= limit.current_a for limit in self.station.session.limits.entries)

    def a_lent_connector_is_nobodys_to_charge_at(self) -> None:
        session, standing = self.station.session, self.station.standing
        if session.loan is None:
            return
        assert session.phase not in TAKEN and session.asked is None and session.transaction is None
        assert not session.permitted and session.offered_a == 0 and not session.ends
        if session.board_heard:
            assert connector_status(session)[0] is ConnectorStatus.UNAVAILABLE
        if session.board_speaks and not session.outputs.unsure and self.station.board_answers:
            # What only the host sees opens the contactor whoever moves it.
            assert standing == SetStanding(operative=True, held_open=must_be_open(session))

    def the_board_does_what_was_ordered(self) -> None:
        session, station = self.station.session, self.station
        if self.is_obeyed and station.board_answers:
            assert (station.has_permission(), station.offer_a()) == (session.permitted, session.offered_a)
            assert station.standing == SetStanding(operative=session.operative, held_open=must_be_open(session))

    def what_only_the_host_can_see_opens_without_waiting_for_the_car(self) -> None:
        station = self.station
        if must_be_open(station.session) and self.is_obeyed and station.board_answers and not station.contactor_sticks:
            assert station.contactor is not ContactorState.CLOSED

    def a_program_that_ends_offers_nothing(self) -> None:
        session = self.station.session
        if session.ends and not self.is_undecided:
            assert session.offered_a == 0

    def a_refused_charge_gets_its_allowance_and_nothing_more(self) -> None:
        session = self.station.session
        transaction = session.transaction
        if transaction is None or session.phase is not SessionPhase.CHARGING or session.found is not None:
            return
        if transaction.refused_at_wh is not None and session.last_register_wh is not None:
            drawn_wh = session.last_register_wh - transaction.refused_at_wh
            assert transaction.deauthorized or drawn_wh < session.settings.max_energy_on_invalid_id_wh
        if transaction.deauthorized:
            assert session.offered_a == 0

    def no_permission_outlasts_its_offer(self) -> None:
        session, now = self.station.session, self.station.now
        if session.permitted and session.offered_at is not None and not is_due_power(session) and self.is_obeyed:
            assert now.monotonic_s < session.offered_at.monotonic_s + CONTACTOR_OPENS_WITHIN_S

    def power_has_a_signed_begin_where_one_is_required(self) -> None:
        """As the site was set when the charge began; whoever changes that later finds what there is."""
        for row in self.station.open_rows():
            assert row.started.key in self.station.unsigned_allowed or row.started.signed is not None

    def power_is_never_long_without_a_register_on_record(self) -> None:
        """Else nobody could tell after a restart what flowed; the record of an earlier boot is always too old."""
        now = self.station.now
        for row in self.station.open_rows():
            if self.station.offer_a() > 0 and self.is_obeyed:
                assert row.last_at.boot_id == now.boot_id
                assert now.since(row.last_at) <= POWER_UNRECORDED_S

    def a_decided_stop_is_not_taken_back(self) -> None:
        for row in self.station.open_rows():
            is_decided = row.decision is not None and not self.is_undecided
            assert not is_decided or self.station.phase() is SessionPhase.STOPPING

    def the_register_of_a_charge_never_falls(self) -> None:
        session = self.station.session
        if session.transaction is None or session.last_register_wh is None:
            self.known_wh = 0
            return
        assert session.last_register_wh >= self.known_wh
        self.known_wh = session.last_register_wh

    def a_transaction_is_open_here_exactly_where_it_is_on_record(self) -> None:
        session = self.station.session
        known = [session.transaction.key] if session.transaction is not None else []
        if session.recording is not None:
            return
        assert known == [row.started.key for row in self.station.open_rows()]
        assert (session.phase in (SessionPhase.CHARGING, SessionPhase.STOPPING)) == bool(known)
        assert (session.phase is SessionPhase.STOPPING) == (session.pending_stop is not None)

    def going_out_of_service_waits_only_for_a_charge(self) -> None:
        session = self.station.session
        assert not session.inoperative_when_idle or session.phase in BUSY

    def lock_is_closed_while_power_is_permitted(self) -> None:
        if self.station.has_permission() and self.station.settings.has_lock and self.is_obeyed:
            assert self.station.is_locked()

    def what_may_be_live_stays_locked(self) -> None:
        session = self.station.session
        if may_be_live(session) and self.station.settings.has_lock and self.is_obeyed and not session.board_lost:
            assert self.station.is_locked()

    def a_cable_that_is_kept_for_somebody_stays_locked(self) -> None:
        if self.station.session.held_for is not None and self.is_obeyed and not self.station.session.board_lost:
            assert self.station.is_locked()

    def a_socket_is_not_free_while_the_cable_of_a_car_that_left_is_in_it(self) -> None:
        session = self.station.session
        assert session.phase is not SessionPhase.CABLE_LEFT or session.cable_stays
        if session.phase is SessionPhase.CABLE_LEFT and session.board_heard and session.bookings.own is None:
            told = connector_status(session)[0]
            assert told in (ConnectorStatus.FINISHING, ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED)

    def nothing_happens_by_time_alone_before_the_wake_time(self) -> None:
        """But for news of the store: that a checkpoint is durable is told by any event, and may give power again."""
        session, now = self.station.session, self.station.now
        is_paused = session.transaction is not None and session.transaction.is_unrecorded
        has_news = is_paused and any(isinstance(effect, RecordCheckpoint) for effect in session.outputs.issued)
        if session.recording is not None or has_news:
            return
        quiet_s = 1e5 if session.wake_at is None else session.wake_at - now.monotonic_s
        for later in (now, now.plus(quiet_s / 2), now.plus(quiet_s * 0.999)):
            if session.wake_at is None or later.monotonic_s < session.wake_at:
                assert step(session, Tick(), later, self.station).effects == ()

    def what_is_under_way_has_a_wake_time(self) -> None:
        session = self.station.session
        waits = session.phase in (SessionPhase.STARTING, SessionPhase.STOPPING) or session.asked is not None
        assert not waits or session.wake_at is not None or session.recording is not None

    def a_reserved_connector_shows_it_while_nobody_uses_it(self) -> None:
        session = self.station.session
        is_free = session.phase not in TAKEN and session.loan is None
        if is_free and session.board_heard and session.operative and not cannot_deliver(session):
            shows_it = connector_status(session)[0] is ConnectorStatus.RESERVED
            assert shows_it == (session.bookings.own is not None)
