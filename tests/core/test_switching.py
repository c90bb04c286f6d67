"""A plain switch in the power path: closed for one plug, while it is permitted, asks, is offered, and is heard."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.core import switching
from agent.core.control_pilot import PilotState
from agent.core.identity import PlugIdentity
from agent.core.switching import CAR_ENDS_WITHIN_S, Heard, SwitchedPath

PLUG, OTHER = PlugIdentity("b", 1), PlugIdentity("b", 2)
CHARGES = Heard(state=PilotState.C, plug=PLUG, offers=True)


def charging() -> SwitchedPath:
    return switching.permit(switching.hear(SwitchedPath(), CHARGES, 0.0), PLUG, 1.0)


def test_a_car_that_asks_with_permission_and_offer_gets_power() -> None:
    assert charging().closed


def test_state_d_and_every_other_get_none() -> None:
    for state in PilotState:
        heard = Heard(state=state, plug=PLUG, offers=True)
        assert switching.hear(charging(), heard, 2.0).closed is (state is PilotState.C)


def test_without_an_offer_a_car_has_three_seconds_to_end_its_current() -> None:
    path = switching.hear(charging(), Heard(state=PilotState.C, plug=PLUG, offers=False), 10.0)

    assert path.closed
    assert path.due_at == 10.0 + CAR_ENDS_WITHIN_S
    assert switching.look_at_clock(path, 12.9).closed
    assert not switching.look_at_clock(path, 13.0).closed


def test_an_offer_that_comes_back_in_time_ends_the_waiting() -> None:
    path = switching.hear(charging(), Heard(state=PilotState.C, plug=PLUG, offers=False), 10.0)
    path = switching.hear(path, CHARGES, 11.0)

    assert path.due_at is None
    assert switching.look_at_clock(path, 60.0).closed


def test_a_device_that_knows_no_plugs_closes_for_nobody_without_a_permission() -> None:
    nameless = Heard(state=PilotState.C, plug=None, offers=True)
    path = switching.hear(SwitchedPath(), nameless, 0.0)

    assert not path.closed
    assert switching.permit(path, None, 1.0).closed


def test_held_open_it_is_open_and_what_was_permitted_is_over() -> None:
    path = switching.hold_open(charging(), True, 2.0)

    assert not path.closed
    assert not switching.hear(path, CHARGES, 3.0).closed
    path = switching.hold_open(path, False, 4.0)
    assert not path.closed
    assert switching.permit(path, PLUG, 5.0).closed


def test_held_open_it_takes_no_permission_for_later() -> None:
    path = switching.permit(switching.hold_open(charging(), True, 2.0), PLUG, 3.0)

    assert not switching.hold_open(path, False, 4.0).closed


def test_to_hold_nothing_open_takes_nothing_from_a_charge() -> None:
    assert switching.hold_open(charging(), False, 2.0).closed


def test_nothing_closes_on_the_last_seconds_of_an_offer() -> None:
    path = switching.hear(charging(), Heard(state=PilotState.C, plug=PLUG, offers=False), 10.0)
    path = switching.hear(path, Heard(state=PilotState.B, plug=PLUG, offers=False), 10.5)

    assert not switching.hear(path, Heard(state=PilotState.C, plug=PLUG, offers=False), 11.0).closed


def test_a_permission_is_for_one_plug() -> None:
    path = switching.hear(charging(), Heard(state=PilotState.A, plug=None, offers=False), 2.0)
    path = switching.hear(path, Heard(state=PilotState.C, plug=OTHER, offers=True), 3.0)

    assert not path.permitted
    assert not path.closed


def test_a_pilot_that_reads_nothing_for_a_moment_does_not_cost_the_permission() -> None:
    path = switching.hear(charging(), Heard(state=PilotState.UNKNOWN, plug=None, offers=False), 2.0)

    assert not path.closed
    assert switching.hear(path, CHARGES, 2.5).closed


def test_a_device_that_was_silent_is_told_a_permission_anew() -> None:
    path = switching.hear(switching.lose(charging(), 2.0), CHARGES, 3.0)

    assert not path.closed
    assert switching.permit(path, PLUG, 4.0).closed


PLUGS = st.sampled_from([PLUG, OTHER, None])
HEARD = st.builds(Heard, state=st.sampled_from(PilotState), plug=PLUGS, offers=st.booleans())


class AnyPath(RuleBasedStateMachine):
    """Whatever happens in whatever order, against what is remembered here in other words."""

    def __init__(self) -> None:
        super().__init__()
        self.path = SwitchedPath()
        self.now_s = 0.0
        self.heard: Heard | None = None
        self.permitted_for: list[PlugIdentity | None] = []
        self.held_open = False
        self.last_offer_s = float("-inf")

    @rule(heard=HEARD)
    def pilot_tells(self, heard: Heard) -> None:
        if heard.plug is None and heard.state.plugged:
            return  # no device tells a plugged car without its plug
        self.heard = heard
        self.path = switching.hear(self.path, heard, self.now_s)
        if heard.state is PilotState.A or (heard.state.plugged and [heard.plug] != self.permitted_for):
            self.permitted_for = []

    @rule()
    def car_charges(self) -> None:
        """Else hardly any run would get there."""
        self.pilot_tells(CHARGES)
        self.session_permits(PLUG)

    @rule()
    def pilot_falls_silent(self) -> None:
        self.heard, self.permitted_for = None, []
        self.path = switching.lose(self.path, self.now_s)

    @precondition(lambda self: self.heard is not None)
    @rule(plug=st.sampled_from([PLUG, OTHER]))
    def session_permits(self, plug: PlugIdentity) -> None:
        self.permitted_for = self.permitted_for if self.held_open else [plug]
        self.path = switching.permit(self.path, plug, self.now_s)

    @rule()
    def session_withdraws(self) -> None:
        self.permitted_for = []
        self.path = switching.withdraw(self.path, self.now_s)

    @rule(held_open=st.booleans())
    def fault_holds_open(self, held_open: bool) -> None:
        self.held_open = held_open
        self.permitted_for = [] if held_open else self.permitted_for
        self.path = switching.hold_open(self.path, held_open, self.now_s)

    @rule(seconds=st.floats(0.01, 5.0))
    def time_passes(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.path.due_at is not None and self.path.due_at <= end_s:
            self.now_s = max(self.now_s, self.path.due_at)
            self.path = switching.look_at_clock(self.path, self.now_s)
        self.now_s = end_s

    @invariant()
    def power_needs_everything_at_once(self) -> None:
        if self.heard is not None and self.heard.offers:
            self.last_offer_s = self.now_s
        if not self.path.closed:
            return
        assert not self.held_open
        assert self.heard is not None
        assert self.heard.state is PilotState.C
        assert self.permitted_for == [self.path.permitted_plug]
        assert self.heard.plug == self.path.permitted_plug or self.heard.plug is None
        assert self.now_s <= self.last_offer_s + CAR_ENDS_WITHIN_S + 1e-9

    @invariant()
    def nothing_is_missing_where_it_is_closed_to_nobody(self) -> None:
        heard = self.heard
        has_all = heard is not None and heard.state is PilotState.C and heard.offers and bool(self.permitted_for)
        if has_all and not self.held_open and heard is not None and [heard.plug] == self.permitted_for:
            assert self.path.closed


TestAnyPath = AnyPath.TestCase
