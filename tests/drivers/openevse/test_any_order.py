"""Whatever the agent, the car, the line and the controller do, in any order: who gets power, and how much."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.drivers.device_level import DeviceState
from agent.errors import DriverError
from firmware_sim.arguments import NotNow
from firmware_sim.openevse import SELF_TEST_S
from firmware_sim.outlet import Outlet
from firmware_sim.virtual_loop import run
from tests.drivers.openevse.bench import OpenEvseBench, bench_of

HEARTBEAT_S = 5.0
SAFE_A = 6.0
HEARD_S = 0.6
"""A command waits for the answer to the one before it, which may be lost."""
RESTS_S = 3.0 + 2 * HEARD_S
"""A car that does not stop is opened under load after three seconds."""
RECOVERS_S = 10.0
"""After trouble: the port's pace, identification, sleep."""
PLUG_LEFT_S = 1.0
TROUBLES = ("is_cut", "mute", "deaf", "garbage", "late", "vanish")


class Judge:
    """Looks at every change of the outlet, and remembers what was wished, and when the line was in order."""

    def __init__(self, bench: OpenEvseBench) -> None:
        self.bench = bench
        self.trouble: str | None = None
        self.troubled_at = self.mended_at = self.booted_at = float("-inf")
        self.wishes: deque[tuple[float, float]] = deque([(0.0, 0.0)], maxlen=200)
        """When, and how many amperes were permitted and offered from then on."""
        self.permitted_car: object = None
        self.was_closed = False
        self.over_since = float("inf")
        self.breaches: list[str] = []
        """Told at the end: what an observer raises is lost in the loop."""
        bench.site.world.observers.append(self.look)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def note(self) -> None:
        """After every act: what is wished now."""
        wish = self.bench.link.wish
        amps = wish.offer_a if wish.permit and not wish.held_open else 0
        self.wishes.append((self.now(), amps))

    def wished_a(self, within_s: float) -> float:
        """The most that was wished at any moment of the last `within_s`."""
        since = self.now() - within_s
        before = [amps for at, amps in self.wishes if at <= since]
        return max([*before[-1:], *(amps for at, amps in self.wishes if at > since)], default=0.0)

    @property
    def is_sound(self) -> bool:
        """The line has worked for long enough."""
        return self.trouble is None and self.now() - max(self.mended_at, self.booted_at) > RECOVERS_S

    def look(self, outlet: Outlet) -> None:
        self.note()
        closed, was_closed = outlet.contactor.main_closed, self.was_closed
        self.was_closed = closed
        if self.is_sound and closed and not was_closed:
            self.demand(self.wished_a(SELF_TEST_S + HEARD_S) > 0, "it closed without a permission")
            self.demand(outlet.plugged is self.permitted_car, "it closed for another car than was permitted")
        self.look_at_offer(outlet)
        if self.is_sound:
            return
        if self.trouble is not None and self.now() - max(self.troubled_at, self.booted_at) > HEARTBEAT_S + 0.1:
            self.demand(outlet.offered_a() <= SAFE_A, "a dead line leaves more than the safe current")

    def look_at_offer(self, outlet: Outlet) -> None:
        """A controller that looks at its relay is awake, and a car that comes just then is offered something."""
        is_over = self.is_sound and outlet.offered_a() > self.wished_a(HEARD_S)
        self.over_since = min(self.over_since, self.now()) if is_over else float("inf")
        self.demand(self.now() - self.over_since <= HEARD_S, "it offers more than was wished")

    def look_at_rest(self) -> None:
        """Between acts."""
        self.look(self.bench.site.outlet)
        if self.is_sound and self.wished_a(RESTS_S) == 0:
            self.demand(not self.bench.is_live(), "it is closed long after the permission ended")

    def demand(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.breaches.append(f"{self.now():.3f} s: {otherwise}")


async def act(judge: Judge, what: str, amps: float, kind: str) -> None:
    bench = judge.bench
    line = bench.controller.line
    match what:
        case "plug_in":
            bench.plug_in()
        case "plug_out":
            bench.plug_out()
        case "permit":
            level = bench.link.level.value
            plug = level.pilot.plug if isinstance(level, DeviceState) else None
            await bench.pilot.offer(amps)
            await bench.contactor.permit(True, plug)
            judge.permitted_car = bench.site.outlet.plugged
        case "withdraw":
            await bench.contactor.permit(False)
        case "offer":
            await bench.pilot.offer(amps)
        case "hold":
            await bench.pilot.stand(operative=True, held_open=amps > 10)
        case "trouble" if judge.trouble is None:
            judge.trouble, judge.troubled_at = kind, judge.now()
            bench.controller.wire.is_cut = kind == "is_cut"
            line.mute, line.deaf, line.garbage = kind == "mute", kind == "deaf", kind == "garbage"
            line.late_s = 0.7 if kind == "late" else 0.0
            if kind == "vanish":
                bench.controller.wire.vanish()
        case "mend" if judge.trouble is not None:
            judge.trouble, judge.mended_at = None, judge.now()
            bench.controller.wire.is_cut = line.mute = line.deaf = line.garbage = False
            line.late_s = 0.0
            bench.controller.wire.appear()
        case "restart":
            judge.booted_at = judge.now() + 1.5
            bench.controller.reset("brownout")


ACTS = st.tuples(
    st.sampled_from(
        ("plug_in", "plug_out", "permit", "permit", "withdraw", "offer", "hold", "trouble", "mend", "restart")
    ),
    st.sampled_from((0.0, 6.0, 10.0, 16.7, 32.0)),
    st.sampled_from(TROUBLES),
    st.sampled_from((0.0, 0.05, 0.4, 1.3, 3.0, 7.0, 15.0)),
)


async def story(acts: list[tuple[str, float, str, float]]) -> None:
    async with bench_of(OpenEvseBench) as bench:
        await bench.is_ready()
        judge = Judge(bench)
        judge.mended_at = -RECOVERS_S
        for what, amps, kind, wait_s in acts:
            with suppress(DriverError, NotNow):
                await act(judge, what, amps, kind)
            judge.note()
            for _ in range(5):
                await asyncio.sleep(wait_s / 5)
                judge.note()
                judge.look_at_rest()
        await act(judge, "mend", 0.0, "")
        await bench.contactor.permit(False)
        await asyncio.sleep(RECOVERS_S + RESTS_S)
        assert not bench.is_live()
        assert bench.state().pilot.offered_a == 0
        assert judge.breaches == []


@settings(deadline=None)
@given(st.lists(ACTS, max_size=14))
def test_power_flows_only_where_it_was_permitted_and_a_dead_line_leaves_no_more_than_the_safe_current(
    acts: list[tuple[str, float, str, float]],
) -> None:
    run(story(acts))
