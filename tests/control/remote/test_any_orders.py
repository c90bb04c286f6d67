"""Orders at the desk as a machine of states: whatever comes in whatever order, only what is right is done, and once.

The charger's clock and the central system's go as they like; a monotonic clock says how old an order truly is.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.core.orders.envelope import Order, moment
from agent.core.orders.judging import NONCE_GOOD_S
from agent.core.time import Instant
from firmware_sim.virtual_loop import run
from tests.control.remote.orders import LEAVES_MS, LEAVING, NOW_MS, Door, done_by, door, keys_file, order, sealed


class AnyOrders(RuleBasedStateMachine):
    """Right and wrong orders in any order, under any clock, over restarts and power cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.clock = [Instant(1000.0, NOW_MS, "boot")]
        self.done: list[str] = []
        self.right: set[str] = set()
        self.sent: list[bytes] = []
        self.held: list[tuple[Order, float]] = []
        """Signed and not delivered, with the monotonic second of that."""
        self.others_s: float | None = None
        """How far the central system's clock is ahead of the charger's, where they contradict each other."""
        self.nonces, self.nonce_at_s = 1, 1000.0
        self.count = 0

    @property
    def nonce(self) -> str:
        return f"n{self.nonces}"

    def _others_ms(self) -> int | None:
        now_ms = self.clock[0].utc_ms
        return None if now_ms is None or self.others_s is None else now_ms + round(1000 * self.others_s)

    @initialize()
    def the_charger_starts(self) -> None:
        keys_file(self.path, more=LEAVING)
        self.opened = run(self._opened())

    async def _opened(self) -> Door:
        return door(self.path, clock=self.clock, others_ms=self._others_ms)

    def teardown(self) -> None:
        run(self.opened.store.aclose())
        self.folder.cleanup()

    def _send(self, payload: bytes) -> None:
        now_s = self.clock[0].monotonic_s
        reply = run(self.opened.take(payload, nonce=self.nonce, nonce_age_s=now_s - self.nonce_at_s))
        if reply.renewals:
            self.nonces, self.nonce_at_s = self.nonces + 1, now_s
        self.done += done_by(self.opened)
        done_by(self.opened).clear()

    def _new(self, **changes: Any) -> Any:
        self.count += 1
        now_ms = self.clock[0].utc_ms or NOW_MS
        return order(self.count, **{"issued": moment(now_ms), "expires": moment(now_ms + 60_000), **changes})

    @rule(by=st.sampled_from(["viewer", "operator", "service"]))
    def a_right_one(self, by: str) -> None:
        one = self._new(by=by, nonce=self.nonce)
        self.right.add(one.id)
        self.sent.append(sealed(one))
        self._send(self.sent[-1])

    @rule(
        changes=st.sampled_from(
            [
                {"verb": "stop"},
                {"verb": "unlock"},
                {"device": "QE-1"},
                {"expires": moment(NOW_MS - 40 * 86_400_000)},
                {"key_id": "stranger"},
            ]
        )
    )
    def a_wrong_one(self, changes: dict[str, str]) -> None:
        self._send(sealed(self._new(**changes)))

    @rule(bit=st.integers(0, 3000))
    def a_forged_one(self, bit: int) -> None:
        payload = bytearray(sealed(self._new()))
        payload[bit // 8 % len(payload)] ^= 1 << bit % 8
        self._send(bytes(payload))

    @rule(data=st.data())
    def an_old_one_again(self, data: st.DataObject) -> None:
        if self.sent:
            self._send(data.draw(st.sampled_from(self.sent)))

    @rule(by=st.sampled_from(["service", "leaving"]))
    def one_is_held_back(self, by: str) -> None:
        self.held.append((self._new(by=by, nonce=self.nonce), self.clock[0].monotonic_s))

    @rule(data=st.data())
    def a_held_one_arrives(self, data: st.DataObject) -> None:
        if not self.held:
            return
        one, signed_s = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        self.right.add(one.id)
        self._send(sealed(one))
        if one.id not in self.done:
            return
        ours_ms, others_ms = self.clock[0].utc_ms, self._others_ms()
        clocks = [clock for clock in (ours_ms, others_ms) if clock is not None]
        assert not clocks or one.key_id != "leaving" or any(clock <= LEAVES_MS for clock in clocks)
        is_young = self.clock[0].monotonic_s - signed_s <= NONCE_GOOD_S
        assert is_young or (ours_ms is not None and others_ms is None and ours_ms < one.expires_ms)

    @rule(ahead_s=st.sampled_from([None, -86_400.0, -300.0, 90.0, 86_400.0]))
    def the_central_system_tells_a_time(self, ahead_s: float | None) -> None:
        self.others_s = ahead_s

    @rule(data=st.data())
    def the_central_system_tells_when_a_held_one_was_signed(self, data: st.DataObject) -> None:
        now_ms = self.clock[0].utc_ms
        if self.held and now_ms is not None:
            one, _ = data.draw(st.sampled_from(self.held))
            self.others_s = (one.issued_ms - now_ms) / 1000

    @rule(seconds=st.sampled_from([-86_400.0, -300.0, 300.0, 60_000.0]))
    def the_clock_is_set(self, seconds: float) -> None:
        was = self.clock[0]
        self.clock[0] = Instant(was.monotonic_s + 1.0, (was.utc_ms or NOW_MS) + round(1000 * seconds), "boot")

    @rule()
    def the_charger_connects_anew(self) -> None:
        self.nonces, self.nonce_at_s = self.nonces + 1, self.clock[0].monotonic_s

    @rule(seconds=st.sampled_from([-7200.0, -30.0, 20.0, 90.0, 4000.0]))
    def the_clock_moves(self, seconds: float) -> None:
        was = self.clock[0]
        utc_ms = NOW_MS if was.utc_ms is None else was.utc_ms + round(1000 * seconds)
        self.clock[0] = Instant(was.monotonic_s + abs(seconds), utc_ms, was.boot_id)

    @rule()
    def the_clock_is_lost(self) -> None:
        self.clock[0] = Instant(self.clock[0].monotonic_s + 1.0, None, "boot")

    @rule(in_order=st.booleans())
    def the_charger_restarts(self, in_order: bool) -> None:
        store = self.opened.store
        if in_order:
            run(store.aclose())
        else:
            store.writer.connection.close()
        self.opened = run(self._opened())

    @invariant()
    def nothing_wrong_is_done_and_nothing_twice(self) -> None:
        assert len(self.done) == len(set(self.done))
        assert set(self.done) <= self.right


TestAnyOrders = AnyOrders.TestCase
TestAnyOrders.settings = settings(max_examples=25, stateful_step_count=35)
