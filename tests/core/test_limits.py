"""Offered current: the minimum of named sources, and the pace of its changes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.core.limits import NO_LIMIT_KNOWN, Limits, LimitSource, offerable, paced
from agent.core.time import Instant

NOW = Instant(100.0)
currents = st.floats(0, 100, allow_nan=False)


def test_without_any_limit_nothing_is_offered_by_nobody() -> None:
    assert Limits().effective() == NO_LIMIT_KNOWN
    assert Limits().effective().current_a == 0
    assert Limits().effective().source is None


def test_lowest_source_wins_and_is_named() -> None:
    limits = (
        Limits()
        .with_limit(LimitSource.HARDWARE, 32, "board", NOW)
        .with_limit(LimitSource.NETWORK, 10.59, "profile 7", NOW)
        .with_limit(LimitSource.SUPPLY, 16, "site", NOW)
    )

    effective = limits.effective()

    assert (effective.current_a, effective.source, effective.detail) == (10.5, LimitSource.NETWORK, "profile 7")


def test_on_equal_currents_the_source_nearer_to_the_hardware_is_named() -> None:
    limits = Limits().with_limit(LimitSource.NETWORK, 16, "", NOW).with_limit(LimitSource.SUPPLY, 16, "", NOW)

    assert limits.effective().source is LimitSource.SUPPLY


def test_a_limit_below_6_a_pauses_and_its_source_is_named() -> None:
    limits = Limits().with_limit(LimitSource.NETWORK, 5.99, "profile 7", NOW)

    assert limits.effective().current_a == 0
    assert limits.effective().source is LimitSource.NETWORK


def test_a_limit_keeps_its_beginning_while_its_current_stays() -> None:
    later = NOW.plus(60)
    limits = Limits().with_limit(LimitSource.NETWORK, 16, "profile 7", NOW)

    repeated = limits.with_limit(LimitSource.NETWORK, 16, "profile 8", later).named(LimitSource.NETWORK)
    changed = limits.with_limit(LimitSource.NETWORK, 15, "profile 8", later).named(LimitSource.NETWORK)

    assert repeated is not None and repeated.since == NOW and repeated.detail == "profile 8"
    assert changed is not None and changed.since == later


@pytest.mark.parametrize("current_a", [-0.1, math.nan, math.inf])
def test_a_limit_that_is_no_current_is_refused(current_a: float) -> None:
    with pytest.raises(ValueError, match="no current"):
        Limits().with_limit(LimitSource.LOCAL, current_a, "", NOW)


@pytest.mark.parametrize(("current_a", "offer_a"), [(8.2, 8.2), (6.0, 6.0), (16.09, 16.0), (5.999, 0.0), (99.0, 80.0)])
def test_rounding_down_does_not_lose_a_tenth_to_binary_fractions(current_a: float, offer_a: float) -> None:
    assert offerable(current_a) == offer_a


@given(currents)
def test_an_offer_is_never_above_its_limit_and_less_than_a_tenth_below(current_a: float) -> None:
    offer_a = offerable(current_a)

    assert offer_a <= current_a
    assert offer_a == 0 or 6 <= offer_a <= 80
    assert offer_a in (0, 80) or current_a - offer_a < 0.1 + 1e-9


@given(currents, currents, st.floats(0, 20))
def test_less_is_offered_at_once_and_more_after_its_wait(offered_a: float, wanted_a: float, waited_s: float) -> None:
    offer = paced(offered_a, NOW, wanted_a, NOW.plus(waited_s))

    wait_s = 5.0 if offered_a > 0 else 3.0
    if wanted_a <= offered_a or waited_s >= wait_s:
        assert (offer.current_a, offer.due_at) == (wanted_a, None)
    else:
        assert (offer.current_a, offer.due_at) == (offered_a, NOW.monotonic_s + wait_s)


@given(currents, st.floats(0, 80), st.floats(0, 80))
def test_after_nothing_something_is_offered_a_minute_after_it_began_last(
    wanted_a: float, charged_s: float, paused_s: float
) -> None:
    paused_at = NOW.plus(charged_s)

    offer = paced(0.0, paused_at, wanted_a, paused_at.plus(paused_s), begun_at=NOW)

    due_at = max(NOW.monotonic_s + 60.0, paused_at.monotonic_s + 3.0)
    is_due = wanted_a <= 0 or paused_at.plus(paused_s).monotonic_s >= due_at
    assert (offer.current_a, offer.due_at) == ((wanted_a, None) if is_due else (0.0, due_at))


def test_the_first_offer_of_all_does_not_wait() -> None:
    assert paced(0.0, None, 16.0, NOW).current_a == 16.0


class AnyLimits(RuleBasedStateMachine):
    """Whatever the sources say in whatever order, the offer is their minimum and never above any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.limits = Limits()
        self.model: dict[LimitSource, float] = {}
        self.now = NOW

    @rule(source=st.sampled_from(LimitSource), current_a=currents)
    def source_speaks(self, source: LimitSource, current_a: float) -> None:
        self.now = self.now.plus(1)
        self.limits = self.limits.with_limit(source, current_a, "said", self.now)
        self.model[source] = current_a

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def source_withdraws(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.model, key=lambda source: source.value)))
        self.limits = self.limits.with_limit(source, None, "", self.now)
        del self.model[source]

    @invariant()
    def offer_is_within_every_limit(self) -> None:
        offer = self.limits.effective()
        assert all(offer.current_a <= current_a for current_a in self.model.values())
        assert offer.current_a == (offerable(min(self.model.values())) if self.model else 0)
        assert offer.source is None or self.model[offer.source] == min(self.model.values())

    @invariant()
    def entries_are_in_the_order_of_the_sources(self) -> None:
        order = list(LimitSource)
        places = [order.index(entry.source) for entry in self.limits.entries]
        assert places == sorted(places) and len(set(places)) == len(places)


TestAnyLimits = AnyLimits.TestCase
