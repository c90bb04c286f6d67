"""A rate lets through what it says, and the next when it said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.rate import Rate


@given(st.integers(1, 20), st.floats(0.1, 100), st.lists(st.floats(0, 500), max_size=60))
def test_a_rate_lets_no_more_through_than_its_burst_and_what_time_gives(
    burst: int, every_s: float, waits: list[float]
) -> None:
    bucket, now_s, passed = Rate(burst, every_s).bucket(), 0.0, 0

    for wait_s in waits:
        now_s += wait_s
        passed += bucket.take(now_s)
        assert passed <= burst + now_s / every_s + 1e-6


def test_a_moment_that_lies_before_another_gives_nothing_twice() -> None:
    bucket = Rate(1, 10.0).bucket()
    assert bucket.take(100.0)

    assert [bucket.take(at_s) for at_s in (50.0, 100.0, 60.0, 105.0)] == [False] * 4
    assert bucket.take(110.0)


def test_what_did_not_come_keeps_nobody_waiting_and_is_no_more_than_the_burst() -> None:
    bucket = Rate(1, 10.0).bucket()
    assert bucket.take(0.0)
    bucket.give_back()
    bucket.give_back()

    assert [bucket.take(0.0), bucket.take(0.0)] == [True, False]


def test_a_rate_lets_the_next_through_when_it_said() -> None:
    bucket = Rate(1, 10.0).bucket()
    assert bucket.take(0.0)

    assert not bucket.take(5.0)
    assert bucket.take(5.0 + bucket.wait_s(5.0) + 1e-6)
