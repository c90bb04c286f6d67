"""The board's own count of its pilot: one gate of a second, mixed where the duty changed in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.parts.generator_capture import GeneratorCapture
from firmware_sim.pilot_circuit import Drive, Generator
from firmware_sim.timeline import Timeline
from tests.firmware_sim.parts.bench import Watched, on_bench


def test_nothing_is_known_before_the_first_gate_and_without_pwm() -> None:
    async def story(at: Watched) -> list[tuple[int | None, int | None]]:
        capture = GeneratorCapture(at.timeline, at.changed)
        seen = []
        capture.watch(Generator(drive=Drive.X2, duty=2666))
        for wait_s in (0.9, 0.2):
            await asyncio.sleep(wait_s)
            seen.append((capture.mhz, capture.duty))
        capture.watch(Generator(drive=Drive.X1))
        return [*seen, (capture.mhz, capture.duty)]

    assert on_bench(story) == [(None, None), (1_000_000, 2666), (None, None)]


@given(st.floats(0, 30), st.integers(1000, 9600), st.integers(1000, 9600))
def test_a_change_is_mixed_for_one_gate_and_right_within_two_seconds(after_s: float, first: int, then: int) -> None:
    async def story(at: Watched) -> tuple[list[int | None], int | None]:
        capture = GeneratorCapture(at.timeline, at.changed)
        capture.watch(Generator(drive=Drive.X2, duty=first))
        await asyncio.sleep(after_s)
        capture.watch(Generator(drive=Drive.X2, duty=then))
        seen = []
        for _ in range(21):
            await asyncio.sleep(0.1)
            seen.append(capture.duty)
        return seen, capture.duty

    seen, last = on_bench(story)

    assert last == then
    assert all(duty is None or min(first, then) <= duty <= max(first, then) for duty in seen)


def test_a_wrong_crystal_shows_in_the_next_gate() -> None:
    async def story(at: Watched) -> tuple[int | None, int | None]:
        capture = GeneratorCapture(at.timeline, at.changed)
        capture.watch(Generator(drive=Drive.X2, duty=2666))
        await asyncio.sleep(5)
        capture.drift(mhz=950_000, duty_error=60)
        await asyncio.sleep(1.1)
        return capture.mhz, capture.duty

    assert on_bench(story) == (950_000, 2726)


def test_the_mixed_gate_shows_the_mean_of_both() -> None:
    async def story(at: Watched) -> list[int | None]:
        capture = GeneratorCapture(at.timeline, at.changed)
        capture.watch(Generator(drive=Drive.X2, duty=2000))
        await asyncio.sleep(7.25)
        capture.watch(Generator(drive=Drive.X2, duty=6000))
        seen = []
        for wait_s in (0.7, 0.1, 1.0):
            await asyncio.sleep(wait_s)
            seen.append(capture.duty)
        return seen

    assert on_bench(story) == [2000, 5000, 6000]


class Busy(Timeline):
    """Of a machine that comes to everything so much too late."""

    late_s = 0.0

    def after(self, delay_s: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        return super().after(delay_s + self.late_s, call)


@given(st.floats(0, 0.4), st.integers(1000, 9600), st.integers(1000, 9600))
def test_a_busy_machine_shows_a_gate_late_and_counts_it_right(late_s: float, first: int, then: int) -> None:
    async def story(at: Watched) -> list[int | None]:
        timeline = Busy(at.timeline.loop)
        timeline.late_s = late_s
        capture = GeneratorCapture(timeline, at.changed)
        capture.watch(Generator(drive=Drive.X2, duty=first))
        await asyncio.sleep(2.5)
        seen = [capture.duty]
        capture.watch(Generator(drive=Drive.X2, duty=then))
        await asyncio.sleep(2.5)
        return [*seen, capture.duty]

    assert on_bench(story) == [first, then]
