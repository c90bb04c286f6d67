"""Connectors that share a supply never overload it, each gets its fair part, and nobody is forgotten."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.core.identity import ConnectorId
from agent.core.supply import FOLLOWED_AFTER_S, TURN_S, Claim, Share, Sharing, equal_shares, shared
from agent.core.time import Instant
from tests.searching import costly

ONE, TWO, THREE = ConnectorId(1), ConnectorId(2), ConnectorId(3)
NOW = Instant(100.0)
CAR_FOLLOWS_S = 5.0


def charging(connector: ConnectorId, usable_a: float = 32.0) -> Claim:
    return Claim(connector=connector, usable_a=usable_a, is_due=True, asks=True)


def idle(connector: ConnectorId, usable_a: float = 32.0) -> Claim:
    return Claim(connector=connector, usable_a=usable_a)


def settled(supply_a: float, *claims: Claim, now: Instant = NOW) -> list[float]:
    """The shares once every session has heard of them and every car has followed."""
    sharing = equal_shares(tuple(claim.connector for claim in claims), supply_a)
    for _ in range(4):
        heard = tuple(
            replace(claim, limit_a=share.current_a) for claim, share in zip(claims, sharing.shares, strict=True)
        )
        sharing = shared(sharing, heard, supply_a, now)
    return [share.current_a for share in sharing.shares]


def test_a_single_connector_gets_the_whole_supply() -> None:
    assert settled(32, charging(ONE, 20)) == [32]
    assert settled(32, idle(ONE)) == [32]


def test_two_charges_share_equally() -> None:
    assert settled(32, charging(ONE), charging(TWO)) == [16, 16]


def test_what_one_cannot_use_the_other_gets_but_for_a_tenth_that_keeps_the_real_limit_named() -> None:
    assert settled(32, charging(ONE, 10), charging(TWO)) == [10.1, 21.9]


def test_an_idle_connector_gets_what_is_left_over() -> None:
    assert settled(32, charging(ONE, 20), idle(TWO)) == [20.1, 11.9]
    assert settled(32, charging(ONE), idle(TWO)) == [32, 0]


def test_a_car_that_does_not_ask_keeps_the_least_until_it_does() -> None:
    sleeping = replace(charging(TWO), asks=False)

    assert settled(32, charging(ONE), sleeping) == [26, 6]
    assert settled(32, charging(ONE), charging(TWO)) == [16, 16]


def test_where_the_supply_is_too_small_for_all_they_take_turns() -> None:
    claims = (charging(ONE), charging(TWO), charging(THREE))

    turns = [settled(13, *claims, now=NOW.plus(turn * TURN_S)) for turn in range(3)]

    paused = [turn.index(0) for turn in turns]
    assert sorted(paused) == [0, 1, 2]
    assert all(sum(turn) <= 13 for turn in turns)


def test_a_share_is_raised_only_after_the_other_was_lowered_and_had_time_to_follow() -> None:
    sharing = Sharing(shares=equal_shares((ONE, TWO), 32).shares)
    alone = (replace(charging(ONE), limit_a=16.0), replace(idle(TWO), limit_a=16.0))
    sharing = shared(sharing, alone, 32, NOW)
    sharing = shared(sharing, (alone[0], replace(alone[1], limit_a=0.0)), 32, NOW)
    assert [share.current_a for share in sharing.shares] == [32, 0]
    one, two = replace(charging(ONE), limit_a=32.0, offered_a=32.0), replace(charging(TWO), limit_a=0.0)

    lowered = shared(sharing, (one, two), 32, NOW)
    assert [share.current_a for share in lowered.shares] == [16, 0], "not yet heard"
    heard = replace(one, limit_a=16.0, offered_a=16.0)
    obeyed = shared(lowered, (heard, two), 32, NOW)
    assert [share.current_a for share in obeyed.shares] == [16, 0], "not yet followed"
    assert obeyed.due_at == NOW.monotonic_s + FOLLOWED_AFTER_S
    followed = shared(obeyed, (heard, two), 32, NOW.plus(FOLLOWED_AFTER_S))

    assert [share.current_a for share in followed.shares] == [16, 16]


def test_a_lower_offer_of_unknown_fate_frees_nothing() -> None:
    sharing = equal_shares((ONE, TWO), 32)
    one, two = replace(charging(ONE), limit_a=16.0, offered_a=16.0), replace(charging(TWO), limit_a=16.0)
    sharing = shared(sharing, (one, two), 32, NOW)
    stopped = replace(idle(ONE), limit_a=0.0, is_sure=False)

    for seconds in range(0, 60, 5):
        sharing = shared(sharing, (stopped, two), 32, NOW.plus(seconds))

    assert sharing.of(TWO).current_a == 16
    known = replace(stopped, is_sure=True)
    sharing = shared(sharing, (known, two), 32, NOW.plus(100))
    assert sharing.of(TWO).current_a == 16, "it is given only now"
    assert shared(sharing, (known, two), 32, NOW.plus(100 + FOLLOWED_AFTER_S)).of(TWO).current_a == 32


class AnySupply(RuleBasedStateMachine):
    """Three chargers whose sessions hear late, cars that follow late, boards that miss orders, a supply that varies.

    Whatever happens, the cars together never draw more than the supply that held for the last moments.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.connectors: tuple[ConnectorId, ...] = (ONE, TWO, THREE)
        self.supply_a = 32.0
        self.unheard: list[ConnectorId] = []
        self.obeyed_at = -1e9

    @initialize(supply_a=st.integers(60, 800), count=st.integers(2, 3))
    def begin(self, supply_a: int, count: int) -> None:
        self.connectors = self.connectors[:count]
        self.supply_a = supply_a / 10
        self.sharing = equal_shares(self.connectors, self.supply_a)
        self.claims = {
            share.connector: replace(idle(share.connector), limit_a=share.current_a) for share in self.sharing.shares
        }
        self.board_a = dict.fromkeys(self.connectors, 0.0)
        self.drawn = {connector: [(0.0, 0.0)] for connector in self.connectors}

    def _share(self) -> None:
        claims = tuple(self.claims[connector] for connector in self.connectors)
        self.sharing = shared(self.sharing, claims, self.supply_a, self.now)

    def _offers(self, connector: ConnectorId, *, reaches_board: bool = True) -> None:
        """The session offers all that it may; a car is as greedy as it is slow."""
        claim = self.claims[connector]
        assert claim.limit_a is not None
        offered_a = min(claim.usable_a, claim.limit_a) if claim.is_due else 0.0
        self.claims[connector] = replace(claim, offered_a=offered_a, is_sure=reaches_board)
        if reaches_board:
            self.drawn[connector].append((self.now.monotonic_s, offered_a))
        self._share()

    @rule(connector=st.sampled_from([ONE, TWO, THREE]), usable_a=st.integers(60, 400), asks=st.booleans())
    def charge_begins(self, connector: ConnectorId, usable_a: int, asks: bool) -> None:
        if connector not in self.connectors:
            return
        claim = self.claims[connector]
        self.claims[connector] = replace(claim, is_due=True, asks=asks, usable_a=usable_a / 10)
        self._offers(connector)

    @rule(connector=st.sampled_from([ONE, TWO, THREE]))
    def charge_ends(self, connector: ConnectorId) -> None:
        if connector not in self.connectors:
            return
        self.claims[connector] = replace(self.claims[connector], is_due=False, asks=False)
        self._offers(connector)

    @rule(ears=st.lists(st.sampled_from([ONE, TWO, THREE]), min_size=1, max_size=4), reaches_board=st.booleans())
    def sessions_hear_of_their_shares(self, ears: list[ConnectorId], reaches_board: bool) -> None:
        for connector in ears:
            self._hears(connector, reaches_board=reaches_board)

    def _hears(self, connector: ConnectorId, *, reaches_board: bool) -> None:
        if connector not in self.connectors:
            return
        share_a = self.sharing.of(connector).current_a
        self.claims[connector] = replace(self.claims[connector], limit_a=share_a)
        self._offers(connector, reaches_board=reaches_board or self.claims[connector].offered_a <= share_a)
        if connector in self.unheard and self.claims[connector].is_sure:
            self.unheard.remove(connector)
            self.obeyed_at = self.now.monotonic_s

    @rule(supply_a=st.integers(0, 800))
    def supply_changes(self, supply_a: int) -> None:
        if supply_a / 10 < self.supply_a:
            self.unheard = list(self.connectors)
        self.supply_a = supply_a / 10
        self._share()

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.5, 5.0, 8.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.now = self.now.plus(seconds)
        # An order that was lost is given again within a second.
        for connector in self.connectors:
            if not self.claims[connector].is_sure:
                self._offers(connector)
        self._share()

    @rule()
    def everybody_hears_and_follows(self) -> None:
        """From any state, waiting long enough ends with everybody at what they were to get."""
        for _ in range(8):
            for connector in self.connectors:
                self._hears(connector, reaches_board=True)
            self.time_passes(FOLLOWED_AFTER_S + 0.1)
        due = [claim for claim in self.claims.values() if claim.is_due]
        if due and self.supply_a >= 6.1 * len(due):
            assert all(claim.offered_a >= 6 for claim in due), "somebody is left out"

    def _draws(self, connector: ConnectorId) -> float:
        """The most a car may draw now: the highest offer it has not had time to leave behind."""
        offers = self.drawn[connector]
        recent = [a for at, a in offers if at > self.now.monotonic_s - CAR_FOLLOWS_S]
        older = [a for at, a in offers if at <= self.now.monotonic_s - CAR_FOLLOWS_S]
        return max([*recent, *older[-1:]])

    @invariant()
    def supply_is_not_overloaded(self) -> None:
        if not hasattr(self, "drawn"):
            return
        # A supply that falls is obeyed as fast as the sessions hear of it and the cars follow.
        if self.unheard or self.now.monotonic_s < self.obeyed_at + CAR_FOLLOWS_S:
            return
        assert round(sum(self._draws(connector) for connector in self.connectors), 6) <= self.supply_a


