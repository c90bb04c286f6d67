"""Lines of the control socket: what goes out comes in again, and nothing else comes in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control.wire import (
    REQUEST_MAX_BYTES,
    WHOLE_MAX,
    Ask,
    BadReply,
    Done,
    Part,
    RefusalKind,
    Refused,
    Request,
    decode_answer,
    decode_reply,
    decode_request,
    encode_answer,
    encode_reply,
    encode_request,
)
from agent.errors import BadRequest

PRINTABLE = st.text(max_size=30).filter(str.isprintable)
ARGUMENTS = (
    PRINTABLE | st.booleans() | st.integers(-WHOLE_MAX, WHOLE_MAX) | st.floats(allow_nan=False, allow_infinity=False)
)
REQUESTS = st.builds(Request, PRINTABLE.filter(bool), st.dictionaries(PRINTABLE, ARGUMENTS, max_size=5))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(
    st.text(), st.text() | st.integers(-WHOLE_MAX, WHOLE_MAX) | st.lists(st.booleans()), max_size=4
)
REPLIES = st.one_of(
    st.builds(Part, BODIES),
    st.builds(Ask, st.text(), st.text()),
    st.builds(Done, BODIES, st.booleans()),
    st.builds(Refused, st.sampled_from(RefusalKind), st.text()),
)


@given(REQUESTS)
def test_a_request_survives_the_wire(request: Request) -> None:
    assert decode_request(encode_request(request)[:-1]) == request


@given(REPLIES)
def test_a_reply_survives_the_wire_as_one_line_of_ascii(reply: Part | Ask | Done | Refused) -> None:
    line = encode_reply(reply)

    assert line.isascii()
    assert line.count(b"\n") == 1
    assert decode_reply(line[:-1]) == reply


@given(PRINTABLE)
def test_an_answer_survives_the_wire(text: str) -> None:
    assert decode_answer(encode_answer(text)[:-1]) == text


@given(st.binary() | JSON.map(lambda content: json.dumps(content).encode()))
def test_whatever_arrives_is_a_request_or_a_refusal_of_one_line(line: bytes) -> None:
    try:
        request = decode_request(line)
    except BadRequest as error:
        assert str(error).isprintable()
    else:
        assert request.verb


@given(st.fixed_dictionaries({"v": st.just(1)}, optional={"verb": JSON, "args": JSON, "more": JSON}))
def test_an_almost_right_request_is_read_strictly(content: dict[str, object]) -> None:
    try:
        request = decode_request(json.dumps(content).encode())
    except BadRequest:
        return
    assert content.keys() <= {"v", "verb", "args"}
    assert request.verb == content["verb"]
    assert all(isinstance(value, str | int | float) for value in request.arguments.values())


@given(st.binary())
def test_whatever_arrives_is_a_reply_or_a_bad_one(line: bytes) -> None:
    with pytest.raises(BadReply):
        decode_reply(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "no JSON object"),
        (b'{"v":1,"verb":"status","verb":"stop"}', "twice"),
        (b'{"v":1,"verb":"status","args":{"a":1e999}}', "a: must be"),
        (b'{"v":1,"verb":"status","args":{"a":NaN}}', "NaN is no number"),
        (b'{"v":1,"verb":"status","args":{"a":9007199254740992}}', "a: must be"),
        (b'{"v":1,"verb":"status","args":{"a":"\\u001b[2J"}}', "printable"),
        (b'{"v":1,"verb":"status","args":{"a":"\\ud800"}}', "printable"),
        (b'{"v":7,"verb":"status"}', "protocol version 7; this end speaks 1"),
        (b'{"v":true,"verb":"status"}', "this end speaks 1"),
        (b'{"verb":"status"}', "this end speaks 1"),
        (b'{"v":1,"verb":"status","user":"root"}', "unknown key 'user'"),
        (b'{"v":1}', "there is no verb"),
        (b"9" * 6000, "no JSON object"),
        (b"[" * REQUEST_MAX_BYTES, "no JSON object"),
        (b" " * (REQUEST_MAX_BYTES + 1), "too long"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(line: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        decode_request(line)


def test_a_body_with_a_number_that_is_none_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_reply(Done({"power_w": float("nan")}))
