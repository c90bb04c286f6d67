"""Canonical JSON against the vectors of RFC 8785 and against Python's own reader."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.canonical import canonical

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785, appendix B: the octets of a double, and how it is written."""
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(("octets", "text"), NUMBERS.items())
def test_numbers_are_written_as_the_standard_writes_them(octets: str, text: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(octets))[0]).decode() == text


def test_keys_are_sorted_by_code_units_and_texts_escaped_as_little_as_can_be() -> None:
    keys = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}

    assert list(json.loads(canonical(keys))) == ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert canonical("€$\x0f\nA'B\"\\/").decode() == '"€$\\u000f\\nA\'B\\"\\\\/"'


@given(VALUES)
def test_what_is_read_back_is_the_same_and_has_the_same_bytes(value: object) -> None:
    text = canonical(value)

    # Large floats are read back as integers of the same digits.
    assert json.loads(text, parse_int=float) == value
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53 + 1, "\ud800", 10**400])
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical([value])


def test_other_values_are_a_mistake() -> None:
    with pytest.raises(TypeError):
        canonical({1: "a"})
    with pytest.raises(TypeError):
        canonical(b"octets")
