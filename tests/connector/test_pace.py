"""How often a meter is read: a second is a second, however late a timer rings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from agent.connector.meter_watch import ACTIVE_CYCLE_S, MeterWatch
from agent.core.quantities import MeterSample
from agent.core.time import Instant
from firmware_sim.virtual_loop import VirtualLoop

READINGS = 50


class LateLoop(VirtualLoop):
    """Its timers ring late, as those of a busy machine do."""

    late_s = 0.0

    def call_at(  # type: ignore[override]  # any callback: the loop's own type ties it to its arguments
        self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return super().call_at(when + self.late_s, callback, *args, context=context)


class Meter:
    """A meter that answers at once, and when it was asked."""

    name = "meter"

    def __init__(self) -> None:
        self.asked_at: list[float] = []

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def read(self) -> MeterSample:
        now = asyncio.get_running_loop().time()
        self.asked_at.append(now)
        return MeterSample(at=Instant(now), register_wh=1)


class Unwatched:
    def stamp(self, now_s: float) -> None: ...


def asked(late_s: float) -> list[float]:
    """When a meter is asked, in so many readings."""

    async def body() -> list[float]:
        meter = Meter()
        watch = MeterWatch(meter, lambda _: None, lambda began: began + ACTIVE_CYCLE_S, Unwatched())
        task = asyncio.create_task(watch.run())
        while len(meter.asked_at) < READINGS:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(ACTIVE_CYCLE_S)
        task.cancel()
        return meter.asked_at

    def loop() -> LateLoop:
        made = LateLoop()
        made.late_s = late_s
        return made

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(body())


@pytest.mark.parametrize("late_s", [0.0, 0.001, 0.05])
def test_a_timer_that_rings_late_moves_no_reading_after_it(late_s: float) -> None:
    moments = asked(late_s)

    assert moments[-1] == pytest.approx((len(moments) - 1) * ACTIVE_CYCLE_S + late_s)


def test_a_reading_that_comes_much_too_late_is_not_made_up_for() -> None:
    """Else a computer that slept for a minute would ask sixty times at once."""
    moments = asked(0.5)

    assert min(later - earlier for earlier, later in pairwise(moments)) >= ACTIVE_CYCLE_S
