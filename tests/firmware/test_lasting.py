"""The clocks of protective functions against slow readers that look at every millisecond of what was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lasting import Tally
from rails import DUTY_ERROR, SETTLE_MS, Driven

STRETCHES = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=30)
DRIVES = st.lists(st.tuples(st.integers(1_000, 1_005), st.integers(1, 3 * SETTLE_MS)), min_size=1, max_size=8)


@given(STRETCHES, st.integers(1, 100))
def test_a_tally_believes_what_outweighs_whenever_it_looks(stretches: list[tuple[bool, int]], hold_ms: int) -> None:
    dense, sparse, counted_ms, now = Tally(hold_ms), Tally(hold_ms), 0, 0
    for there, lasts_ms in stretches:
        due = sparse.observe(there, now)
        for _ in range(lasts_ms):
            dense.observe(there, now)
            if due is not None and now >= due:
                due = sparse.observe(there, now)

            assert dense.believed == sparse.believed == (there and counted_ms == hold_ms)
            assert dense.rests == (not there and counted_ms == 0)
            assert due is None or due > now
            counted_ms = max(0, min(hold_ms, counted_ms + (1 if there else -1)))
            now += 1


@given(st.integers(1, 10_000), st.integers(1, 100))
def test_without_a_break_it_is_believed_after_exactly_its_time(hold_ms: int, start: int) -> None:
    tally = Tally(hold_ms)

    assert tally.observe(True, start) == start + hold_ms
    believed = []
    for there, moment in ((True, start + hold_ms - 1), (True, start + hold_ms), (False, start + hold_ms)):
        tally.observe(there, moment)
        believed.append(tally.believed)
    assert believed == [False, True, False]


def test_what_was_forgotten_begins_anew() -> None:
    tally = Tally(100)
    tally.observe(True, 0)
    tally.observe(False, 99)
    tally.forget()

    assert tally.observe(True, 99) == 199


@given(DRIVES)
def test_a_count_may_be_of_any_duty_that_it_spans_and_of_none_long_ago(drives: list[tuple[int, int]]) -> None:
    """Checked at the middle and at the end of each stretch, by a driver that is asked when due."""
    driven, now, begun = Driven(drives[0][0], 0), 0, []
    for duty, lasts_ms in drives:
        begun.append((now, duty))
        due = driven.observe(duty, now)
        for moment in (now + lasts_ms // 2, now + lasts_ms):
            while due is not None and due <= moment:
                due = driven.observe(duty, due)
            assert all(driven.explains(each) for each in spanned(begun, moment - SETTLE_MS))
            most = spanned(begun, moment - 2 * SETTLE_MS)
            assert not driven.explains(max(most) + DUTY_ERROR + 1)
            assert not driven.explains(min(most) - DUTY_ERROR - 1)
        now += lasts_ms


def spanned(begun: list[tuple[int, int]], since: int) -> list[int]:
    """Duties that were driven after `since`."""
    ends = [at for at, _ in begun[1:]] + [since + 1_000_000]
    return [duty for (_, duty), end in zip(begun, ends, strict=True) if end > since]
