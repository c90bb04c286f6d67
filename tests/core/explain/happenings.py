"""Whatever can happen to a session, for the state machines of this folder."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction, Recovery
from agent.core.identity import IdToken
from agent.core.limits import LimitSource
from agent.core.session.effects import OfferCurrent, PermitPower, SetLock
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    AvailabilityRequested,
    FaultObserved,
    LimitChanged,
    OfferReported,
    StartRequested,
    StopRequested,
    TokenPresented,
    TransactionJudged,
)
from agent.core.session.model import SessionSettings
from tests.core.session.station import CARD, OTHER_CARD, RecordingStation

ONE_OF_EACH_REACTION = [
    next(kind.id for kind in CATALOGUE.values() if kind.reaction is reaction and kind.recovery is Recovery.AUTOMATIC)
    for reaction in Reaction
]
LIMITS_A = st.sampled_from([None, 0.0, 5.9, 6.0, 10.0, 32.0])


class Happenings(RuleBasedStateMachine):
    """Whatever can happen to a session, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.station = RecordingStation(
            SessionSettings(has_lock=True, stop_on_invalid_id=False, stop_on_ev_disconnect=False)
        )
        self.station.authorizes_by_itself = False

    @rule(state=st.sampled_from(PilotState))
    def pilot_changes(self, state: PilotState) -> None:
        plugs_in = state.plugged and not self.station.pilot.plugged
        self.station.plug_in(state) if plugs_in else self.station.pilot_is(state)

    @rule()
    def a_charge_is_brought_about(self) -> None:
        """The way every charge takes, so that the rarer events meet one often."""
        self.station.plug_in(PilotState.B)
        self.station.feed(StartRequested(token=CARD, authorize=False))
        self.station.advance(1.0)
        self.station.pilot_is(PilotState.C)

    @rule(token=st.sampled_from([CARD, OTHER_CARD]))
    def card_is_shown(self, token: IdToken) -> None:
        self.station.feed(TokenPresented(token))

    @rule(token=st.sampled_from([CARD, OTHER_CARD]), status=st.sampled_from(AuthorizationStatus))
    def network_decides(self, token: IdToken, status: AuthorizationStatus) -> None:
        self.station.feed(AuthorizationDecided(token=token, status=status, detail="the network"))

    @precondition(lambda self: self.station.session.transaction is not None)
    @rule(status=st.sampled_from(AuthorizationStatus))
    def network_judges_the_start(self, status: AuthorizationStatus) -> None:
        transaction = self.station.session.transaction
        assert transaction is not None
        self.station.feed(TransactionJudged(key=transaction.key, status=status))

    @rule(source=st.sampled_from(LimitSource), current_a=LIMITS_A)
    def limit_changes(self, source: LimitSource, current_a: float | None) -> None:
        self.station.feed(LimitChanged(source=source, current_a=current_a, detail="a profile"))

    @rule(offered_a=st.sampled_from([0.0, 6.0, 16.0, 80.0]), limit_a=LIMITS_A)
    def board_tells_its_offer(self, offered_a: float, limit_a: float | None) -> None:
        self.station.feed(OfferReported(offered_a=offered_a, limit_a=limit_a, detail="heat"))

    @rule(id=st.sampled_from(ONE_OF_EACH_REACTION))
    def fault_is_seen(self, id: str) -> None:
        self.station.feed(FaultObserved(id=id, present=True))

    @rule()
    def everything_heals(self) -> None:
        self.station.board_is_back()
        self.station.meter_is_back()
        self.station.store_works = True
        self.station.fails = lambda effect: False
        for id in self.station.session.faults.ids:
            self.station.feed(FaultObserved(id=id, present=False))
        self.station.advance(61.0)

    @rule(operative=st.booleans())
    def availability_changes(self, operative: bool) -> None:
        self.station.feed(AvailabilityRequested(operative))

    @rule(reason=st.sampled_from(StopReason))
    def stop_is_requested(self, reason: StopReason) -> None:
        self.station.feed(StopRequested(reason=reason))

    @rule()
    def board_falls_silent(self) -> None:
        self.station.board_falls_silent()

    @rule()
    def board_is_back(self) -> None:
        self.station.board_is_back()

    @rule(plugged=st.booleans())
    def board_restarts(self, plugged: bool) -> None:
        self.station.board_restarts(plugged=plugged)

    @rule(works=st.booleans())
    def store_changes(self, works: bool) -> None:
        self.station.store_works = works

    @rule(fail=st.booleans())
    def orders_to_the_board_fail(self, fail: bool) -> None:
        orders = (OfferCurrent, PermitPower, SetLock)
        self.station.fails = (lambda effect: isinstance(effect, orders)) if fail else (lambda effect: False)

    @rule()
    def meter_falls_silent(self) -> None:
        self.station.meter_falls_silent()

    @rule()
    def meter_is_back(self) -> None:
        self.station.meter_is_back()

    @rule(kernel=st.booleans())
    def agent_restarts(self, kernel: bool) -> None:
        self.station.restart(kernel=kernel)

    @rule(seconds=st.floats(0.1, 200.0))
    def time_passes(self, seconds: float) -> None:
        self.station.advance(seconds)
