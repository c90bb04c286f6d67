"""The tables of relay boards: which bytes they make, and what holds for each of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.modbus.block import OF_BITS, WRITE_COIL, WRITE_COILS, WRITE_REGISTER, WRITE_REGISTERS, Write
from agent.drivers.modbus.exchange import RtuExchange
from agent.drivers.modbus_relay.families import (
    FAMILIES,
    RelayFamily,
    closing,
    fitted,
    looking,
    opening,
    opening_all,
    told,
)

PLAIN, ELETECHSUP = FAMILIES["waveshare"], FAMILIES["eletechsup"]
TIMED = range(0x0601, 0x0700)
"""Eletechsup: on for so many seconds."""


def frames(*asks: object) -> list[str]:
    """As they go over a serial line to unit 1."""
    return [RtuExchange(1, ask).frame.hex(" ").upper() for ask in asks]  # type: ignore[arg-type]


def boards() -> st.SearchStrategy[RelayFamily]:
    """Any board that a board file can describe."""
    return st.builds(
        lambda family, first, channels: fitted(family, first=first, channels=channels),
        st.sampled_from(sorted(FAMILIES)).map(FAMILIES.__getitem__),
        st.none() | st.integers(0, 0xFF),
        st.none() | st.integers(1, 32),
    )


ANY_BOARD = boards()


def test_a_waveshare_board_is_told_by_coils() -> None:
    assert frames(*closing(PLAIN, 1)) == ["01 05 00 00 FF 00 8C 3A"]
    assert frames(*opening(PLAIN, 1)) == ["01 05 00 00 00 00 CD CA"]
    assert frames(*opening_all(PLAIN)) == ["01 05 00 FF 00 00 FD FA"]
    assert frames(looking(PLAIN)) == ["01 01 00 00 00 08 3D CC"]


def test_an_eletechsup_board_is_told_by_codes_and_its_delay_is_cancelled_before_it_opens() -> None:
    assert frames(*closing(ELETECHSUP, 1)) == ["01 06 00 01 01 00 D9 9A"]
    assert frames(*opening(ELETECHSUP, 1)) == ["01 06 00 01 06 00 DB AA", "01 06 00 01 02 00 D9 6A"]
    assert frames(looking(ELETECHSUP)) == ["01 03 00 01 00 08 15 CC"]


def test_all_channels_of_an_eletechsup_board_are_opened_by_one_word_once_their_delays_are_cancelled() -> None:
    *cancels, last = opening_all(ELETECHSUP)

    assert frames(last) == ["01 06 00 00 08 00 8E 0A"]
    assert [(write.address, write.values) for write in cancels] == [(n, (0x0600,)) for n in range(1, 9)]


def test_where_channel_1_is_at_register_0_that_register_is_no_word_for_all() -> None:
    board = fitted(ELETECHSUP, first=0, channels=4)

    written = [(write.address, write.values[0]) for write in opening_all(board)]

    assert written == [(n, code) for n in range(4) for code in (0x0600, 0x0200)]


@pytest.mark.parametrize("first", [0, 1, 0x10])
def test_coils_may_begin_anywhere(first: int) -> None:
    board = fitted(FAMILIES["coils"], first=first, channels=4)

    assert closing(board, 1)[0].address == first
    assert (looking(board).address, looking(board).count) == (first, 4)
    assert [write.address for write in opening_all(board)] == [first + n for n in range(4)]


@given(ANY_BOARD, st.data())
def test_each_channel_has_an_address_of_its_own_for_both_words(board: RelayFamily, data: st.DataObject) -> None:
    one, other = data.draw(st.integers(1, board.count)), data.draw(st.integers(1, board.count))

    same = {write.address for write in (*closing(board, one), *opening(board, one))}
    others = {write.address for write in (*closing(board, other), *opening(board, other))}

    assert len(same) == 1
    assert (same == others) is (one == other)


@given(ANY_BOARD, st.data())
def test_what_is_written_and_where_it_is_read_belong_to_one_channel(board: RelayFamily, data: st.DataObject) -> None:
    channel = data.draw(st.integers(1, board.count))
    (address,) = {write.address for write in closing(board, channel)}
    content = [0] * board.count
    content[address - board.base] = board.read_on

    believed = told(board, tuple(content))

    assert believed is not None
    assert [place + 1 for place, closed in enumerate(believed) if closed] == [channel]


@given(ANY_BOARD, st.data())
def test_whatever_is_said_bears_repetition_and_starts_no_clock(board: RelayFamily, data: st.DataObject) -> None:
    channel = data.draw(st.integers(1, board.count))
    said = (*closing(board, channel), *opening(board, channel), *opening_all(board))

    assert {write.function for write in said} <= {WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS}
    for write in said:
        assert write.function in OF_BITS or write.values[0] not in (0x0300, 0x0400, 0x0500, *TIMED)
    # A toggle is 0x5500 in a coil, and such a write cannot even be made.
    with pytest.raises(ValueError, match="cannot be written"):
        Write(WRITE_COIL, 0, (0x5500,))


@given(ANY_BOARD)
def test_opening_all_leaves_no_channel_out(board: RelayFamily) -> None:
    said = opening_all(board)
    addresses = {write.address for write in said}

    of_channels = set(range(board.base, board.base + board.count))
    assert set(board.all_off) & set(said) or of_channels <= addresses
    assert not set(closing(board, 1)) & set(said)


@given(ANY_BOARD, st.data())
def test_what_no_board_of_the_family_says_is_not_believed(board: RelayFamily, data: st.DataObject) -> None:
    content = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=board.count, max_size=board.count))

    believed = told(board, tuple(content))

    if any(value not in (0, 1) for value in content):
        assert believed is None
    else:
        assert believed == tuple(bool(value) for value in content)


@pytest.mark.parametrize("channel", [0, 9, -1])
def test_a_channel_that_is_none_is_our_own_mistake(channel: int) -> None:
    with pytest.raises(ValueError, match="none of 1 to 8"):
        closing(PLAIN, channel)
