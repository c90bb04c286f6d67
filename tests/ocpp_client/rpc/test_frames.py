"""Frames: whatever comes is a value, and what we write is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ProtocolMisuse
from agent.ocpp_client.rpc.frames import (
    DEEPEST_NESTING,
    LARGEST_FRAME_BYTES,
    UNUSABLE,
    Call,
    CallError,
    CallResult,
    Garbage,
    body_text,
    call_text,
    error_text,
    read_frame,
    result_text,
)
from tools.csms.hostile import FRAMES

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | FINITE
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.dictionaries(TEXTS, VALUES, max_size=4)
IDS = st.uuids().map(str)
ACTIONS = st.sampled_from(("Reset", "Heartbeat", "DataTransfer"))


def any_json(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Anything the standard library writes, half surrogate pairs included; it also writes what JSON does not know."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | floats | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
        max_leaves=20,
    )


@given(IDS, ACTIONS, PAYLOADS)
def test_a_call_is_read_back_as_it_was_written(message_id: str, action: str, payload: dict[str, Any]) -> None:
    call = Call(message_id, action, payload)

    assert read_frame(call_text(call)) == call
    assert call_text(call, body_text(payload)) == call_text(call)


@given(IDS, PAYLOADS)
def test_a_result_is_read_back_as_it_was_written(message_id: str, payload: dict[str, Any]) -> None:
    assert read_frame(result_text(message_id, payload)) == CallResult(message_id, payload)


@given(IDS, TEXTS)
def test_an_error_is_read_back_as_it_was_written(message_id: str, description: str) -> None:
    assert read_frame(error_text(message_id, "GenericError", description)) == CallError(
        message_id, "GenericError", description
    )


@given(st.text() | st.binary())
def test_any_text_and_any_bytes_are_a_value(message: str | bytes) -> None:
    assert read_frame(message) is not None


@given(st.lists(any_json(st.floats()), max_size=6))
def test_any_array_is_a_value_that_can_be_answered_stored_and_logged(elements: list[Any]) -> None:
    frame = read_frame(json.dumps(elements))

    match frame:
        case Call(message_id, action, payload):
            assert elements[0] == 2
            call_text(Call(message_id, action, payload)).encode()
        case CallResult(message_id, payload):
            result_text(message_id, payload).encode()
        case CallError(message_id, code, description):
            (message_id + code + description).encode()
        case Garbage(what, call_id):
            (what + (call_id or "")).encode()


@given(st.sampled_from((2, 3, 4)), IDS, st.lists(any_json(FINITE), max_size=4))
def test_any_body_behind_a_good_id_is_a_value(kind: int, message_id: str, body: list[Any]) -> None:
    frame = read_frame(json.dumps([kind, message_id, *body]))

    if isinstance(frame, Garbage):
        assert (kind, frame.call_id) == (2, message_id), "only a CALL can be garbage once its id is read"
    else:
        assert frame.message_id == message_id


@pytest.mark.parametrize("name", FRAMES)
def test_hostile_frames_are_values(name: str) -> None:
    for message in FRAMES[name]():
        assert isinstance(read_frame(message), Call | CallResult | CallError | Garbage)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[2,"a","Reset",{"n":NaN}]', "not JSON"),
        ('[2,"a","Reset",{"n":1e999}]', "not JSON"),
        ('[2,"a","Reset",{"n":' + "9" * 5000 + "}]", "not JSON"),
        ('[2,"a","Reset",{"n":9223372036854775808}]', "64 bits"),
        ('[2,"a","Reset",{"n":"\\ud800"}]', "encoded"),
        ('[2,"a","Reset",{"\\ud800":1}]', "encoded"),
        ('[2,"a","Reset",{"n":["\\udc00"]}]', "encoded"),
        ('[2,"a","Reset",{"n":[{"m":-9223372036854775809}]}]', "64 bits"),
        ('[2,"a","Reset"]', "four elements"),
        ('[2,"a","Reset",{},{}]', "four elements"),
        ('[2,"a","Reset",[]]', "no object"),
        ('[2,"a","",{}]', "usable action"),
        ('[2,"","Reset",{}]', "message id"),
        ('[2,"' + "i" * 129 + '","Reset",{}]', "message id"),
        ('[2,"a\\u0007","Reset",{}]', "message id"),
        ("[true]", "message type"),
        ('[7,"a"]', "message type"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_named(text: str, what: str) -> None:
    frame = read_frame(text)

    assert isinstance(frame, Garbage)
    assert what in frame.what


def test_depth_is_allowed_up_to_the_bound() -> None:
    def nested(levels: int) -> str:
        return '[2,"a","Reset",' + '{"a":' * levels + "1" + "}" * levels + "]"

    assert isinstance(read_frame(nested(DEEPEST_NESTING - 1)), Call)
    assert isinstance(read_frame(nested(DEEPEST_NESTING)), Garbage)


def test_a_frame_above_the_size_bound_is_not_parsed() -> None:
    frame = read_frame('[2,"a","DataTransfer",{"data":"' + "A" * LARGEST_FRAME_BYTES + '"}]')

    assert frame == Garbage("a frame beyond the size bound")


def test_an_answer_that_makes_no_sense_still_answers_its_call() -> None:
    assert read_frame('[3,"a",[]]') == CallError("a", UNUSABLE, "the answer is no object")
    assert read_frame('[4,"a"]') == CallError("a", UNUSABLE, "")
    assert read_frame('[4,"a","GenericError"]') == CallError("a", "GenericError", "")


def test_a_payload_of_ours_that_is_no_json_is_our_mistake() -> None:
    with pytest.raises(ProtocolMisuse):
        result_text("a", {"n": float("nan")})
    with pytest.raises(ProtocolMisuse):
        result_text("a", {"n": object()})
