"""The board's message table: bounds, and what is done with everything outside of it."""

import pytest
from cbor import encode
from frames import MAX_PAYLOAD
from hypothesis import given
from hypothesis import strategies as st
from messages import (
    EVIDENCE,
    IDENTIFY,
    IDENTITY,
    MAX_EVIDENCE,
    MAX_FAULTS,
    STATUS,
    TABLE,
    U32,
    WISH,
    MessageError,
    pack,
    table_hash,
    unpack,
)

Field = tuple[str, str, int, int]
FAULTS = st.dictionaries(
    st.integers(1, 0xFFFF),
    st.dictionaries(st.integers(0, len(EVIDENCE) - 1), st.integers(-U32, U32), max_size=MAX_EVIDENCE),
    max_size=MAX_FAULTS,
)


def values_of(field: Field) -> st.SearchStrategy[object]:
    _, kind, low, high = field
    match kind:
        case "int":
            return st.integers(low, high)
        case "int?":
            return st.none() | st.integers(low, high)
        case "bool":
            return st.booleans()
        case "text":
            return st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=low, max_size=high)
        case "bytes":
            return st.binary(min_size=low, max_size=high)
        case _:
            return FAULTS


MESSAGES = st.sampled_from(TABLE).flatmap(
    lambda row: st.tuples(st.just(row[0]), st.tuples(*(values_of(field) for field in row[2])))
)


@given(MESSAGES)
def test_a_message_survives_the_way_and_fits_into_a_frame(message: tuple[int, tuple[object, ...]]) -> None:
    number, values = message

    payload = pack(number, values)

    assert unpack(payload) == (number, list(values))
    assert len(payload) <= MAX_PAYLOAD


def test_the_largest_status_fits_into_a_frame() -> None:
    evidence = dict.fromkeys(range(MAX_EVIDENCE), -U32)
    faults = {0xFFFF - place: evidence for place in range(MAX_FAULTS)}
    row = next(row for row in TABLE if row[0] == STATUS)
    largest = tuple(faults if kind == "faults" else high if kind != "bool" else True for _, kind, _, high in row[2])

    assert len(pack(STATUS, largest)) <= MAX_PAYLOAD


GOOD_WISH = (1, True, 160, False, 0, 3, True, True, False, None)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, -1), (0, 2**32), (0, None), (1, 1), (1, None), (2, 801), (2, -1), (2, True), (2, None), (2, "16"), (3, 0),
        (4, 11), (4, -1), (5, -1), (5, 2**32), (6, 1), (7, 0), (7, None), (8, 1), (8, None), (9, -1), (9, 2**32),
        (9, True), (9, "1a2b3c4d"),
    ],
)  # fmt: skip
def test_a_wish_outside_its_bounds_is_no_message(place: int, value: object) -> None:
    wish: list[object] = list(GOOD_WISH)
    assert unpack(pack(WISH, tuple(wish))) == (WISH, wish)
    wish[place] = value

    with pytest.raises(MessageError):
        unpack(pack(WISH, tuple(wish)))


@pytest.mark.parametrize("wish", [GOOD_WISH[:-1], (*GOOD_WISH, 0), ()])
def test_a_wish_with_another_number_of_fields_is_no_message(wish: tuple[object, ...]) -> None:
    with pytest.raises(MessageError):
        unpack(pack(WISH, wish))


@pytest.mark.parametrize("payload", [{}, {0: 99}, {0: None}, {0: True, 1: 1, 2: "02988df4"}, [3, 1], 7, None])
def test_other_values_are_no_message(payload: object) -> None:
    with pytest.raises(MessageError):
        unpack(encode(payload))


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_message_error(payload: bytes) -> None:
    try:
        number, values = unpack(payload)
    except MessageError:
        return
    assert unpack(pack(number, tuple(values))) == (number, values)


def test_a_later_version_may_add_fields_where_versions_meet_and_nowhere_else() -> None:
    asked = (7, "0badcafe", "something of the future")

    assert unpack(pack(IDENTIFY, asked)) == (IDENTIFY, [7, "0badcafe"])
    assert {IDENTIFY, IDENTITY} == {1, 2}
    with pytest.raises(MessageError):
        unpack(pack(WISH, (*GOOD_WISH, "future")))


def test_the_hash_is_eight_hexadecimal_characters() -> None:
    assert len(table_hash()) == 8
    assert int(table_hash(), 16) >= 0
