"""Whatever happens in whatever order: effects fail, the store breaks, the program dies between two effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.core.availability import NO_BOOKINGS, Bookings, ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.identity import IdToken, TransactionKey
from agent.core.limits import LimitSource
from agent.core.session.effects import SessionEffect
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    FaultObserved,
    LimitChanged,
    LoanEnded,
    LoanRequested,
    ProgramEnds,
    SettingsChanged,
    StartRequested,
    StopRequested,
    TokenPresented,
    TransactionJudged,
    UnlockRequested,
)
from agent.core.session.model import Loan, SessionPhase, SessionSettings
from tests.core.session.happenings import (
    FALLIBLE,
    FAULTS,
    answers,
    brought_a,
    for_one_charge,
    site_settings,
    tokens,
)
from tests.core.session.invariants import Watched
from tests.core.session.reserving import bookings
from tests.core.session.station import CARD, FAMILY, SIGNING_TAKES_S, Crashed, RecordingStation
from tests.searching import costly


class AnySession(Watched, RuleBasedStateMachine):
    """Power flows only inside a recorded transaction, every start stops once, nothing waits for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.station = RecordingStation()
        self.known_wh = 0
        self.with_a_board_anew: set[TransactionKey] = set()
        """Charges whose board started anew before their end was decided."""

    @initialize(wishes=site_settings)
    def the_site_is_set_up(self, wishes: SessionSettings) -> None:
        self.station = RecordingStation(wishes)

    @property
    def runs(self) -> bool:
        """A transaction is open: most of what breaks matters only then."""
        return self.station.session.transaction is not None

    def world(self, happening: Callable[[], object]) -> None:
        """Let something happen; should the program die of it, it starts anew."""
        try:
            happening()
        except Crashed:
            self.known_wh = 0
            self.station.restart()

    # --- the car and its driver ----------------------------------------------------------------------------------

    @rule(state=st.sampled_from([PilotState.B, PilotState.C]))
    def plug_comes(self, state: PilotState) -> None:
        if self.station.pilot is PilotState.A:
            self.world(lambda: self.station.plug_in(state))

    @rule(state=st.sampled_from([PilotState.B, PilotState.C, PilotState.C, PilotState.E, PilotState.UNKNOWN]))
    def pilot_moves(self, state: PilotState) -> None:
        if self.station.pilot is not PilotState.A:
            self.world(lambda: self.station.pilot_is(state))

    @rule()
    def plug_goes(self) -> None:
        if self.station.pilot is not PilotState.A:
            self.world(self.station.unplug)

    @rule(token=tokens, answer=answers, at_once=st.booleans())
    def card_is_shown(self, token: IdToken, answer: tuple[AuthorizationStatus, IdToken | None], at_once: bool) -> None:
        self.station.answers[token] = answer
        self.station.authorizes_by_itself = at_once
        self.world(lambda: self.station.feed(TokenPresented(token)))

    @rule(token=tokens)
    def good_card_is_shown(self, token: IdToken) -> None:
        self.station.answers[token] = (AuthorizationStatus.ACCEPTED, None)
        self.station.authorizes_by_itself = True
        self.world(lambda: self.station.feed(TokenPresented(token)))

    @rule(token=tokens)
    def an_answer_comes(self, token: IdToken) -> None:
        self.world(lambda: self.station.answer(token))

    @precondition(lambda self: not self.runs)
    @rule(is_sound=st.sampled_from([True, True, False]), profile_a=brought_a)
    def a_charge_runs(self, is_sound: bool, profile_a: float | None = None) -> None:
        """The way most charges begin; what goes wrong on it is up to the other rules, unless all is sound."""
        if is_sound:
            self.world(self.all_is_put_in_order)
        if self.station.pilot is PilotState.A:
            self.world(self.station.plug_in)
        self.station.answers[CARD] = (AuthorizationStatus.ACCEPTED, FAMILY)
        self.station.authorizes_by_itself = True
        profile = None if profile_a is None else for_one_charge(profile_a)
        self.world(lambda: self.station.feed(StartRequested(token=CARD, authorize=False, profile=profile)))
        self.world(lambda: self.station.advance(4, sample_every_s=None))
        self.world(lambda: self.station.pilot_is(PilotState.C))
        self.world(lambda: self.station.advance(10, sample_every_s=5))

    # --- the network and the site --------------------------------------------------------------------------------

    @rule(token=tokens, authorize=st.booleans(), profile_a=brought_a)
    def a_start_is_requested(self, token: IdToken, authorize: bool, profile_a: float | None) -> None:
        profile = None if profile_a is None else for_one_charge(profile_a)
        asked = StartRequested(token=token, authorize=authorize, remote_start_id=4, profile=profile)
        self.world(lambda: self.station.feed(asked))

    @precondition(lambda self: self.runs)
    @rule(reason=st.sampled_from([StopReason.REMOTE, StopReason.UNLOCK_COMMAND, StopReason.SOFT_RESET]))
    def a_stop_is_requested(self, reason: StopReason) -> None:
        self.world(lambda: self.station.feed(StopRequested(reason=reason)))

    @rule(source=st.sampled_from(LimitSource), current_a=st.none() | st.sampled_from([0.0, 5.9, 6.0, 8.5, 16.0, 63.0]))
    def a_limit_changes(self, source: LimitSource, current_a: float | None) -> None:
        if source is LimitSource.NETWORK:
            self.world(lambda: self.station.limited(current_a))
            return
        if source is LimitSource.SUPPLY and current_a is not None:
            self.station.supply_a = current_a
        self.world(lambda: self.station.feed(LimitChanged(source=source, current_a=current_a, detail="somebody")))

    @rule(current_a=st.none() | st.sampled_from([6.0, 63.0]), key=st.none() | st.just(TransactionKey("tx-long-over")))
    def a_limit_of_another_charge_comes_late(self, current_a: float | None, key: TransactionKey | None) -> None:
        self.world(lambda: self.station.network_limits(current_a, transaction=key))

    @rule(operative=st.booleans())
    def service_changes(self, operative: bool) -> None:
        self.world(lambda: self.station.feed(AvailabilityRequested(operative)))

    @rule(booked=bookings)
    def reservations_change(self, booked: Bookings) -> None:
        self.world(lambda: self.station.booked(booked))

    @precondition(lambda self: self.runs)
    @rule(status=st.sampled_from(AuthorizationStatus), is_ours=st.booleans())
    def the_start_is_judged(self, status: AuthorizationStatus, is_ours: bool) -> None:
        keys = [row.started.key for row in self.station.open_rows()] if is_ours else []
        key = keys[0] if keys else TransactionKey("tx-of-long-ago")
        self.world(lambda: self.station.feed(TransactionJudged(key=key, status=status, group=FAMILY)))

    @rule(wishes=site_settings)
    def settings_change(self, wishes: SessionSettings) -> None:
        self.station.settings = wishes = replace(wishes, has_lock=self.station.settings.has_lock)
        self.world(lambda: self.station.feed(SettingsChanged(wishes)))

    @rule()
    def somebody_wants_to_test(self) -> None:
        self.world(lambda: self.station.feed(LoanRequested(Loan(by="a self-test", since=self.station.now))))

    @precondition(lambda self: self.station.session.loan is not None)
    @rule(permitted=st.booleans(), offer_a=st.sampled_from([0.0, 6.0, 16.0]), locked=st.booleans())
    def the_borrower_moves_the_devices(self, permitted: bool, offer_a: float, locked: bool) -> None:
        self.world(lambda: self.station.is_moved(permitted=permitted, offer_a=offer_a, locked=locked))

    @precondition(lambda self: self.station.session.loan is not None)
    @rule()
    def the_connector_is_given_back(self) -> None:
        loan = self.station.session.loan
        assert loan is not None
        self.world(lambda: self.station.feed(LoanEnded(loan)))

    # --- what breaks ---------------------------------------------------------------------------------------------

    @rule(id=st.sampled_from(FAULTS), present=st.booleans())
    def a_fault_is_observed(self, id: str, present: bool) -> None:
        self.world(lambda: self.station.feed(FaultObserved(id=id, present=present)))

    @precondition(lambda self: self.runs)
    @rule(state=st.sampled_from([ContactorState.WELDED, ContactorState.NO_CLOSE]))
    def contactor_fails(self, state: ContactorState) -> None:
        self.world(lambda: self.station.contactor_is(state))

    @precondition(lambda self: self.runs)
    @rule()
    def contactor_sticks(self) -> None:
        """It stays closed whatever the board does, and nobody notices but by waiting in vain."""
        self.station.contactor_sticks = True

    @rule()
    def board_falls_silent(self) -> None:
        self.world(self.station.board_falls_silent)

    @rule()
    def board_is_back(self) -> None:
        self.world(self.station.board_is_back)

    @precondition(lambda self: self.runs)
    @rule(plugged=st.booleans(), reads_at_once=st.booleans())
    def board_restarts(self, plugged: bool, reads_at_once: bool) -> None:
        session = self.station.session
        is_decided = session.found is not None and session.found.record.stop_requested is not None
        if session.phase is SessionPhase.CHARGING and session.transaction is not None and not is_decided:
            self.with_a_board_anew.add(session.transaction.key)
        is_in = plugged and self.station.pilot is not PilotState.A
        self.world(lambda: self.station.board_restarts(plugged=is_in, reads_at_once=reads_at_once))

    @rule()
    def meter_falls_silent(self) -> None:
        self.world(self.station.meter_falls_silent)

    @rule()
    def meter_is_back(self) -> None:
        self.world(self.station.meter_is_back)

    @rule(signs=st.booleans(), seconds=st.sampled_from([0.7, 0.7, 5.0, 30.0]))
    def meter_signs_or_not(self, signs: bool, seconds: float) -> None:
        """It may refuse, be slow, or answer when nobody waits any more."""
        self.station.meter_signs, self.station.signs_in_s = signs, seconds

    @precondition(lambda self: self.runs)
    @rule(register_wh=st.sampled_from([0, 10_000_000, 4_294_967_295]))
    def meter_garbles(self, register_wh: int) -> None:
        self.world(lambda: self.station.garbled_sample(register_wh))

    @rule(works=st.booleans())
    def store_breaks_or_heals(self, works: bool) -> None:
        self.station.store_works = works

    @precondition(lambda self: self.runs)
    @rule(kind=st.sampled_from(FALLIBLE))
    def an_effect_will_fail(self, kind: type[SessionEffect]) -> None:
        def fails(effect: SessionEffect) -> bool:
            if isinstance(effect, kind):
                self.station.fails = lambda effect: False
                # What the board was told and when is not known for a while; the pace is checked anew after that.
                self.station.offer_changed_at = None
                return True
            return False

        self.station.fails = fails

    @precondition(lambda self: self.runs)
    @rule(effects=st.integers(0, 8))
    def program_will_die(self, effects: int) -> None:
        self.station.crashes_before = effects

    @precondition(lambda self: self.runs)
    @rule(kernel=st.booleans(), down_s=st.sampled_from([0.5, 1.5, 30.0, 90_000.0]))
    def program_restarts(self, kernel: bool, down_s: float) -> None:
        self.known_wh = 0
        self.station.restart(kernel=kernel, down_s=down_s)

    @precondition(lambda self: self.runs)
    @rule(at_once=st.booleans())
    def program_ends_in_order(self, at_once: bool) -> None:
        """It withdraws everything, and goes on turning for a while; `at_once` the car asks on meanwhile."""
        self.world(lambda: self.station.feed(ProgramEnds()))
        if at_once:
            self.world(lambda: self.station.advance(9, sample_every_s=1))
            # One that was killed meanwhile has been followed by another, which may permit.
            assert not (self.station.session.ends and self.station.session.permitted)

    @rule(seconds=st.sampled_from([0.1, 1.0, 2.5, 3.0, 5.0, 8.0, 61.0, 125.0]) | st.floats(0.01, 200))
    def time_passes(self, seconds: float) -> None:
        self.world(lambda: self.station.advance(seconds, sample_every_s=max(1.0, seconds / 8)))

    def all_is_put_in_order(self) -> None:
        """Somebody repairs what broke, the car leaves."""
        station = self.station
        if station.session.ends:
            station.restart()
        station.crashes_before, station.store_works, station.fails = None, True, lambda effect: False
        station.contactor_sticks = False
        station.board_is_back()
        station.meter_is_back()
        station.meter_signs, station.signs_in_s = True, SIGNING_TAKES_S
        for id in FAULTS:
            station.feed(FaultObserved(id=id, present=False))
        if station.session.loan is not None:
            station.feed(LoanEnded(station.session.loan))
        station.booked(NO_BOOKINGS)
        station.feed(AvailabilityRequested(operative=True))
        station.feed(StopRequested(reason=StopReason.REMOTE))
        station.contactor_is(ContactorState.OPEN)
        station.unplug()
        station.board_restarts(plugged=False)
        station.advance(400, sample_every_s=100)
        station.feed(UnlockRequested())
        station.advance(10, sample_every_s=5)  # a status is told once it has lasted
        if station.durable.latched:
            # A service person was there.
            station.durable.latched = ()
            station.restart()

    @invariant()
    def all_is_well(self) -> None:
        """One invariant of many, so that the way to a failure stays short enough to read."""
        self.power_is_permitted_only_inside_a_recorded_transaction()
        self.a_fault_that_opens_leaves_no_permission()
        self.a_lost_board_has_no_permission_and_no_offer()
        self.the_offer_is_within_every_limit()
        self.the_board_does_what_was_ordered()
        self.a_lent_connector_is_nobodys_to_charge_at()
        self.a_program_that_ends_offers_nothing()
        self.a_refused_charge_gets_its_allowance_and_nothing_more()
        self.no_permission_outlasts_its_offer()
        self.power_is_never_long_without_a_register_on_record()
        self.power_has_a_signed_begin_where_one_is_required()
        self.a_decided_stop_is_not_taken_back()
        self.the_register_of_a_charge_never_falls()
        self.a_transaction_is_open_here_exactly_where_it_is_on_record()
        self.going_out_of_service_waits_only_for_a_charge()
        self.lock_is_closed_while_power_is_permitted()
        self.what_may_be_live_stays_locked()
        self.nothing_happens_by_time_alone_before_the_wake_time()
        self.what_is_under_way_has_a_wake_time()
        self.a_reserved_connector_shows_it_while_nobody_uses_it()

    def teardown(self) -> None:
        """The world is put in order, the car leaves: every charge is closed, once, and nothing has power."""
        self.all_is_put_in_order()
        station = self.station
        assert all(len(row.stops) == 1 for row in station.rows.values()), "a charge that never ended"
        ends = {stop.key: stop.reason for stop in station.stops()}
        left = [key for key in self.with_a_board_anew if ends.get(key) is StopReason.EV_DISCONNECTED]
        assert not left, "a car that nobody saw leave is told to have left"
        assert not station.has_permission() and station.offer_a() == 0
        assert station.phase() is SessionPhase.IDLE and not station.is_locked()
        assert station.status() is ConnectorStatus.AVAILABLE


class AnyRunningCharge(AnySession):
    """The same, from a running charge on: a few happenings, each of which then matters."""

    @initialize(wishes=site_settings)
    def the_site_is_set_up(self, wishes: SessionSettings) -> None:
        self.station = RecordingStation(wishes)
        self.a_charge_runs(is_sound=False)


class AnyLentConnector(AnySession):
    """The same, from a connector on that somebody tests."""

    @initialize(wishes=site_settings)
    def the_site_is_set_up(self, wishes: SessionSettings) -> None:
        self.station = RecordingStation(wishes)
        self.somebody_wants_to_test()
        assert self.station.session.loan is not None


TestAnySession = AnySession.TestCase
TestAnySession.settings = costly(60, search=5_000, steps=40)
TestAnyRunningCharge = AnyRunningCharge.TestCase
TestAnyRunningCharge.settings = costly(150, search=5_000, steps=8)
TestAnyLentConnector = AnyLentConnector.TestCase
TestAnyLentConnector.settings = costly(60, search=5_000, steps=10)
