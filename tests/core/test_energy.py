"""Registers to energy: a plausible rise counts, one odd reading changes nothing, an insisting meter is believed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.session.energy import (
    BELIEVED_AFTER,
    RISE_SLACK_WH,
    Doubt,
    Verdict,
    can_rise_wh,
    follow,
    rated_power_w,
)

registers = st.integers(0, 10_000_000)
doubts = st.none() | st.builds(Doubt, registers, st.integers(1, BELIEVED_AFTER - 1))


@given(registers, doubts, registers, st.floats(0, 1e6))
def test_a_register_that_is_followed_neither_falls_nor_rises_by_more_than_it_can(
    known_wh: int, doubt: Doubt | None, read_wh: int, rise_wh: float
) -> None:
    followed = follow(known_wh, doubt, read_wh, rise_wh)

    match followed.verdict:
        case Verdict.FOLLOWED:
            assert followed.register_wh == read_wh
            assert known_wh <= read_wh <= known_wh + rise_wh
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
        if 0 <= read_wh - known_wh <= can_rise_wh(1.0):
            continue
        followed = follow(register_wh, doubt, read_wh, can_rise_wh(1.0))
        register_wh, doubt = followed.register_wh, followed.doubt

    assert register_wh == known_wh


def test_three_readings_that_agree_are_the_new_truth() -> None:
    register_wh, doubt = 5_000, None
    verdicts = []
    for read_wh in (20, 21, 22):
        followed = follow(register_wh, doubt, read_wh, can_rise_wh(1.0))
        register_wh, doubt = followed.register_wh, followed.doubt
        verdicts.append(followed.verdict)

    assert verdicts == [Verdict.DOUBTED, Verdict.DOUBTED, Verdict.REPLACED]
    assert register_wh == 22


def test_a_register_rises_with_power_and_time_and_a_step_of_the_coarsest_meter() -> None:
    assert can_rise_wh(3600.0, rated_power_w(16.0, 3)) == RISE_SLACK_WH + 16 * 3 * 276
    assert can_rise_wh(0.0) == RISE_SLACK_WH
