"""What the charger presents itself with, as a state machine: whatever is changed and fails, it is never locked out."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.secret import Secret
from agent.security.access import (
    FORMER_KEY_REFUSALS,
    SITE,
    TRIAL_ATTEMPTS,
    Access,
    Failure,
    Plan,
    read,
    written,
)

OLD = Access(profile=1, key=Secret("old" * 6))
NEW = replace(OLD, key=Secret("new" * 6))


def attempts(plan: Plan, failure: Failure, count: int) -> list[Access]:
    used = []
    for _ in range(count):
        used.append(plan.next())
        plan = plan.failed(used[-1], failure)
    return used


def test_a_trial_goes_first_then_both_in_turn() -> None:
    plan = Plan(proven=OLD).changed(NEW)

    assert attempts(plan, Failure.OTHER, TRIAL_ATTEMPTS + 4) == [NEW] * TRIAL_ATTEMPTS + [OLD, NEW, OLD, NEW]


def test_a_network_that_is_away_decides_nothing() -> None:
    plan = Plan(proven=OLD).changed(NEW)

    assert attempts(plan, Failure.NOTHING, 50) == [NEW] * 50


def test_the_first_that_is_answered_wins() -> None:
    plan = Plan(proven=OLD).changed(NEW)

    assert plan.answered(NEW, plan) == Plan(proven=NEW)
    assert plan.answered(OLD, plan) == Plan(proven=OLD)


def test_an_answer_over_the_connection_of_before_says_nothing_about_a_change() -> None:
    before = Plan(proven=OLD)
    changed = before.changed(NEW)

    assert changed.answered(OLD, before).trial == NEW


def test_a_root_that_leads_nowhere_yet_stays_the_second_choice() -> None:
    with_root = replace(OLD, profile=2, roots=("r2",))
    plan = Plan(proven=replace(OLD, profile=2)).changed(with_root)

    left = plan.answered(plan.proven, plan)

    assert (left.trial, left.leads) == (with_root, False)
    assert attempts(left, Failure.OTHER, 3) == [left.proven, with_root, left.proven]


def test_a_former_key_is_forgotten_after_many_refusals() -> None:
    plan = Plan(proven=OLD).changed(NEW)
    for _ in range(2 * FORMER_KEY_REFUSALS + TRIAL_ATTEMPTS):
        plan = plan.failed(plan.next(), Failure.REFUSED)

    assert (plan.proven, plan.trial) == (NEW, None)


def test_the_last_root_gives_way_to_the_site_file() -> None:
    plan = Plan(proven=replace(OLD, roots=("r1", "r2")))

    assert plan.without_root("r1").proven.roots == ("r2",)
    assert plan.without_root("r1").without_root("r2").proven.roots == (SITE,)


KEYS = st.sampled_from([Secret(f"key-{number:014}") for number in range(3)])
ACCESSES = st.builds(
    Access,
    profile=st.integers(0, 3),
    key=st.none() | KEYS,
    chain=st.sampled_from(["", "c1", "c2"]),
    roots=st.sampled_from([(SITE,), ("r1",), ("r1", "r2")]),
)
PLANS = st.builds(Plan, proven=ACCESSES, trial=st.none() | ACCESSES, leads=st.booleans()).map(Plan.tidied)


@given(PLANS)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    assert read(json.loads(json.dumps(written(plan)))) == plan


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_what_nobody_wrote_is_not_read(text: object) -> None:
    assert read(text) is None


@given(PLANS)
def test_a_plan_never_shows_its_keys(plan: Plan) -> None:
    keys = [one.key.reveal() for one in (plan.proven, plan.latest) if one.key is not None]

    assert all(key not in repr(plan) for key in keys)


class AnyCentralSystem(RuleBasedStateMachine):
    """It accepts one key and one profile, changes its mind at will, and is away at times."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = Plan(proven=OLD)
        self.accepts = OLD.key
        self.tried: Plan | None = None
        self.used = OLD

    @rule(key=KEYS, agrees=st.booleans())
    def key_is_changed(self, key: Secret, agrees: bool) -> None:
        """Both sides take the new key, or the central system forgets to."""
        self.plan = self.plan.changed(replace(self.plan.latest, key=key))
        if agrees or self.accepts not in (self.plan.proven.key, key):
            self.accepts = key

    @rule()
    def connects(self) -> None:
        tried, used = self.plan, self.plan.next()
        if used.key == self.accepts:
            self.plan = self.plan.answered(used, tried)
            assert self.plan.proven == used
        else:
            self.plan = self.plan.failed(used, Failure.REFUSED)

    @rule(failure=st.sampled_from([Failure.NOTHING, Failure.OTHER]))
    def fails(self, failure: Failure) -> None:
        self.plan = self.plan.failed(self.plan.next(), failure)

    @invariant()
    def some_attempt_of_the_next_ones_would_be_taken(self) -> None:
        if self.accepts not in (self.plan.proven.key, self.plan.latest.key):
            return  # two changes in a row, of which the central system took the first only
        soon = attempts(self.plan, Failure.OTHER, TRIAL_ATTEMPTS + 2)
        assert self.accepts in {one.key for one in soon}

    @invariant()
    def the_profile_never_sinks(self) -> None:
        assert self.plan.next().profile >= OLD.profile


TestAnyCentralSystem = AnyCentralSystem.TestCase
