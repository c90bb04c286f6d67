"""Whatever comes in whatever order, under whatever clock: what was taken once is never new again."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.orders import remembering
from agent.core.orders.effects import KeyRole
from agent.core.orders.envelope import Order, moment
from agent.core.orders.judging import Key, Standing, judge
from agent.core.orders.remembering import KEPT_AFTER_MS, MOST, Seen, with_order

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000
KEY = Key(id="ada", public_key=bytes(32), role=KeyRole.SERVICE)


def order(number: int, issued_ms: int) -> Order:
    return Order(
        id=f"{number:032x}",
        device="QE-1",
        verb="version",
        issued=moment(issued_ms),
        expires=moment(issued_ms + 60_000),
        key_id="ada",
        nonce="n",
    )


class AnyClock(RuleBasedStateMachine):
    """The clock of the charger jumps by days in both directions, and is unknown at times."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen()
        self.now_ms: int | None = NOW_MS
        self.hand_ms = NOW_MS
        self.taken: dict[str, Order] = {}

    def is_taken(self, one: Order) -> bool:
        standing = Standing(now_ms=self.now_ms, nonce="n", floor_ms=self.seen.floor_ms, is_seen=self.seen.has(one))
        return judge(one, KEY, standing) is None

    @rule(days=st.floats(-40, 40))
    def the_clock_jumps(self, days: float) -> None:
        self.hand_ms = NOW_MS + round(days * DAY_MS)
        self.now_ms = self.hand_ms

    @rule()
    def the_clock_is_lost(self) -> None:
        self.now_ms = None

    @rule(number=st.integers(0, 5), late_ms=st.integers(-50_000, 50_000))
    def an_order_comes(self, number: int, late_ms: int) -> None:
        one = order(len(self.taken) * 10 + number, self.hand_ms - late_ms)
        if self.is_taken(one):
            assert one.id not in self.taken
            self.taken[one.id] = one
            self.seen = with_order(self.seen, one, self.now_ms)

    @rule(data=st.data())
    def an_old_one_comes_again(self, data: st.DataObject) -> None:
        if self.taken:
            one = data.draw(st.sampled_from(sorted(self.taken.values(), key=lambda each: each.id)))
            assert not self.is_taken(one)

    @invariant()
    def nothing_is_remembered_for_ever(self) -> None:
        assert len(self.seen.until_ms) <= remembering.MOST


TestAnyClock = AnyClock.TestCase


def test_an_id_is_kept_an_hour_beyond_its_end() -> None:
    first = order(1, NOW_MS)
    seen = with_order(Seen(), first, NOW_MS)
    on_time = with_order(seen, order(2, NOW_MS), first.expires_ms + KEPT_AFTER_MS)
    later = with_order(seen, order(2, NOW_MS + 2 * KEPT_AFTER_MS), first.expires_ms + KEPT_AFTER_MS + 1)

    assert on_time.has(first)
    assert not later.has(first)
    assert later.floor_ms == first.expires_ms


def test_too_many_ids_raise_the_floor_and_forget_the_oldest() -> None:
    until_ms = {f"{number:032x}": NOW_MS + number for number in range(MOST)}
    seen = with_order(Seen(until_ms=until_ms), order(MOST + 1, NOW_MS + MOST), None)

    assert len(seen.until_ms) <= MOST // 2 + 1
    assert seen.floor_ms >= NOW_MS + MOST // 2
    assert all(end > seen.floor_ms for end in seen.until_ms.values())
