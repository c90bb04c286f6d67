"""Card numbers out of a stream of bytes, with everything that serial readers send beside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.token_readers.card_lines import CARD_BYTES, LINE_AT_MOST, CardLines
from firmware_sim.token_reader import frame_of

CARDS = st.sampled_from(list(CARD_BYTES)).flatmap(
    lambda size: st.binary(min_size=size, max_size=size).map(lambda number: number.hex().upper())
)


def cards_in(received: bytes) -> list[str]:
    return CardLines().feed(received, 0.0)


@pytest.mark.parametrize(
    ("received", "cards"),
    [
        (b"04A1B2C3D4E5F6\r\n", ["04A1B2C3D4E5F6"]),
        (b"04a1b2c3\n", ["04A1B2C3"]),
        (b"04A1B2C3\r", ["04A1B2C3"]),
        (b"\r\n\r\n04A1B2C3\r\nDEADBEEF\r\n", ["04A1B2C3", "DEADBEEF"]),
        (b"  04 A1 B2 C3  \r\n", ["04A1B2C3"]),
        (b"04:A1:B2:C3\r\n", ["04A1B2C3"]),
        (b"04-A1-B2-C3\r\n", ["04A1B2C3"]),
        (b"\x0204A1B2C3D4" + b"00" + b"\r\n\x03", ["04A1B2C3D4"]),
    ],
)
def test_the_usual_forms_are_read(received: bytes, cards: list[str]) -> None:
    if received.startswith(b"\x02"):
        received = frame_of("04A1B2C3D4")
    assert cards_in(received) == cards


@pytest.mark.parametrize(
    "line",
    [
        b"04A1B2\r\n",
        b"04A1B2C3D4E5F60718293A\r\n",
        b"04A1B2C\r\n",
        b"Reader ready 1.06\r\n",
        b"04A1\xffB2C3\r\n",
        b"\x00\x0004A1B2C3\r\n",
        b"\x0204A1B2C3D4FF\r\n\x03",
        b"\x02\r\n",
        b"A" * 500 + b"\r\n",
    ],
)
def test_what_is_no_card_is_counted_and_passed_over(line: bytes) -> None:
    lines = CardLines()

    assert lines.feed(line + b"DEADBEEF\r\n", 0.0) == ["DEADBEEF"]
    assert lines.garbage == (0 if line == b"\x02\r\n" else 1)


def test_a_line_that_was_cut_does_not_grow_together_with_the_next_one() -> None:
    lines = CardLines()

    assert lines.feed(b"04A1", 0.0) == []
    assert lines.feed(b"DEADBEEF\r\n", 10.0) == ["DEADBEEF"]
    assert lines.garbage == 1


def test_a_reader_with_checksums_is_held_to_them() -> None:
    lines = CardLines()
    framed = frame_of("04A1B2C3D4")

    assert lines.feed(framed, 0.0) == ["04A1B2C3D4"]
    assert lines.feed(framed[1:], 1.0) == []
    assert lines.feed(framed, 2.0) == ["04A1B2C3D4"]


@given(st.lists(CARDS, max_size=5), st.booleans(), st.data())
def test_cards_are_found_in_pieces_of_any_size(cards: list[str], framed: bool, data: st.DataObject) -> None:
    stream = b"".join(frame_of(card) if framed else f"{card}\r\n".encode() for card in cards)
    lines = CardLines()
    found = []

    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += lines.feed(stream[:size], 0.0)
        stream = stream[size:]

    assert found == cards
    assert lines.garbage == 0


@given(CARDS, st.data())
def test_a_wrong_bit_in_a_framed_card_is_never_another_card(card: str, data: st.DataObject) -> None:
    frame = bytearray(frame_of(card))
    frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    lines = CardLines()
    lines.feed(frame_of("04A1B2C3D4"), 0.0)

    found = lines.feed(bytes(frame), 0.0)

    assert found in ([], [card])


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_any_bytes_are_cards_or_garbage_and_take_no_memory(chunks: list[bytes]) -> None:
    lines = CardLines()

    for chunk in chunks:
        cards = lines.feed(chunk, 0.0)
        assert all(len(bytes.fromhex(card)) in CARD_BYTES for card in cards)
        assert len(lines._line) <= LINE_AT_MOST
