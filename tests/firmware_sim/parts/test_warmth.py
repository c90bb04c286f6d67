"""Temperatures follow the reference's time constants and rises, and a world that rests is not woken by them."""

from __future__ import annotations

import asyncio
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.parts import ntc
from firmware_sim.parts.warmth import BOARD, MASSES, PLACES, TERMINAL, Warmth
from tests.firmware_sim.parts.bench import Watched, on_bench


def after(seconds: float, current_a: float, *, loose: bool = False) -> tuple[Warmth, Watched]:
    async def story(at: Watched) -> tuple[Warmth, Watched]:
        warmth = Warmth(at.timeline, at.changed)
        warmth.places[TERMINAL].loosen(loose)
        warmth.carries(round(current_a * 1000))
        await asyncio.sleep(seconds)
        return warmth, at

    return on_bench(story)


def shown_c(warmth: Warmth, place: str) -> float:
    return ntc.celsius_of(warmth.codes[PLACES.index(place)])


def test_a_terminal_has_two_thirds_of_its_rise_after_eight_minutes() -> None:
    warmth, _ = after(480, 32)

    assert shown_c(warmth, TERMINAL) == pytest.approx(25 + 25 * (1 - exp(-1)), abs=1.1)


def test_a_board_takes_twenty_minutes() -> None:
    warmth, _ = after(1200, 32)

    assert shown_c(warmth, BOARD) == pytest.approx(25 + MASSES[BOARD].rise_k * (1 - exp(-1)), abs=1.1)


@given(st.floats(6, 40), st.booleans())
def test_the_rise_goes_with_the_square_of_the_current(current_a: float, loose: bool) -> None:
    warmth, _ = after(10_000, current_a, loose=loose)
    rise_k = 25 * (current_a / 32) ** 2 * (3 if loose else 1)

    assert shown_c(warmth, TERMINAL) == pytest.approx(25 + rise_k, abs=1.5)


def test_what_does_not_change_wakes_nobody() -> None:
    _, idle = after(1_000_000, 0)
    _, settled = after(1_000_000, 32)

    assert idle.changes_s == []
    assert len(settled.changes_s) <= 3 * 25 + 10
    assert max(settled.changes_s) < 6 * 1200


@given(st.lists(st.tuples(st.integers(0, 80), st.floats(0.1, 3000)), max_size=12))
def test_what_is_shown_is_never_more_than_a_kelvin_off(story_of: list[tuple[int, float]]) -> None:
    async def story(at: Watched) -> float:
        warmth = Warmth(at.timeline, at.changed)
        place = warmth.places[TERMINAL]
        worst_k = 0.0
        for current_a, lasts_s in story_of:
            warmth.carries(current_a * 1000)
            await asyncio.sleep(lasts_s)
            worst_k = max(worst_k, abs(ntc.celsius_of(place.code) - place.celsius()))
        return worst_k

    assert on_bench(story) <= 2.0  # a kelvin, and the step of a code where the sensor is hot


def test_a_flame_warms_as_fast_as_it_is_told_and_leaves_nothing_behind() -> None:
    async def story(at: Watched) -> tuple[float, float, float]:
        warmth = Warmth(at.timeline, at.changed)
        place = warmth.places[TERMINAL]
        place.force(85, k_per_min=6)
        await asyncio.sleep(300)
        halfway_c = ntc.celsius_of(place.code)
        await asyncio.sleep(400)
        hot_c = ntc.celsius_of(place.code)
        place.force(None)
        return halfway_c, hot_c, ntc.celsius_of(place.code)

    assert on_bench(story) == pytest.approx((55, 85, 25), abs=1.2)


def test_a_flame_is_not_put_out_by_the_warmth_that_was_on_its_way() -> None:
    async def story(at: Watched) -> list[float]:
        warmth = Warmth(at.timeline, at.changed)
        place = warmth.places[TERMINAL]
        heard: list[float] = []
        place.watchers.append(heard.append)
        warmth.carries(32_000)
        await asyncio.sleep(60)
        place.force(85)
        await asyncio.sleep(600)
        return heard

    assert on_bench(story)[-1] == 85


def test_a_cut_lead_hides_the_temperature_until_it_is_mended() -> None:
    async def story(at: Watched) -> list[int]:
        warmth = Warmth(at.timeline, at.changed)
        place = warmth.places[TERMINAL]
        codes = []
        for code in (ntc.OPEN_CODE, None, ntc.SHORT_CODE, None):
            place.cut(code)
            codes.append(place.code)
        return codes

    assert on_bench(story) == [4095, ntc.code_of(25), 0, ntc.code_of(25)]
