"""A plain switch and its feedback contact: what is driven, what is told, and what does not fit."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.control_pilot import ContactorState
from agent.drivers.power_path.contacts import Contacts, ContactTimes, Misfit

TIMES = ContactTimes()
WITHIN_S, REST_S = TIMES.feedback_within_s, TIMES.shortest_off_s


def fed_back(*, closed: bool = False) -> Contacts:
    contacts = Contacts(TIMES, has_feedback=True)
    contacts.begin(closed, 0.0)
    return contacts


def closed_at(now_s: float) -> Contacts:
    contacts = fed_back()
    contacts.want(True, now_s)
    contacts.feel(True, now_s + 0.02)
    return contacts


def test_contacts_that_follow_in_time_are_closed_and_open() -> None:
    contacts = closed_at(10.0)
    assert (contacts.driven, contacts.state, contacts.misfit) == (True, ContactorState.CLOSED, None)

    contacts.want(False, 20.0)
    contacts.feel(False, 20.02)
    contacts.tick(30.0)

    assert (contacts.driven, contacts.state, contacts.misfit) == (False, ContactorState.OPEN, None)


@pytest.mark.parametrize("closes", [True, False])
def test_contacts_that_do_not_follow_are_told_when_their_time_is_up_and_not_before(closes: bool) -> None:
    contacts = fed_back() if closes else closed_at(10.0)
    contacts.want(closes, 20.0)

    assert contacts.due_at == 20.0 + WITHIN_S
    contacts.tick(20.0 + WITHIN_S - 0.001)
    early = contacts.misfit
    contacts.tick(20.0 + WITHIN_S)

    assert (early, contacts.misfit) == (None, Misfit.NO_CLOSE if closes else Misfit.WELDED)
    assert not contacts.driven


def test_contacts_that_were_found_closed_are_welded() -> None:
    contacts = fed_back(closed=True)
    contacts.tick(WITHIN_S)
    welded = contacts.state
    contacts.feel(False, 5.0)

    assert (welded, contacts.state) == (ContactorState.WELDED, ContactorState.OPEN)


def test_a_weld_is_not_switched_and_not_forgotten_by_a_withdrawal() -> None:
    contacts = fed_back(closed=True)
    contacts.tick(1.0)
    contacts.want(True, 20.0)
    assert not contacts.driven
    contacts.want(False, 30.0)

    assert contacts.misfit is Misfit.WELDED


def test_contacts_that_bounce_within_their_time_are_no_news() -> None:
    contacts = closed_at(10.0)
    contacts.feel(False, 10.05)
    contacts.feel(True, 10.06)
    contacts.tick(11.0)

    assert contacts.misfit is None


def test_a_change_that_nobody_ordered_is_told_at_once() -> None:
    contacts = closed_at(10.0)
    contacts.feel(False, 15.0)
    assert (contacts.misfit, contacts.driven) == (Misfit.OPENED_ALONE, False)

    contacts = fed_back()
    contacts.feel(True, 15.0)
    assert contacts.misfit is Misfit.CLOSED_ALONE


def test_between_two_closings_there_is_a_rest_and_an_opening_waits_for_nothing() -> None:
    contacts = closed_at(10.0)
    contacts.want(False, 10.1)
    assert not contacts.driven
    contacts.feel(False, 10.12)
    contacts.want(True, 11.0)

    assert not contacts.driven
    assert contacts.due_at == 10.1 + REST_S
    contacts.tick(10.1 + REST_S)
    assert contacts.driven


def test_without_feedback_nobody_knows_the_state() -> None:
    contacts = Contacts(TIMES, has_feedback=False)
    contacts.begin(None, 0.0)
    contacts.want(True, 10.0)
    contacts.tick(20.0)

    assert (contacts.driven, contacts.state, contacts.misfit) == (True, ContactorState.UNKNOWN, None)


class AnyContacts(RuleBasedStateMachine):
    """Whatever is wanted and felt in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts = fed_back()
        self.now_s = 0.0
        self.wanted = self.felt = self.was_driven = False
        self.opened_at = float("-inf")
        self.changed_at = 0.0
        """When coil or contact moved last."""

    def look(self) -> None:
        """After each word: the coil's own history."""
        driven = self.contacts.driven
        if driven and not self.was_driven:
            assert self.now_s >= self.opened_at + REST_S - 1e-9
        if driven != self.was_driven:
            self.changed_at = self.now_s
        if self.was_driven and not driven:
            self.opened_at = self.now_s
        self.was_driven = driven

    @rule(closed=st.booleans())
    def want(self, closed: bool) -> None:
        self.wanted = closed
        self.contacts.want(closed, self.now_s)
        self.look()

    @rule(closed=st.booleans())
    def feel(self, closed: bool) -> None:
        if closed != self.felt:
            self.changed_at = self.now_s
        self.felt = closed
        self.contacts.feel(closed, self.now_s)
        self.look()

    @rule()
    def follow(self) -> None:
        self.feel(self.contacts.driven)

    @rule(seconds=st.floats(0.001, 10.0))
    def time_passes(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while (due_at := self.contacts.due_at) is not None and due_at <= end_s:
            self.now_s = max(self.now_s, due_at)
            self.contacts.tick(self.now_s)
            self.look()
            assert self.contacts.due_at is None or self.contacts.due_at > self.now_s
        self.now_s = end_s

    @rule()
    def device_leaves_and_comes_back(self) -> None:
        self.contacts.lose(self.now_s)
        self.wanted = False
        self.look()
        self.contacts.begin(self.felt, self.now_s)
        self.changed_at = self.now_s
        self.look()

    @invariant()
    def the_coil_has_current_only_while_it_is_wanted_and_nothing_is_wrong(self) -> None:
        if self.contacts.driven:
            assert self.wanted
            assert self.contacts.misfit is None

    @invariant()
    def what_is_told_open_or_closed_is_what_the_contact_says(self) -> None:
        if self.contacts.state is ContactorState.CLOSED:
            assert self.felt
        if self.contacts.state is ContactorState.OPEN:
            assert not self.felt or self.contacts.misfit is Misfit.OPENED_ALONE

    @invariant()
    def a_contact_that_is_closed_without_current_is_no_secret_for_long(self) -> None:
        if self.felt and not self.contacts.driven and self.now_s > self.changed_at + WITHIN_S:
            assert self.contacts.misfit is not None


TestAnyContacts = AnyContacts.TestCase
