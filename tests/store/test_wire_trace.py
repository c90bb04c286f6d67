"""Two files that take turns: bounded, in order, whatever a frame holds and wherever a power cut falls."""

from __future__ import annotations

import random
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
    """Of letters by chance, which hardly become fewer when they are deflated."""
    text = random.Random(number).randbytes(length // 2).hex()
    return written(TracedFrame(at=Instant(0.0, number), direction="sent", text=text))


def numbers(ring: Ring, limit: int = 10_000) -> list[int | None]:
    return [frame.at.utc_ms for frame in ring.newest(limit)]


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


@given(st.lists(st.lists(st.integers(0, 900), min_size=1, max_size=10), min_size=1, max_size=30))
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
            assert numbers(ring, 3) == kept[-3:]


def test_lines_of_an_earlier_version_are_read_the_one_that_a_power_cut_left_incomplete_aside(tmp_path: Path) -> None:
    (tmp_path / "wire-trace.1.log").write_text(f"{line(1)}\n")
    (tmp_path / "wire-trace.log").write_bytes(f"{line(2)}\n{line(3)}\n".encode() + b"17\tsen\xf0")

    ring = Ring(tmp_path)
    ring.append(["", line(4)])

    assert numbers(ring) == [1, 2, 3, 4]


@pytest.mark.parametrize("cut", [1, 5, 13, 40, 2_000])
def test_a_block_that_a_power_cut_left_incomplete_costs_only_itself(tmp_path: Path, cut: int) -> None:
    ring = Ring(tmp_path)
    ring.append([line(1)])
    [file] = tmp_path.iterdir()
    whole = file.stat().st_size
    ring.append([line(number) for number in range(2, 50)])
    assert file.stat().st_size > whole + cut
    with file.open("r+b") as opened:
        opened.truncate(whole + cut)

    ring.append([line(50)])

    assert numbers(ring) == [1, 50]


def test_a_block_that_was_damaged_costs_only_itself(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    for number in range(3):
        ring.append([line(number)])
    [file] = tmp_path.iterdir()
    octets = bytearray(file.read_bytes())
    octets[len(octets) // 2] ^= 1
    file.write_bytes(octets)

    assert numbers(ring) == [0, 2]


def test_frames_that_are_alike_take_a_tenth_of_their_text(tmp_path: Path) -> None:
    lines = [f'{number}\tsent\t-\t[2,"{number:032x}","MeterValues",{{"connectorId":1}}]' for number in range(100)]
    Ring(tmp_path).append(lines)

    [file] = tmp_path.iterdir()
    assert file.stat().st_size < sum(map(len, lines)) / 10


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
