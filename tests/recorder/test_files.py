"""Files of a recording: bounded, appended to, and readable whatever became of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import PilotState
from agent.core.recorder.replay import GAP, RESTART
from agent.core.recorder.schema import Unreadable
from agent.recorder.frames import FrameKind, encoded, frame, frames
from agent.recorder.reading import Recording
from agent.recorder.ring import MOST_UNWRITTEN_BYTES, Ring
from agent.recorder.veil import LONGEST, key_in, veil_of
from tests.recorder.recorded import Connector, differing, played

HEAD = frame(FrameKind.SCHEMA, 0, [encoded("head")])


def test_a_ring_never_holds_more_than_it_may_and_keeps_the_newest(tmp_path: Path) -> None:
    ring = Ring(tmp_path, "steps", HEAD, 40_000, files=4)
    draw = random.Random(1)

    for _ in range(200):
        ring.append(FrameKind.BLOCK, [encoded(draw.randbytes(700))])
        assert sum(file.stat().st_size for file in ring.files()) <= 40_000

    kept = [one.number for file in ring.files() for one in frames(file.read_bytes()) if one.kind is FrameKind.BLOCK]
    assert kept == list(range(kept[0], 201))
    assert len(kept) > 30


def test_a_ring_counts_on_after_a_restart_and_after_half_a_frame(tmp_path: Path) -> None:
    Ring(tmp_path, "steps", HEAD, 40_000).append(FrameKind.BLOCK, [encoded(1)])
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + frame(FrameKind.BLOCK, 2, [encoded(2)])[:-3])

    Ring(tmp_path, "steps", HEAD, 40_000).append(FrameKind.BLOCK, [encoded(3)])

    found = [(one.number, one.items()) for one in frames(file.read_bytes()) if one.kind is FrameKind.BLOCK]
    assert found == [(1, [1]), (2, [3])]


def test_what_a_disk_refuses_waits_in_memory_and_goes_before_what_it_takes_again(tmp_path: Path) -> None:
    ring = Ring(tmp_path, "steps", HEAD, 40_000)
    assert ring.next_number() == 1
    in_the_way = tmp_path / "steps-00000001.rec"
    in_the_way.mkdir()

    for number in (1, 2):
        with pytest.raises(OSError, match="directory"):
            ring.append(FrameKind.BLOCK, [encoded(number)])
    alone = [one.number for one in frames(ring.unwritten) if one.kind is FrameKind.BLOCK]
    in_the_way.rmdir()
    ring.append(FrameKind.BLOCK, [encoded(3)])

    [file] = ring.files()
    found = [(one.number, one.items()) for one in frames(file.read_bytes()) if one.kind is FrameKind.BLOCK]
    assert alone == [1, 2]
    assert found == [(1, [1]), (2, [2]), (3, [3])]
    assert ring.unwritten == b""


def test_of_what_a_disk_refuses_the_newest_stays_within_bounds(tmp_path: Path) -> None:
    ring = Ring(tmp_path, "steps", HEAD, 1 << 20)
    assert ring.next_number() == 1
    (tmp_path / "steps-00000001.rec").mkdir()
    draw = random.Random(3)

    for _ in range(60):
        with pytest.raises(OSError, match="directory"):
            ring.append(FrameKind.BLOCK, [encoded(draw.randbytes(9_000))])

    kept = [one.number for one in frames(ring.unwritten) if one.kind is FrameKind.BLOCK]
    assert len(ring.unwritten) <= MOST_UNWRITTEN_BYTES + len(HEAD)
    assert kept == list(range(kept[0], 61))


def test_another_schema_begins_another_file(tmp_path: Path) -> None:
    Ring(tmp_path, "steps", HEAD, 40_000).append(FrameKind.BLOCK, [encoded(1)])
    Ring(tmp_path, "steps", HEAD + b"x", 40_000).append(FrameKind.BLOCK, [encoded(2)])

    assert len(list(tmp_path.iterdir())) == 2


def three_blocks(folder: Path) -> list[Path]:
    connector = Connector(folder)
    for state in (PilotState.B, PilotState.A, PilotState.B):
        connector.passes(1.0)
        connector.plug(state)
        connector.idles(60)
        connector.written()
    return sorted(folder.glob("steps-*"))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    [file] = three_blocks(tmp_path_factory.mktemp("recorded"))
    return file.read_bytes()


def test_a_lost_block_is_a_gap_and_the_rest_plays(recorded: bytes) -> None:
    schema, first, second, third = frames(recorded)
    start = recorded.index(second.content)
    damaged = recorded[: start + 5] + b"\0\0\0\0" + recorded[start + 9 :]

    steps = played(Recording([damaged]))

    assert differing(steps) == []
    assert [one.breaks for one in steps if one.breaks] == [GAP]
    assert len(steps) < len(played(Recording([recorded])))
    assert {schema.number, first.number, third.number} == {0, 1, 3}


def test_a_new_run_of_the_program_is_told_apart_from_a_gap(tmp_path: Path) -> None:
    three_blocks(tmp_path)
    three_blocks(tmp_path)

    steps = played(Recording(file.read_bytes() for file in sorted(tmp_path.glob("steps-*"))))

    assert [one.breaks for one in steps if one.breaks] == [RESTART]
    assert differing(steps) == []


@given(st.data())
def test_whatever_is_done_to_a_file_it_plays_or_is_refused_in_a_sentence(recorded: bytes, data: st.DataObject) -> None:
    octets = bytearray(recorded)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
        if not octets:
            break
    try:
        steps = played(Recording([bytes(octets)]))
    except Unreadable as error:
        assert str(error)
    else:
        assert differing(steps) == []


@given(st.binary(max_size=200))
def test_a_frame_of_anything_is_refused_in_a_sentence(content: bytes) -> None:
    whole = frame(FrameKind.SCHEMA, 0, [content]) + frame(FrameKind.BLOCK, 1, [content])

    try:
        assert list(Recording([whole]).blocks()) == []
    except Unreadable as error:
        assert str(error)


def test_a_frame_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    [bomb] = frames(frame(FrameKind.BLOCK, 1, [b"\0" * (5 << 20)]))

    with pytest.raises(Unreadable, match="far larger"):
        bomb.items()


# Names for tokens.


@given(st.text(min_size=1, max_size=36))
def test_a_name_is_as_long_as_the_token_and_blind_to_its_case(value: str) -> None:
    veil = veil_of(b"k" * 64)

    assert len(veil(value)) == min(len(value.casefold()), LONGEST)
    assert veil(value) == veil(value.casefold())


def test_other_chargers_give_other_names_and_one_gives_the_same_for_ever(tmp_path: Path) -> None:
    drawn = iter(["a" * 64, "b" * 64])
    key = key_in(tmp_path, lambda: next(drawn))

    assert key_in(tmp_path, lambda: next(drawn)) == key
    assert veil_of(key)("04A1B2C3") == veil_of(key)("04a1b2c3") != veil_of(b"b" * 64)("04A1B2C3")
    assert set(veil_of(key)("04A1B2C3")) <= set("0123456789ABCDEF")
    assert (tmp_path / "veil.key").stat().st_mode & 0o777 == 0o600
