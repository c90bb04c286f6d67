"""What is read of an envelope: an order, or a sentence, whatever was sent."""

from __future__ import annotations

import json
import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.orders.checking import MEMBERS, BadOrder
from agent.core.orders.envelope import CONTEXT, Order, moment, to_sign, written
from agent.order_text import MOST_BYTES, MOST_DEPTH, parse

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
ORDERS = st.builds(
    Order,
    id=st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}"),
    device=TEXTS,
    verb=TEXTS,
    issued=st.integers(0, 4_000_000_000_000).map(moment),
    expires=st.integers(0, 4_000_000_000_000).map(moment),
    key_id=TEXTS,
    args=st.dictionaries(TEXTS, st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | TEXTS, max_size=5),
    nonce=st.just("") | TEXTS,
    case=st.just("") | st.from_regex(r"[A-Z]{1,5}-[0-9]{1,5}", fullmatch=True),
    signature=st.binary(min_size=64, max_size=64),
)


def plain(**changes: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "id": "0" * 32,
        "device": "QE-1",
        "verb": "health",
        "args": {},
        "issued": "2026-01-31T12:00:00Z",
        "expires": "2026-01-31T12:02:00.500Z",
        "key_id": "ada",
        "signature": "ab" * 64,
    } | changes


def refusal(payload: bytes) -> BadOrder:
    with pytest.raises(BadOrder) as caught:
        parse(payload)
    return caught.value


@given(ORDERS)
def test_an_order_is_read_as_it_was_written(order: Order) -> None:
    assert parse(written(order)) == order


@given(ORDERS)
def test_what_is_signed_is_the_envelope_as_it_was_sent_without_its_signature(order: Order) -> None:
    sent = json.loads(written(order))
    del sent["signature"]

    assert to_sign(order).startswith(CONTEXT)
    assert json.loads(to_sign(order)[len(CONTEXT) :]) == sent


@given(ORDERS, st.sampled_from(sorted(MEMBERS - {"v", "signature"})))
def test_no_member_can_be_changed_under_a_signature(order: Order, name: str) -> None:
    sent = json.loads(written(order))
    changes = {"args": {"more": 1}, "id": "f" * 32, "issued": "2031-01-01T00:00:00Z", "expires": "2031-01-01T00:00:01Z"}
    sent[name] = changes.get(name, "another")

    assert to_sign(parse(json.dumps(sent).encode())) != to_sign(order)


@given(
    st.binary(max_size=400)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_garbage_is_refused_with_a_sentence(payload: bytes) -> None:
    bad = refusal(payload)

    assert bad.key and len(str(bad)) > 20


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"v": 2}, "version", "version 2"),
        ({"v": True}, "version", "none that is known"),
        ({"id": "ABC"}, "id", "32 hexadecimal"),
        ({"more": 1}, "member", "'more'"),
        ({"args": {"a": [1]}}, "args", "a:"),
        ({"args": {"a": 2**60}}, "args", "a:"),
        ({"args": {"a": "line\nline"}}, "args", "a:"),
        ({"args": [1]}, "args", "object"),
        ({"args": {str(n): n for n in range(33)}}, "args", "32"),
        ({"issued": "2026-01-31 12:00:00"}, "time", "issued"),
        ({"expires": "2026-02-31T12:00:00Z"}, "time", "expires"),
        ({"expires": "2026-01-31T12:00:00+01:00"}, "time", "expires"),
        ({"signature": "AB" * 64}, "signature", "128"),
        ({"case": "Mrs Miller called"}, "member", "case"),
        ({"verb": ""}, "member", "verb"),
        ({"device": "a\u202eb"}, "member", "device"),
    ],
)
def test_each_fault_has_its_own_sentence(changes: dict[str, Any], key: str, says: str) -> None:
    bad = refusal(json.dumps(plain(**changes)).encode())

    assert (bad.key, bad.id) == (key, "" if key == "id" else "0" * 32)
    assert says in str(bad)


@pytest.mark.parametrize("name", ["device", "verb", "args", "issued", "expires", "key_id", "signature", "v"])
def test_nothing_that_is_needed_may_be_missing(name: str) -> None:
    content = plain()
    del content[name]

    assert name in str(refusal(json.dumps(content).encode()))


def test_a_member_that_stands_twice_is_refused() -> None:
    text = json.dumps(plain())

    assert refusal((text[:-1] + ', "verb": "restart system"}').encode()).key == "not_json"


def test_an_order_has_a_size_and_a_depth() -> None:
    long = plain(args={"a": "x" * 1000, **{str(number): "y" * 1000 for number in range(16)}})
    deep: Any = 1
    for _ in range(MOST_DEPTH - 1):
        deep = [deep]

    assert refusal(json.dumps(long).encode()).key == "too_long"
    assert refusal(b" " * (MOST_BYTES + 1)).key == "too_long"
    assert refusal(json.dumps({"a": deep}).encode()).key == "id"
    assert refusal(json.dumps({"a": [deep]}).encode()).key == "too_deep"
    assert refusal(b"[" * MOST_BYTES).key == "too_deep"


def test_brackets_inside_a_text_are_no_depth() -> None:
    brackets = '["{[{' * 20

    assert parse(json.dumps(plain(args={"a": brackets})).encode()).args == {"a": brackets}


@pytest.mark.parametrize("octets", [b'"', b'\\"', b'"\\', b'{"a":"', b"\xff", b"1e9", b'["'])
def test_the_worst_payload_is_looked_at_once(octets: bytes) -> None:
    payload = (octets * MOST_BYTES)[:MOST_BYTES]
    tracemalloc.start()
    try:
        refusal(payload)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 2_000_000


def test_moments_are_written_as_they_are_read() -> None:
    assert moment(1_800_000_000_007) == "2027-01-15T08:00:00.007Z"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment(0))
