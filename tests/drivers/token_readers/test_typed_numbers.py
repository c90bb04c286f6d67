"""Numbers out of keys, as the kernel writes them on 32 and on 64 bits, whole and in pieces."""

from __future__ import annotations

from struct import Struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.token_readers.typed_numbers import (
    DIGITS,
    DIGITS_AT_MOST,
    ENTERS,
    EV_KEY,
    EV_SYN,
    GAP_S,
    NATIVE,
    SYN_DROPPED,
    UNCOUNTED,
    Print,
    TypedNumbers,
)

ON_32_BITS = Struct("=IIHHi")
ON_64_BITS = Struct("=QQHHi")
RECORDS = st.sampled_from([ON_32_BITS, ON_64_BITS])
ENTER = 28
KEY_A, KEY_DOT, SHIFT = 30, 52, 42
ROW = {"1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11} | {
    "A": 30, "B": 48, "C": 46, "D": 32, "E": 18, "F": 33,
}  # fmt: skip
"""linux/input-event-codes.h, written down a second time."""
NUMBERS = st.text(alphabet="0123456789ABCDEF", min_size=1, max_size=DIGITS_AT_MOST)


def stroke(key: int, at_s: float = 0.0, record: Struct = NATIVE) -> bytes:
    """Down, report, repeated, report, up, report."""
    seconds, micros = int(at_s), round(at_s % 1 * 1e6)
    events = [(EV_KEY, key, 1), (EV_SYN, 0, 0), (EV_KEY, key, 2), (EV_SYN, 0, 0), (EV_KEY, key, 0), (EV_SYN, 0, 0)]
    return b"".join(record.pack(seconds, micros, *event) for event in events)


def typed(number: str, at_s: float = 0.0, record: Struct = NATIVE) -> bytes:
    return b"".join(stroke(ROW[digit], at_s, record) for digit in number) + stroke(ENTER, at_s, record)


def test_a_record_of_this_process_is_as_long_as_the_kernel_writes_it() -> None:
    assert NATIVE.size in (ON_32_BITS.size, ON_64_BITS.size)
    assert (ON_32_BITS.size, ON_64_BITS.size) == (16, 24)


@given(st.lists(NUMBERS, max_size=4), RECORDS, st.data())
def test_numbers_are_read_in_pieces_of_any_size(numbers: list[str], record: Struct, data: st.DataObject) -> None:
    stream = b"".join(typed(number, n, record) for n, number in enumerate(numbers))
    reading, found = TypedNumbers(record), []

    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reading.feed(stream[:size])
        stream = stream[size:]

    assert found == numbers
    assert reading.garbage == 0


def test_the_keypad_types_the_same_digits_and_has_an_enter_of_its_own() -> None:
    keypad = {"7": 71, "8": 72, "9": 73, "4": 75, "5": 76, "6": 77, "1": 79, "2": 80, "3": 81, "0": 82}
    stream = b"".join(stroke(keypad[digit]) for digit in "0123456789") + stroke(96)

    assert TypedNumbers().feed(stream) == ["0123456789"]


def test_a_capital_letter_is_its_letter() -> None:
    held = b"".join(
        NATIVE.pack(0, 0, EV_KEY, key, value) for key, value in ((SHIFT, 1), (KEY_A, 1), (KEY_A, 0), (SHIFT, 0))
    )

    assert TypedNumbers().feed(held + typed("0")) == ["A0"]


@pytest.mark.parametrize("pause_s", [0.0, GAP_S, GAP_S + 0.01, 60.0])
def test_who_pauses_begins_anew(pause_s: float) -> None:
    reading = TypedNumbers()
    first, second = stroke(ROW["1"], 100.0), typed("23", 100.0 + pause_s)

    goes_on = pause_s <= GAP_S
    assert reading.feed(first + second) == (["123"] if goes_on else ["23"])
    assert reading.garbage == (0 if goes_on else 1)


def test_a_late_look_is_no_pause_of_the_reader() -> None:
    reading = TypedNumbers()

    assert reading.feed(stroke(ROW["1"], 100.0)) == []
    # Whenever this is fed, the kernel has stamped it right behind the one before.
    assert reading.feed(typed("23", 100.01)) == ["123"]


def test_a_clock_that_is_set_back_costs_the_number_under_way() -> None:
    assert TypedNumbers().feed(stroke(ROW["1"], 100.0) + typed("23", 50.0)) == ["23"]


def test_other_keys_spoil_the_number_and_not_the_next() -> None:
    reading = TypedNumbers()

    assert reading.feed(stroke(ROW["1"]) + stroke(KEY_DOT) + typed("2") + typed("345")) == ["345"]
    assert reading.garbage == 1


def test_keys_that_the_kernel_dropped_spoil_the_number() -> None:
    reading = TypedNumbers()
    dropped = NATIVE.pack(0, 0, EV_SYN, SYN_DROPPED, 0)

    assert reading.feed(stroke(ROW["1"]) + dropped + typed("2") + typed("345")) == ["345"]


def test_enter_alone_is_nothing() -> None:
    reading = TypedNumbers()

    assert reading.feed(stroke(ENTER) + stroke(96)) == []
    assert reading.garbage == 0


@given(st.lists(st.sampled_from(sorted({*DIGITS, *ENTERS, *UNCOUNTED, KEY_DOT})), max_size=200))
def test_any_keys_are_numbers_or_garbage_and_take_no_memory(keys: list[int]) -> None:
    reading = TypedNumbers()

    for key in keys:
        assert all(0 < len(number) <= DIGITS_AT_MOST for number in reading.feed(stroke(key)))
        assert len(reading._digits) <= DIGITS_AT_MOST


@given(st.lists(st.binary(max_size=100), max_size=10), RECORDS)
def test_any_bytes_are_survived(pieces: list[bytes], record: Struct) -> None:
    reading = TypedNumbers(record)

    for piece in pieces:
        reading.feed(piece)
        assert len(reading._rest) < record.size


# --- what is printed


@given(st.binary(min_size=4, max_size=4))
def test_a_decimal_number_is_the_bytes_of_its_card(uid: bytes) -> None:
    print_ = Print(lengths=(10,), decimal=True, card_bytes=4)

    assert print_.card_of(f"{int.from_bytes(uid, 'big'):010d}") == uid.hex().upper()


@pytest.mark.parametrize(
    ("number", "decimal", "card"),
    [
        ("04A1B2C3", False, "04A1B2C3"),
        ("0012345678", False, "0012345678"),
        ("123", False, None),
        ("04A1B2C3D4", True, None),
        ("0000000001", True, "00000001"),
        ("4294967295", True, "FFFFFFFF"),
        ("4294967296", True, None),
        ("9999999999", True, None),
    ],
)
def test_only_numbers_of_the_readers_kind_are_cards(number: str, decimal: bool, card: str | None) -> None:
    assert Print(lengths=(8, 10), decimal=decimal, card_bytes=4).card_of(number) == card
