"""Registers to energy: a plausible rise counts, one odd reading changes nothing, an insisting meter is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.session.energy import (
    BELIEVED_AFTER,
    MAX_POWER_W,
    RISE_SLACK_WH,
    Doubt,
    RegisterFell,
    Verdict,
    energy_between,
    follow,
)
from agent.core.time import Instant

registers = st.integers(0, 10_000_000)
doubts = st.none() | st.builds(Doubt, registers, st.integers(1, BELIEVED_AFTER - 1))


@given(registers, doubts, registers, st.none() | st.floats(0, 1e5))
def test_a_register_that_is_followed_neither_falls_nor_rises_faster_than_any_charger_can(
    known_wh: int, doubt: Doubt | None, read_wh: int, elapsed_s: float | None
) -> None:
    followed = follow(known_wh, doubt, read_wh, elapsed_s)

    match followed.verdict:
        case Verdict.FOLLOWED:
            assert followed.register_wh == read_wh >= known_wh
            assert elapsed_s is None or read_wh - known_wh <= RISE_SLACK_WH + MAX_POWER_W * elapsed_s / 3600
            assert followed.doubt is None
        case Verdict.DOUBTED:
            assert followed.register_wh == known_wh
            assert followed.doubt is not None and followed.doubt.register_wh == read_wh
        case Verdict.REPLACED:
            assert followed.register_wh == read_wh
            assert doubt is not None and doubt.count == BELIEVED_AFTER - 1


@given(registers, st.lists(registers, min_size=1, max_size=BELIEVED_AFTER - 1))
def test_fewer_odd_readings_than_it_takes_never_change_the_register(known_wh: int, odd: list[int]) -> None:
    register_wh, doubt = known_wh, None
    for read_wh in odd:
        if 0 <= read_wh - known_wh <= RISE_SLACK_WH + MAX_POWER_W / 3600:
            continue
        followed = follow(register_wh, doubt, read_wh, 1.0)
        register_wh, doubt = followed.register_wh, followed.doubt

    assert register_wh == known_wh


def test_three_readings_that_agree_are_the_new_truth() -> None:
    register_wh, doubt = 5_000, None
    verdicts = []
    for read_wh in (20, 21, 22):
        followed = follow(register_wh, doubt, read_wh, 1.0)
        register_wh, doubt = followed.register_wh, followed.doubt
        verdicts.append(followed.verdict)

    assert verdicts == [Verdict.DOUBTED, Verdict.DOUBTED, Verdict.REPLACED]
    assert register_wh == 22


@given(registers, registers, st.none() | registers)
def test_energy_is_never_negative(start_wh: int, stop_wh: int, modulus_wh: int | None) -> None:
    try:
        energy_wh = energy_between(start_wh, stop_wh, rolls_over_at_wh=modulus_wh)
    except RegisterFell:
        assert stop_wh < start_wh and (modulus_wh is None or start_wh >= modulus_wh)
    else:
        assert energy_wh >= 0
        assert energy_wh == stop_wh - start_wh or energy_wh == stop_wh - start_wh + (modulus_wh or 0)


def test_a_fall_without_a_known_modulus_names_both_registers() -> None:
    with pytest.raises(RegisterFell, match="from 9 Wh to 3 Wh"):
        energy_between(9, 3)


@pytest.mark.parametrize(
    ("earlier", "later", "seconds"),
    [
        (Instant(10.0, None, "a"), Instant(12.5, None, "a"), 2.5),
        (Instant(10.0, 1_000, "a"), Instant(3.0, 61_000, "b"), 60.0),
        (Instant(10.0, None, "a"), Instant(3.0, 61_000, "b"), None),
        (Instant(10.0, 61_000, "a"), Instant(3.0, 1_000, "b"), None),
    ],
)
def test_seconds_between_two_boots_need_the_wall_clock(earlier: Instant, later: Instant, seconds: float | None) -> None:
    assert later.seconds_since(earlier) == seconds