TestAnySupply = AnySupply.TestCase
TestAnySupply.settings = costly(80, search=2_000, steps=40)


tenths = st.integers(0, 320).map(lambda number: number / 10)
claims_of_any_kind = st.builds(
    Claim,
    connector=st.just(ONE),
    usable_a=st.integers(0, 800).map(lambda number: number / 10),
    is_due=st.booleans(),
    asks=st.booleans(),
    limit_a=st.none() | tenths,
    offered_a=tenths,
    is_sure=st.booleans(),
)
shares_of_any_kind = st.builds(
    Share, connector=st.just(ONE), current_a=tenths, seen_offer_a=tenths, held_a=tenths, held_until=st.floats(0, 200)
)


def may_draw_a(share: Share, claim: Claim) -> float:
    """The most a connector may come to draw before it hears of anything new."""
    known_a = claim.usable_a if claim.limit_a is None else claim.limit_a
    return max(share.current_a, known_a, claim.offered_a, share.held_a)


@given(st.lists(st.tuples(shares_of_any_kind, claims_of_any_kind), max_size=4), st.floats(0, 100))
@costly(200, search=5_000)
def test_shares_are_offers_within_the_supply_and_rise_only_into_room(
    connectors: list[tuple[Share, Claim]], supply_a: float
) -> None:
    before = tuple(replace(share, connector=ConnectorId(place)) for place, (share, _) in enumerate(connectors))
    claims = tuple(replace(claim, connector=ConnectorId(place)) for place, (_, claim) in enumerate(connectors))

    after = shared(Sharing(shares=before), claims, supply_a, NOW)

    shares = [share.current_a for share in after.shares]
    assert all(share == 0 or 6 <= share <= 80 for share in shares)
    assert sum(shares) <= supply_a + 1e-6
    drawn_a = [may_draw_a(share, claim) for share, claim in zip(after.shares, claims, strict=True)]
    without_raise_a = [
        may_draw_a(replace(new, current_a=min(old.current_a, new.current_a)), claim)
        for new, old, claim in zip(after.shares, before, claims, strict=True)
    ]
    assert sum(drawn_a) <= max(supply_a, sum(without_raise_a)) + 1e-6
    assert after.due_at is None or after.due_at > NOW.monotonic_s
