"""Where the charger connects to, as a state machine: whatever is changed, fails or is cut, it finds the way back."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.security.slots import MOST_SLOTS, TRIAL_ATTEMPTS, NetworkProfile, Slots, Target, restored, written

A, B, C = (NetworkProfile(url=f"wss://{name}.example") for name in "abc")
ELSEWHERE = NetworkProfile(url="wss://elsewhere.example", network="other")
SITE = {1: A, 2: B, 3: C}
ATTEMPTS = 2


def anywhere(_: int) -> bool:
    return True


def fresh(site: dict[int, NetworkProfile] = SITE) -> Slots:
    return restored(None, site)


def target(slots: Slots, *, owes: bool = False, may_use: Callable[[int], bool] = anywhere) -> Target:
    found = slots.next(may_use, owes=owes)
    assert found is not None
    return found


def attempts(slots: Slots, count: int, *, owes: bool = False) -> list[int]:
    """The slots that a network which is away sees."""
    seen = []
    for _ in range(count):
        used = target(slots, owes=owes)
        seen.append(used.slot)
        slots = slots.failed(used, ATTEMPTS)
    return seen


def accepted(slots: Slots) -> Slots:
    return slots.accepted(target(slots))


def at(slots: Slots, slot: int) -> Slots:
    """Accepted at `slot`."""
    return accepted(slots.starting_at(slot))


def cut(slots: Slots, site: dict[int, NetworkProfile] = SITE) -> Slots:
    """As it is after a power cut."""
    return restored(json.loads(json.dumps(written(slots, SITE))), site)


def test_every_slot_has_its_attempts_and_then_it_is_the_next_ones_turn() -> None:
    assert attempts(fresh(), 8) == [1, 1, 2, 2, 3, 3, 1, 1]


def test_the_slot_where_it_was_heard_last_is_tried_first_and_then_the_others_by_priority() -> None:
    assert attempts(at(fresh(), 2), 7) == [2, 2, 1, 1, 3, 3, 2]


def test_it_begins_where_it_was_heard_last_after_a_power_cut() -> None:
    assert target(cut(at(fresh(), 3))).slot == 3


def test_an_answer_gives_a_slot_all_its_attempts_again() -> None:
    slots = fresh()
    slots = slots.failed(target(slots), ATTEMPTS)
    slots = slots.answered(target(slots))

    assert attempts(slots, 3) == [1, 1, 2]


def test_coming_back_to_the_preferred_slot_costs_one_attempt() -> None:
    slots = at(fresh(), 2).returning()

    assert attempts(slots, 4) == [1, 2, 2, 1]


def test_a_preferred_slot_that_accepts_again_is_where_it_stays() -> None:
    slots = accepted(at(fresh(), 2).returning())

    assert (slots.last_good, attempts(slots, 3)) == (1, [1, 1, 2])


def test_a_slot_that_is_less_protected_is_passed_over() -> None:
    assert target(fresh(), may_use=lambda slot: slot != 1).slot == 2
    assert fresh().next(lambda _: False, owes=False) is None


def test_a_changed_address_goes_first_and_is_the_slots_once_it_is_accepted() -> None:
    slots = at(fresh(), 1).trying(1, NetworkProfile(url="wss://new.example"))

    kept = slots.accepted(target(slots))

    assert target(slots).is_trial
    assert (kept.profiles[1].url, kept.trial, kept.last_good) == ("wss://new.example", None, 1)
    assert cut(kept).profiles == kept.profiles


def test_a_changed_address_that_only_answers_commits_nothing() -> None:
    slots = at(fresh(), 1).trying(1, C)

    assert slots.answered(target(slots)) == slots
    assert slots.expired(target(slots)).profiles[1] == A


def test_a_dead_address_is_given_up_and_the_last_good_one_is_next() -> None:
    slots = at(fresh(), 2).trying(1, NetworkProfile(url="wss://dead.example"))

    assert attempts(slots, TRIAL_ATTEMPTS + 1) == [1] * TRIAL_ATTEMPTS + [2]


def test_attempts_of_a_trial_count_over_power_cuts() -> None:
    slots, used = at(fresh(), 1).trying(4, NetworkProfile(url="wss://dead.example")), 0
    while slots.trial is not None:
        slots, used = cut(slots.failed(target(slots), ATTEMPTS)), used + 1

    assert (used, target(slots).slot, 4 in slots.priority) == (TRIAL_ATTEMPTS, 1, False)


def test_what_was_changed_again_is_not_judged_by_a_connection_of_before() -> None:
    first = at(fresh(), 1).trying(1, NetworkProfile(url="wss://first.example"))
    second = first.trying(1, NetworkProfile(url="wss://second.example"))

    assert second.accepted(target(first)) == second
    assert second.failed(target(first), ATTEMPTS) == second
    assert second.expired(target(first)) == second


def test_a_new_slot_is_the_least_liked_one() -> None:
    slots = accepted(at(fresh(), 1).trying(4, NetworkProfile(url="wss://new.example")))

    assert (slots.priority, slots.last_good) == ((1, 2, 3, 4), 4)


def test_whoever_owes_one_network_something_goes_to_no_other() -> None:
    slots = at(fresh({1: A, 2: ELSEWHERE}), 1)

    assert attempts(slots, 4, owes=True) == [1, 1, 1, 1]
    assert attempts(slots, 4) == [1, 1, 2, 2]
    assert not target(slots.trying(1, ELSEWHERE), owes=True).is_trial
    assert target(slots.trying(1, ELSEWHERE)).is_trial


def test_the_network_that_is_owed_is_known_whatever_the_site_file_says_now() -> None:
    slots = cut(at(fresh(), 1), site={1: ELSEWHERE})

    assert slots.next(anywhere, owes=True) is None
    assert target(slots).profile == ELSEWHERE


def test_what_a_person_changed_in_the_site_file_ends_what_the_network_changed() -> None:
    slots = accepted(at(fresh(), 1).trying(1, NetworkProfile(url="wss://new.example"))).ordered((2, 1))

    again = cut(slots, site={1: A, 2: C})

    assert (again.profiles, again.priority, again.trial) == ({1: A, 2: C}, (1, 2), None)


@given(
    st.recursive(st.none() | st.integers() | st.text() | st.just([9]), lambda inner: st.dictionaries(st.text(), inner))
)
def test_what_nobody_wrote_is_not_read(text: object) -> None:
    assert restored(text, SITE) == fresh()
    kept = written(fresh().trying(2, C), SITE)
    for key in kept:
        assert target(restored(kept | {key: text}, SITE)).profile in (A, B, C)


PROFILES = st.sampled_from([A, B, C, ELSEWHERE, NetworkProfile(url="wss://new.example")])
NUMBERS = st.integers(1, MOST_SLOTS)


class AnyNetworks(RuleBasedStateMachine):
    """Central systems come and go behind addresses, and the power is cut between any two records.

    `disk` is what a power cut leaves; `owed` is the network that has heard of a transaction and not of its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slots = fresh()
        self.disk = written(self.slots, SITE)
        self.alive = {A}
        self.owed: str | None = None
        self.used: Target | None = None

    @rule(profile=PROFILES)
    def a_central_system_comes_or_goes(self, profile: NetworkProfile) -> None:
        self.alive ^= {profile}

    @rule(slot=NUMBERS, profile=PROFILES)
    def the_network_changes_an_address(self, slot: int, profile: NetworkProfile) -> None:
        self.slots = self.slots.trying(slot, profile)
        self.disk = written(self.slots, SITE)

    @rule(order=st.permutations([1, 2, 3, 4]), count=st.integers(1, 4))
    def the_network_changes_the_priority(self, order: list[int], count: int) -> None:
        wanted = tuple(one for one in order if one in self.slots.profiles)[:count]
        self.slots = self.slots.ordered(wanted or self.slots.priority)
        self.disk = written(self.slots, SITE)

    @rule(slot=NUMBERS)
    def the_network_empties_a_slot(self, slot: int) -> None:
        if slot != self.slots.last_good and self.slots.priority != (slot,) and slot in self.slots.profiles:
            self.slots = self.slots.without(slot)
            self.disk = written(self.slots, SITE)

    @rule(slot=NUMBERS)
    def a_person_wants_a_slot(self, slot: int) -> None:
        if slot in self.slots.priority:
            self.slots = self.slots.starting_at(slot)
            self.disk = written(self.slots, SITE)

    @rule()
    def the_preferred_slot_is_due(self) -> None:
        self.slots = self.slots.returning()

    @rule()
    def it_tries_to_connect(self) -> None:
        used = self.slots.next(anywhere, owes=self.owed is not None)
        if used is not None and used.profile in self.alive:
            self.used = used
            self.slots = self.slots.answered(used)
        elif used is not None:
            before, self.slots, self.used = self.slots, self.slots.failed(used, ATTEMPTS), None
            if before.trial != self.slots.trial:
                self.disk = written(self.slots, SITE)

    @precondition(lambda self: self.used is not None)
    @rule(does_accept=st.booleans(), is_cut=st.booleans())
    def it_is_accepted_there_or_never(self, does_accept: bool, is_cut: bool) -> None:
        assert self.used is not None
        used, self.used = self.used, None
        after = self.slots.accepted(used) if does_accept else self.slots.expired(used)
        if used.profile.network not in (self.slots.network, after.network):
            return  # changed again meanwhile: nothing is told there
        # On disk before anything leaves; the power may go just before, or just after.
        if not is_cut:
            self.disk, self.slots = written(after, SITE), after
        else:
            self.the_power_is_cut()

    @rule()
    def a_transaction_is_heard_of(self) -> None:
        if self.owed is None:
            self.owed = self.slots.network

    @rule()
    def all_is_told(self) -> None:
        self.owed = None

    @rule()
    def the_power_is_cut(self) -> None:
        self.slots, self.used = restored(json.loads(json.dumps(self.disk)), SITE), None

    @invariant()
    def the_rest_of_a_transaction_goes_where_its_beginning_went(self) -> None:
        if self.owed is not None:
            used = self.slots.next(anywhere, owes=True)
            assert used is None or used.profile.network == self.owed

    @invariant()
    def a_central_system_that_is_there_is_found(self) -> None:
        """Of those in the slots in use; a trial ends by itself."""
        if not any(self.slots.profiles[one] in self.alive for one in self.slots.priority):
            return
        slots, seen = self.slots, set()
        for _ in range(TRIAL_ATTEMPTS + 1 + ATTEMPTS * (MOST_SLOTS + 1)):
            used = target(slots)
            seen.add(used.profile)
            slots = slots.failed(used, ATTEMPTS)
        assert seen & self.alive

    @invariant()
    def what_is_used_is_there(self) -> None:
        assert self.slots.priority
        assert set(self.slots.priority) <= set(self.slots.profiles) <= set(range(1, MOST_SLOTS + 1))

    @invariant()
    def a_trial_ends(self) -> None:
        assert self.slots.trial is None or self.slots.trial.failures < TRIAL_ATTEMPTS


TestAnyNetworks = AnyNetworks.TestCase
