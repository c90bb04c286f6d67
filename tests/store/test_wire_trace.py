"""Two files that take turns: bounded, in order, whatever a frame holds and wherever a power cut falls."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.time import Instant
from agent.store.wire_trace import Ring, TracedFrame, read, written

BOUND = 4_000
FRAMES = st.builds(
    TracedFrame,
    at=st.builds(Instant, st.just(0.0), st.none() | st.integers(0, 2**45)),
    direction=st.sampled_from(["sent", "received"]),
    text=st.text(max_size=200),
    latency_s=st.none() | st.integers(0, 100_000).map(lambda tenths: tenths / 10_000),
)


def line(number: int, length: int = 100) -> str:
    return written(TracedFrame(at=Instant(0.0, number), direction="sent", text="x" * length))


def numbers(ring: Ring) -> list[int | None]:
    return [frame.at.utc_ms for frame in ring.newest(10_000)]


@given(FRAMES)
def test_a_frame_is_one_line_and_comes_back_with_its_values(frame: TracedFrame) -> None:
    text = written(frame)
    back = read(text)

    assert "\n" not in text
    assert back is not None
    assert (back.at, back.direction) == (frame.at, frame.direction)
    assert back.latency_s == (None if frame.latency_s is None else pytest.approx(frame.latency_s, abs=5e-5))
    if not set(frame.text) & set("\t\n\r"):
        assert back.text == frame.text.encode("utf-8", "replace").decode()


@given(st.lists(st.lists(st.integers(0, 400), min_size=1, max_size=10), min_size=1, max_size=30))
def test_the_files_stay_within_their_bound_and_keep_the_newest(batches: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        ring, number = Ring(Path(name), BOUND), 0
        for batch in batches:
            ring.append([line(number + place, length) for place, length in enumerate(batch)])
            number += len(batch)
            kept = numbers(ring)

            assert sum(file.stat().st_size for file in Path(name).iterdir()) <= BOUND
            assert kept == list(range(number - len(kept), number))
            assert kept


def test_a_line_that_a_power_cut_left_incomplete_costs_only_itself(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.append([line(1)])
    [file] = tmp_path.iterdir()
    with file.open("ab") as cut:
        cut.write(b"17\tsen\xf0")

    ring.append(["", line(2)])

    assert numbers(ring) == [1, 2]


def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    Ring(tmp_path).append([line(1)])

    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600]


def test_after_an_erasure_nothing_is_there(tmp_path: Path) -> None:
    ring = Ring(tmp_path, 500)
    for number in range(10):
        ring.append([line(number)])

    ring.erase()

    assert list(tmp_path.iterdir()) == []
    assert numbers(ring) == []
