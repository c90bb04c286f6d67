"""Octets that the fuzzer or the lock-step run found the two codecs, or two interpreters, to understand differently."""

from __future__ import annotations

import subprocess

import pytest

from agent.drivers.pilot_board.codec import decode
from agent.drivers.pilot_board.messages import MessageError
from firmware_sim.firmware import FIRMWARE
from firmware_sim.micropython_process import find_micropython
from tools.fuzz.targets import TARGETS, board_cbor, board_messages

WISH = bytes.fromhex("ab0003010102f50318a004f40504060307f508f509f40af6")
DISAGREED = {
    "a longer head than needed": WISH.replace(b"\x01\x01", b"\x01\x18\x01"),
    "a truth for a key": WISH.replace(b"\x01\x01", b"\xf5\x01"),
    "a float for a key": WISH.replace(b"\x01\x01", b"\xfb\x3f\xf0\0\0\0\0\0\0\x01"),
    "a tag in what may grow": bytes.fromhex("a4000101070268") + b"0badcafe" + bytes.fromhex("03c001"),
    "octets after what may grow": bytes.fromhex("a3000101070268") + b"0badcafe\x00",
    "a key twice in what may grow": bytes.fromhex("a40001010701070268") + b"0badcafe",
    "a float in what may grow": bytes.fromhex("a4000101070268") + b"0badcafe" + bytes.fromhex("03fb3ff8000000000000"),
}
NO_TEXTS = ("c080", "c1bf", "e08080", "eda080", "f0808080", "f4908080", "80", "c3", "ff")
"""UTF-8 in forms too long, surrogates, beyond the last character, cut short. MicroPython takes the first six."""


@pytest.mark.parametrize("payload", DISAGREED.values(), ids=DISAGREED)
def test_neither_end_takes_it_for_a_message(payload: bytes) -> None:
    with pytest.raises(board_messages.MessageError):
        board_messages.unpack(payload)
    with pytest.raises(MessageError):
        decode(payload)


def test_the_wish_that_these_are_made_of_is_one() -> None:
    TARGETS["twin_codec"](WISH)

    assert board_messages.unpack(WISH) == (3, [1, True, 160, False, 4, 3, True, True, False, None])


@pytest.mark.parametrize("octets", NO_TEXTS)
def test_octets_that_are_no_text_are_refused(octets: str) -> None:
    text = bytes.fromhex(octets)

    with pytest.raises(board_cbor.CborError):
        board_cbor.decode(bytes((0x60 + len(text),)) + text)


@pytest.mark.processes
@pytest.mark.skipif(find_micropython() is None, reason="no micropython: its wheel exists for Linux on x86-64 only")
def test_octets_that_are_no_text_are_refused_under_micropython_too() -> None:
    program = (
        "import cbor\nfrom binascii import unhexlify\n"
        f"for word in {NO_TEXTS!r}:\n"
        "    text = unhexlify(word)\n"
        "    try:\n        cbor.decode(bytes((0x60 + len(text),)) + text)\n        print('taken', word)\n"
        "    except cbor.CborError:\n        print('refused')\n"
    )

    ran = subprocess.run(
        [str(find_micropython()), "-c", program], cwd=FIRMWARE, capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["refused"] * len(NO_TEXTS)
