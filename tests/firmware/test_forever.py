"""What no release may change, written out: in it a board and an agent of any two releases meet, and the board is given
the agent's firmware (docs/pilot-board-protocol.md, section 4). A test that fails here is never to be adapted."""

from __future__ import annotations

import pytest
from cbor import encode_places
from frames import MAX_FRAME, MAX_PAYLOAD, frame
from messages import CAPABILITIES, FOREVER, IMAGE_PUTS, PUTS, RESULTS, TABLE, pack, unpack
from update import BLOCK_BYTES, FORMAT, HEADER, HEADER_BYTES, MAGIC

from agent.drivers.pilot_board import flashing
from agent.drivers.pilot_board.codec import decode
from agent.drivers.pilot_board.messages import MAY_GROW, NUMBERS
from agent.drivers.pilot_board.requests import IMAGE_PUTS as IMAGE_PUTS_OF_HOST

ROWS = {
    1: ("identify", (("request", "int", 0, 65_535), ("table_hash", "text", 8, 8))),
    2: (
        "identity",
        (
            ("request", "int", 0, 65_535),
            ("table_hash", "text", 8, 8),
            ("board", "text", 1, 32),
            ("revision", "text", 1, 16),
            ("firmware_version", "text", 1, 24),
            ("boot_id", "text", 8, 8),
            ("capabilities", "int", 0, 4_294_967_295),
        ),
    ),
    6: ("answer", (("request", "int", 0, 65_535), ("result", "int", 0, 255), ("number", "int", 0, 4_294_967_295))),
    9: (
        "put",
        (
            ("request", "int", 0, 65_535),
            ("what", "int", 0, 255),
            ("number", "int", 0, 65_535),
            ("content", "bytes", 0, 400),
        ),
    ),
}
EXAMPLES: dict[int, tuple[object, ...]] = {
    1: (7, "0badcafe"),
    2: (7, "0badcafe", "pilot-board", "b", "9.0.0", "00000001", 2_048),
    6: (7, 255, 3),
    9: (7, 2, 3, b"content"),
}


def test_the_rows_are_as_they_were_first_written() -> None:
    kept = {number: (name, fields) for number, name, fields in TABLE if number in FOREVER}

    assert kept == ROWS


def test_the_host_lets_the_same_messages_grow() -> None:
    assert sorted(NUMBERS[kind] for kind in MAY_GROW) == sorted(FOREVER) == sorted(ROWS)


def test_words_are_where_they_were() -> None:
    assert PUTS[:4] == ("calibration", "image_begin", "image", "image_end")
    assert RESULTS[:5] == ("done", "refused", "not_now", "unknown", "bad_signature")
    assert RESULTS[5:9] == ("bad_checksum", "too_large", "failed", "busy")
    assert CAPABILITIES[11] == "update"
    assert IMAGE_PUTS == IMAGE_PUTS_OF_HOST == (1, 2, 3)


def test_an_image_travels_as_it_did() -> None:
    assert (MAGIC, FORMAT, HEADER, HEADER_BYTES) == (b"EVPB", 1, "<4sHHI32s64s", 108)
    assert (BLOCK_BYTES, MAX_PAYLOAD, MAX_FRAME) == (400, 480, 485)
    assert flashing.HEADER_BYTES == 108
    assert (flashing.MANIFEST_SIZE.start, flashing.MANIFEST_SIZE.stop) == (6, 8)


def test_a_frame_looks_as_it_did() -> None:
    assert pack(9, EXAMPLES[9]).hex(" ") == "a5 00 09 01 07 02 02 03 03 04 47 63 6f 6e 74 65 6e 74"
    assert frame(pack(9, EXAMPLES[9])).hex(" ") == "02 a5 13 09 01 07 02 02 03 03 04 47 63 6f 6e 74 65 6e 74 11 46 00"


@pytest.mark.parametrize("number", sorted(ROWS))
def test_each_end_reads_one_that_a_later_release_made_longer(number: int) -> None:
    grown = encode_places((number, *EXAMPLES[number], "of the future", 7))

    assert unpack(grown) == (number, list(EXAMPLES[number]))
    assert decode(grown) == decode(pack(number, EXAMPLES[number]))
