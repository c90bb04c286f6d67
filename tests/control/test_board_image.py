"""The look at a firmware image before anything of it is sent: what is wrong is named, what is whole passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control import board_image
from agent.control.board_files import SIZE, supply_image
from agent.control.board_image import problem
from agent.errors import BadRequest
from firmware_sim.firmware import load_module
from tests.control.paper_service import packed

WHOLE = packed(manifest=b"manifest\n" * 9, content=b"print(1)\n" * 99)


def test_the_layout_is_the_boards() -> None:
    update, manifest = load_module("update"), load_module("manifest")

    ours = (board_image.MAGIC, board_image.FORMAT, board_image.HEADER.format, board_image.HEADER.size)
    assert ours == (update.MAGIC, update.FORMAT, update.HEADER, update.HEADER_BYTES)
    assert (board_image.MANIFEST_MOST, board_image.CONTENT_MOST) == (manifest.MOST_BYTES, manifest.MOST_CONTENT_BYTES)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"# evse-agent\n\nThe software of a charger.\n" * 9, "this is no firmware image"),
        (b"", "this is no firmware image"),
        (b"-----BEGIN PRIVATE KEY-----\nMC4C\n", "this is a key and no firmware image"),
        (WHOLE[:50], "cut off: it has 50 bytes, its header alone has 108"),
        (WHOLE[:-1], f"cut off: it has {len(WHOLE) - 1} bytes, its header announces {len(WHOLE)}"),
        (WHOLE + b"x", f"has {len(WHOLE) + 1} bytes, and its header announces {len(WHOLE)}"),
        (WHOLE[:4] + b"\x02" + WHOLE[5:], "has format 2"),
        (WHOLE[:8] + b"\xff\xff\xff\xff" + WHOLE[12:], "more than the board takes"),
        (WHOLE[:110] + b"X" + WHOLE[111:], "the image is damaged"),
        (packed(signature=bytes(64)), "not signed"),
    ],
)
def test_what_is_no_whole_and_signed_image_is_named_before_anything_is_sent(
    tmp_path: Path, octets: bytes, told: str
) -> None:
    file = tmp_path / "firmware.img"
    file.write_bytes(octets)

    with pytest.raises(BadRequest, match=told):
        supply_image({"image": str(file)}, SIZE)


@given(st.binary(max_size=600), st.binary(max_size=600))
def test_a_whole_image_passes_and_every_other_length_of_it_does_not(manifest: bytes, content: bytes) -> None:
    octets = packed(manifest, content)

    assert problem(octets, len(octets)) == ""
    assert all(problem(octets[:length], length) for length in range(0, len(octets), 7))
