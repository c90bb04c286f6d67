"""The sense behind the contactor against pilot-board-hardware.md 6."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.mains import Mains
from firmware_sim.parts.load_side import DEAD, LoadSide, holds_up_s
from tests.firmware_sim.parts.bench import Watched, on_bench

ALL, NONE = (True, True, True), (False, False, False)


def test_three_closed_poles_show_six_edges_each_and_a_missing_phase_none() -> None:
    async def story(at: Watched) -> list[tuple[int, int, int]]:
        sense = LoadSide(at.timeline, at.changed)
        seen = []
        for mains, poles in (
            (Mains(), ALL),
            (Mains(phases=2), ALL),
            (Mains(hz=60), ALL),
            (Mains(), (True, False, False)),
        ):
            sense.feed(mains, poles, has_car=False)
            seen.append(sense.edges)
        return seen

    assert on_bench(story) == [(6, 6, 6), (6, 6, 0), (7, 7, 7), (6, 0, 0)]


def test_a_floating_load_side_picks_up_45_volts_and_stays_dead() -> None:
    async def story(at: Watched) -> list[tuple[int, int, int]]:
        sense = LoadSide(at.timeline, at.changed)
        sense.feed(Mains(), NONE, has_car=False)
        picked_up = sense.edges
        sense.back_feed(230)
        fed = sense.edges
        sense.back_feed(0)
        return [picked_up, fed, sense.edges]

    assert on_bench(story) == [DEAD, (6, 6, 6), DEAD]


@given(st.floats(0.05, 0.2))
def test_a_cars_filter_holds_the_sense_up_and_never_for_half_a_second(tau_s: float) -> None:
    async def story(at: Watched) -> tuple[tuple[int, int, int], list[float], tuple[int, int, int]]:
        sense = LoadSide(at.timeline, at.changed)
        sense.tau_s = tau_s
        sense.feed(Mains(), ALL, has_car=True)
        sense.feed(Mains(), NONE, has_car=True)
        held = sense.edges
        await asyncio.sleep(1)
        return held, at.changes_s, sense.edges

    held, changes_s, then = on_bench(story)

    assert (held, then) == ((6, 6, 6), DEAD)
    assert changes_s == pytest.approx([holds_up_s(230 * 2**0.5, tau_s)], abs=1e-5)
    assert changes_s[0] < 0.5


def test_a_flat_wave_asserts_later_than_a_sine() -> None:
    async def story(at: Watched) -> list[int]:
        sense = LoadSide(at.timeline, at.changed)
        seen = []
        for crest in (1.0, 1.414):
            sense.feed(Mains(volts=50, crest=crest), ALL, has_car=False)
            seen.append(sense.edges[0])
        return seen

    assert on_bench(story) == [0, 6]


def test_a_broken_sense_tells_what_it_likes() -> None:
    async def story(at: Watched) -> list[tuple[int, int, int]]:
        sense = LoadSide(at.timeline, at.changed)
        sense.feed(Mains(), ALL, has_car=False)
        sense.break_sense(2, 0)
        broken = sense.edges
        sense.break_sense(2, None)
        return [broken, sense.edges]

    assert on_bench(story) == [(6, 0, 6), (6, 6, 6)]
