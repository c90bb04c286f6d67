"""Cards on the reader's line."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.token_reader import TokenReader, frame_of
from firmware_sim.virtual_loop import run


def test_a_card_is_its_digits_and_their_exclusive_or_between_stx_and_etx() -> None:
    assert frame_of("cafe") == b"\x02CAFE34\r\n\x03"


@given(st.binary(min_size=2, max_size=10))
def test_digits_and_checksum_together_give_zero(uid: bytes) -> None:
    frame = frame_of(uid.hex())
    checksum = 0
    for octet in bytes.fromhex(frame[1:-3].decode()):
        checksum ^= octet

    assert checksum == 0
    assert frame[0] == 0x02
    assert frame[-3:] == b"\r\n\x03"


@pytest.mark.parametrize("token", ["", "A", "ABC", "XYZ0", "AB CD", "AA" * 11, "ä1b2", "\ud800"])
def test_what_no_card_has_as_its_number_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="is no card number; write"):
        frame_of(token)


@pytest.mark.parametrize("chunk_octets", [0, 1, 5])
def test_a_frame_arrives_whole_in_whatever_pieces_it_is_sent(tmp_path: Path, chunk_octets: int) -> None:
    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        wire = SerialWire(loop, tmp_path / "reader", lambda _octets: None, random.Random(1))
        reader = TokenReader(Timeline(loop), wire, chunk_octets)
        charger = os.open(wire.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        heard = bytearray()
        loop.add_reader(charger, lambda: heard.extend(os.read(charger, 4096)))
        reader.present("04A1B2C3")
        await asyncio.sleep(1)
        loop.remove_reader(charger)
        os.close(charger)
        wire.vanish()
        return bytes(heard)

    assert run(main()) == frame_of("04A1B2C3")
