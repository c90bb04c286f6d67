"""Orders at the desk as a machine of states: whatever comes in whatever order, only what is right is done, and once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.core.orders.envelope import moment
from agent.core.time import Instant
from firmware_sim.virtual_loop import run
from tests.control.remote.orders import NONCE, NOW_MS, Door, done_by, door, keys_file, order, sealed


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
        self.count = 0

    @initialize()
    def the_charger_starts(self) -> None:
        keys_file(self.path)
        self.opened = run(self._opened())

    async def _opened(self) -> Door:
        return door(self.path, clock=self.clock)

    def teardown(self) -> None:
        run(self.opened.store.aclose())
        self.folder.cleanup()

    def _send(self, payload: bytes) -> None:
        run(self.opened.take(payload))
        self.done += done_by(self.opened)
        done_by(self.opened).clear()

    def _new(self, **changes: Any) -> Any:
        self.count += 1
        now_ms = self.clock[0].utc_ms or NOW_MS
        return order(self.count, **{"issued": moment(now_ms), "expires": moment(now_ms + 60_000), **changes})

    @rule(by=st.sampled_from(["viewer", "operator", "service"]))
    def a_right_one(self, by: str) -> None:
        one = self._new(by=by, nonce=NONCE)
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
TestAnyOrders.settings = settings(max_examples=25, stateful_step_count=30)
