"""Reading frames of any shape."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.csms.hostile import FRAMES, HUGE_BYTES, hostile_frames
from tools.csms.shape import FrameKind, is_deeper_than, read_frame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(max_size=40) | JSON.map(json.dumps))
def test_no_text_raises(text: str) -> None:
    frame = read_frame(text)

    assert (frame.kind is FrameKind.GARBAGE) == bool(frame.problem)


@given(st.text(min_size=1, max_size=36), st.text(), st.dictionaries(st.text(), st.integers()))
def test_a_call_keeps_its_parts(message_id: str, action: str, payload: dict[str, int]) -> None:
    frame = read_frame(json.dumps([2, message_id, action, payload]))

    assert (frame.kind, frame.message_id, frame.action, frame.payload) == (FrameKind.CALL, message_id, action, payload)


@pytest.mark.parametrize(
    "text",
    [
        '[2,"id",{},{}]',
        '[true,"id",{}]',
        '[2,"id","Reset",{"a":NaN}]',
        '[2,"id","Reset",{"a":1e999}]',
        '[3,"id",[]]',
        '[4,"id","Code",null,{}]',
        '[2,"' + "x" * 37 + '","Reset",{}]',
    ],
)
def test_a_frame_the_package_trips_over_is_garbage(text: str) -> None:
    assert read_frame(text).kind is FrameKind.GARBAGE


@given(st.integers(0, 40), st.integers(1, 40))
def test_depth_counts_nested_containers(depth: int, levels: int) -> None:
    value: object = 1
    for _ in range(depth):
        value = {"a": value}

    assert is_deeper_than(value, levels) == (depth > levels)


@pytest.mark.parametrize("name", FRAMES)
def test_every_hostile_name_gives_frames(name: str) -> None:
    assert hostile_frames(name)


def test_all_hostile_frames_end_with_the_one_that_makes_chargers_hang_up() -> None:
    lengths = [len(frame) for frame in hostile_frames("all")]

    assert max(lengths) == lengths[-1] >= HUGE_BYTES
