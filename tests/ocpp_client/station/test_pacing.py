"""When the queue may be told, by the draw of a number and the pause that a backend needs."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.ocpp_client.station.pacing import Pace, Pacing

AT_ONCE = Pace(starts_within_s=0.0, pause_s=0.0)


def drawing(share: float) -> Pacing:
    return Pacing(lambda low, high: low + share * (high - low))


@given(st.floats(0.0, 1.0), st.floats(0.0, 600.0), st.floats(0.0, 1e6))
def test_a_queue_begins_at_the_moment_that_was_drawn(share: float, within_s: float, now_s: float) -> None:
    pacing, pace = drawing(share), Pace(starts_within_s=within_s, pause_s=0.0)
    begins_s = now_s + share * within_s

    first = pacing.may_tell(5, pace, now_s)

    assert first == (begins_s <= now_s)
    assert pacing.until_s == (None if first else begins_s)
    assert pacing.may_tell(5, pace, begins_s)
    assert pacing.until_s is None


def test_what_comes_while_nothing_waited_is_told_at_once() -> None:
    pacing, pace = drawing(0.5), Pace(starts_within_s=60.0, pause_s=0.0)

    assert pacing.may_tell(0, pace, 100.0)
    assert pacing.may_tell(1, pace, 101.0)


def test_each_connection_draws_anew() -> None:
    pacing, pace = drawing(0.5), Pace(starts_within_s=60.0, pause_s=0.0)
    pacing.may_tell(1, pace, 0.0)

    pacing.connected()

    assert not pacing.may_tell(1, pace, 100.0)
    assert pacing.until_s == 130.0


def test_a_wait_that_was_lowered_meanwhile_is_cut_short() -> None:
    pacing = drawing(1.0)
    pacing.may_tell(1, Pace(starts_within_s=3600.0, pause_s=0.0), 0.0)

    assert pacing.may_tell(1, AT_ONCE, 1.0)


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=20), st.floats(0.0, 10.0))
def test_two_facts_are_never_closer_than_the_pause(trips_s: list[float], pause_s: float) -> None:
    pacing, pace, now_s = drawing(0.0), Pace(starts_within_s=0.0, pause_s=pause_s), 0.0
    left_s: list[float] = []

    for trip_s in trips_s:
        if not pacing.may_tell(1, pace, now_s):
            assert pacing.until_s is not None
            now_s = pacing.until_s
            assert pacing.may_tell(1, pace, now_s)
        pacing.left(now_s)
        left_s.append(now_s)
        now_s += trip_s

    assert all(after - before >= pause_s - 1e-9 for before, after in pairwise(left_s))


def test_without_a_pause_the_answer_alone_is_waited_for() -> None:
    pacing = drawing(0.0)
    pacing.left(10.0)

    assert pacing.may_tell(1, AT_ONCE, 10.0)
