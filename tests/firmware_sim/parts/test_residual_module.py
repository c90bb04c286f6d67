"""The residual current module against pilot-board-hardware.md 7 and the limits of safety.md 4.1."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.parts.residual_module import AC, DC, ERROR, ResidualModule
from tests.firmware_sim.parts.bench import Watched, on_bench

SEEDS = st.integers(0, 10_000)


def trip_s(seed: int, *, dc_ma: float = 0.0, ac_ma: float = 0.0, live: bool = True) -> float | None:
    """When its output came, None within a minute."""

    async def story(at: Watched) -> float | None:
        module = ResidualModule(at.timeline, at.changed, random.Random(seed))
        module.output_is(live=live)
        module.leak(dc_ma=dc_ma, ac_ma=ac_ma)
        await asyncio.sleep(60)
        return at.changes_s[0] if at.changes_s else None

    return on_bench(story)


@pytest.mark.parametrize(("ma", "shortest_s", "longest_s"), [(6, 0.5, 5), (60, 0.06, 0.25), (200, 0.02, 0.08)])
@given(seed=SEEDS)
def test_direct_current_trips_within_its_bounds(ma: float, shortest_s: float, longest_s: float, seed: int) -> None:
    tripped_s = trip_s(seed, dc_ma=ma)

    assert tripped_s is not None
    assert shortest_s - 1e-5 <= tripped_s <= longest_s + 1e-5


@pytest.mark.parametrize(("ma", "limit_s"), [(30, 0.3), (150, 0.04), (250, 0.04)])
@given(seed=SEEDS)
def test_alternating_current_trips_within_the_limits(ma: float, limit_s: float, seed: int) -> None:
    tripped_s = trip_s(seed, ac_ma=ma)

    assert tripped_s is not None
    assert tripped_s <= limit_s


@given(SEEDS)
def test_what_must_not_trip_does_not(seed: int) -> None:
    assert trip_s(seed, dc_ma=3) is None
    assert trip_s(seed, ac_ma=15) is None
    assert trip_s(seed, dc_ma=200, live=False) is None


@given(SEEDS, st.floats(6, 1000), st.floats(6, 1000))
def test_more_current_never_has_a_later_bound(seed: int, one_ma: float, other_ma: float) -> None:
    low_ma, high_ma = sorted((one_ma, other_ma))

    slow_s, fast_s = trip_s(seed, dc_ma=low_ma), trip_s(seed, dc_ma=high_ma)

    assert slow_s is not None and fast_s is not None
    assert fast_s <= slow_s + 1e-5


async def pulsed(at: Watched, module: ResidualModule, pulse_s: float) -> list[tuple[float, int]]:
    """What its output did after a test pulse of that length."""
    seen: list[tuple[float, int]] = []
    began_s = at.now_s()
    module.test(True)
    await asyncio.sleep(pulse_s)
    module.test(False)
    for _ in range(400):
        await asyncio.sleep(0.01)
        if not seen or seen[-1][1] != module.bits:
            seen.append((at.now_s() - began_s, module.bits))
    return seen


@given(SEEDS)
def test_a_test_pulse_trips_and_clears_in_time_and_the_latch_waits_for_its_reset(seed: int) -> None:
    async def story(at: Watched) -> tuple[list[tuple[float, int]], bool, bool]:
        module = ResidualModule(at.timeline, at.changed, random.Random(seed))
        seen = await pulsed(at, module, 0.25)
        latched = module.latched
        module.reset()
        return seen, latched, module.latched

    seen, latched, latched_after_reset = on_bench(story)
    tripped_s = next(at_s for at_s, bits in seen if bits == DC)
    cleared_s = next(at_s for at_s, bits in seen if bits == 0 and at_s > tripped_s)

    assert 0.2 <= tripped_s <= 0.82
    assert 0.7 <= cleared_s <= 3.0
    assert (latched, latched_after_reset) == (True, False)


def test_a_short_test_pulse_is_not_felt() -> None:
    async def story(at: Watched) -> list[tuple[float, int]]:
        return await pulsed(at, ResidualModule(at.timeline, at.changed, random.Random(1)), 0.04)

    assert {bits for _, bits in on_bench(story)} == {0}


def test_the_latch_cannot_be_reset_while_the_output_is_tripped() -> None:
    async def story(at: Watched) -> bool:
        module = ResidualModule(at.timeline, at.changed, random.Random(1))
        module.output_is(live=True)
        module.leak(ac_ma=100)
        await asyncio.sleep(2)
        module.reset()
        return module.latched

    assert on_bench(story)


def test_a_leak_that_ends_with_the_voltage_lets_the_output_clear() -> None:
    async def story(at: Watched) -> tuple[int, int]:
        module = ResidualModule(at.timeline, at.changed, random.Random(1))
        module.output_is(live=True)
        module.leak(ac_ma=100)
        await asyncio.sleep(2)
        tripped = module.bits
        module.output_is(live=False)
        await asyncio.sleep(2.1)
        return tripped, module.bits

    assert on_bench(story) == (AC, 0)


def test_broken_modules_do_what_their_names_say() -> None:
    async def story(at: Watched) -> list[int]:
        bits = []
        for broken in ({"dead": True}, {"test_dead": True}, {"stuck": DC}, {"stuck": ERROR}):
            module = ResidualModule(at.timeline, at.changed, random.Random(1))
            module.break_down(**broken)
            module.test(True)
            await asyncio.sleep(1)
            bits.append(module.bits)
        return bits

    assert on_bench(story) == [0, 0, DC, ERROR | DC]
