"""The board's CBOR against an independent library."""

import cbor2
import pytest
from cbor import CborError, decode, encode, encode_places
from hypothesis import given
from hypothesis import strategies as st

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=40) | st.binary(max_size=300)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.integers(-50, 500), inner, max_size=5),
    max_leaves=12,
).filter(lambda value: depth(value) <= 4)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES)
def test_the_library_reads_what_the_board_writes(value: object) -> None:
    assert cbor2.loads(encode(value)) == value


@given(VALUES)
def test_the_board_reads_what_the_library_writes(value: object) -> None:
    assert decode(cbor2.dumps(value)) == value


@given(VALUES)
def test_heads_are_the_shortest_possible(value: object) -> None:
    assert len(encode(value)) == len(cbor2.dumps(value))


@given(st.lists(VALUES, max_size=60))
def test_values_by_their_places_are_the_map_of_them(values: list[object]) -> None:
    assert encode_places(tuple(values)) == encode(dict(enumerate(values)))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_cbor_error(content: bytes) -> None:
    try:
        value = decode(content)
    except CborError:
        return
    assert decode(encode(value)) == value


@given(VALUES, st.data())
def test_a_value_cut_short_is_refused(value: object, data: st.DataObject) -> None:
    content = encode(value)
    kept = data.draw(st.integers(0, len(content) - 1))

    with pytest.raises(CborError):
        decode(content[:kept])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xf9\x3c\x00", "float"),
        (b"\xc0\x01", "tag"),
        (b"\x9f\xff", "indefinite list"),
        (b"\xa2\x01\x02\x01\x03", "duplicate key"),
        (b"\xa1\x61a\x01", "text as a key"),
        (b"\xa1\xf5\x01", "boolean as a key"),
        (b"\x01\x02", "bytes after the value"),
        (b"\x81\x81\x81\x81\x81\x01", "too deep"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "more items than bytes"),
        (b"\x61\xff", "not UTF-8"),
    ],
)
def test_what_lies_outside_the_subset_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(CborError):
        decode(content)


def test_a_float_is_our_own_mistake() -> None:
    with pytest.raises(TypeError):
        encode(1.5)
