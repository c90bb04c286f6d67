"""Numbers out of pulses: parity, lengths, pauses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.token_readers.wiegand_bits import BITS_AT_MOST, GAP_S, LENGTHS, WiegandBits, number_of
from firmware_sim.wiegand_reader import BIT_S, framed

CARDS = st.sampled_from([3, 4]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


def train(bits: str, at_s: float = 0.0) -> list[tuple[int, float]]:
    """Each bit with its time."""
    return [(int(bit), at_s + n * BIT_S) for n, bit in enumerate(bits)]


def sent(card: bytes) -> str:
    return "".join(map(str, framed(card)))


def read(pulses: list[tuple[int, float]], reading: WiegandBits | None = None) -> list[str]:
    reading = reading or WiegandBits()
    found = [reading.pulse(bit, at_s) for bit, at_s in pulses]
    return [number for number in [*found, reading.end()] if number is not None]


@pytest.mark.parametrize(
    ("bits", "number"),
    [
        # Facility 1, card 1: the example that data sheets of such readers print.
        ("1" + "00000001" + "0000000000000001" + "0", "010001"),
        ("0" + "00000000" + "0000000000000000" + "1", "000000"),
        ("0" + "11111111" + "1111111111111111" + "1", "FFFFFF"),
        ("0" + "1" * 32 + "1", "FFFFFFFF"),
        ("1" + "00000100" + "10100001" + "10110010" + "11000011" + "1", None),
        ("0" + "00000100" + "10100001" + "10110010" + "11000011" + "1", "04A1B2C3"),
    ],
)
def test_the_bits_of_a_number_stand_between_their_parities(bits: str, number: str | None) -> None:
    assert number_of(bits) == number


@given(CARDS)
def test_every_card_is_read_as_its_bytes(card: bytes) -> None:
    assert read(train(sent(card))) == [card.hex().upper()]


@given(CARDS, st.data())
def test_a_wrong_bit_is_always_rejected(card: bytes, data: st.DataObject) -> None:
    bits = sent(card)
    place = data.draw(st.integers(0, len(bits) - 1))
    wrong = bits[:place] + ("1" if bits[place] == "0" else "0") + bits[place + 1 :]
    reading = WiegandBits()

    assert read(train(wrong), reading) == []
    assert reading.rejected == 1


@given(CARDS)
def test_crossed_wires_are_always_rejected(card: bytes) -> None:
    crossed = sent(card).translate(str.maketrans("01", "10"))

    # 13 bits, or 17, change their parity when all of them turn.
    assert number_of(crossed) is None


@given(st.text(alphabet="01", max_size=80))
def test_only_two_lengths_are_numbers(bits: str) -> None:
    number = number_of(bits)

    assert number is None or (len(bits) in LENGTHS and len(number) in (6, 8))


@given(st.lists(CARDS, max_size=4), st.floats(GAP_S * 1.01, 10))
def test_cards_one_after_the_other_are_told_apart_also_where_nobody_ends_them(cards: list[bytes], gap_s: float) -> None:
    pulses: list[tuple[int, float]] = []
    for card in cards:
        begins = pulses[-1][1] + gap_s if pulses else 0.0
        pulses += train(sent(card), begins)

    assert read(pulses) == [card.hex().upper() for card in cards]


def test_a_number_with_a_pause_in_it_is_two_that_are_none() -> None:
    bits, reading = sent(b"\x04\xa1\xb2\xc3"), WiegandBits()

    assert read(train(bits[:10]) + train(bits[10:], at_s=1.0), reading) == []
    assert reading.rejected == 2


def test_a_number_whose_changes_the_kernel_lost_is_rejected_and_the_next_one_read() -> None:
    bits, reading = sent(b"\x04\xa1\xb2\xc3"), WiegandBits()
    for place, (bit, at_s) in enumerate(train(bits)):
        reading.pulse(bit, at_s, after_gap=place == 7)

    assert reading.end() is None
    assert reading.rejected == 1
    assert read(train(bits, at_s=1.0), reading) == ["04A1B2C3"]


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 0.1), st.booleans()), max_size=200))
def test_any_pulses_are_numbers_or_rejected_and_take_no_memory(pulses: list[tuple[int, float, bool]]) -> None:
    reading, at_s = WiegandBits(), 0.0

    for bit, after_s, lost in pulses:
        at_s += after_s
        reading.pulse(bit, at_s, after_gap=lost)
        assert len(reading._bits) <= BITS_AT_MOST


def test_no_pulses_are_no_number_and_no_fault() -> None:
    reading = WiegandBits()

    assert reading.end() is None
    assert reading.rejected == 0
