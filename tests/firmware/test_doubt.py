"""A doubt against a slow reader that keeps every reading, at any pace of looking."""

from __future__ import annotations

from doubt import Doubt
from hypothesis import given
from hypothesis import strategies as st

READINGS = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=30)
TIMES = st.integers(0, 100)


def believes(seen: list[tuple[int, bool]], begins_ms: int, ends_ms: int, before: bool) -> bool:
    """What one believes who knows all readings up to now and what was believed before this one."""
    now, is_so = seen[-1]
    if is_so:
        return before or now - start_of_trouble(seen, ends_ms) >= begins_ms
    good_since = now
    for at, was_so in reversed(seen):
        if was_so:
            break
        good_since = at
    return before and now - good_since < ends_ms


def start_of_trouble(seen: list[tuple[int, bool]], ends_ms: int) -> int:
    """The first bad reading that no pause of `ends_ms` parts from the last."""
    start = seen[-1][0]
    pause_ends_at = pause_begins_at = None
    for at, was_so in reversed(seen):
        if was_so:
            start = at
            pause_ends_at = pause_begins_at = None
            continue
        pause_ends_at = at if pause_ends_at is None else pause_ends_at
        pause_begins_at = at
        if pause_ends_at - pause_begins_at >= ends_ms:
            break
    return start


@given(READINGS, TIMES, TIMES)
def test_a_doubt_believes_what_all_readings_together_say(
    readings: list[tuple[bool, int]], begins_ms: int, ends_ms: int
) -> None:
    doubt, seen, believed, now = Doubt(begins_ms, ends_ms), [], False, 0
    for is_so, pause_ms in readings:
        seen.append((now, is_so))
        believed = believes(seen, begins_ms, ends_ms, believed)

        due = doubt.observe(is_so, now)

        assert doubt.believed == believed
        assert due is None or due > now
        now += pause_ms


@given(READINGS, TIMES, TIMES)
def test_looking_when_due_sees_what_looking_all_the_time_sees(
    readings: list[tuple[bool, int]], begins_ms: int, ends_ms: int
) -> None:
    dense, sparse = Doubt(begins_ms, ends_ms), Doubt(begins_ms, ends_ms)
    now, due = 0, None
    for is_so, lasts_ms in readings:
        due = sparse.observe(is_so, now)
        for _ in range(lasts_ms):
            dense.observe(is_so, now)
            if due is not None and now >= due:
                due = sparse.observe(is_so, now)
            assert (sparse.believed, sparse.is_calm) == (dense.believed, dense.is_calm)
            now += 1


def test_a_doubt_may_be_there_from_the_beginning() -> None:
    doubt = Doubt(100, 75, believed=True)

    assert doubt.observe(True, 1_000) is None
    assert (doubt.observe(False, 2_000), doubt.believed) == (2_075, True)
    assert (doubt.observe(False, 2_075), doubt.believed, doubt.is_calm) == (None, False, True)
