"""What a PN532 is told and what it answers: commands as payloads, answers as values. Pure.

Numbers and layouts: relays-and-inputs.md section 4.2, UM0701-02 sections 7.2 and 7.3.
"""

from __future__ import annotations

from agent.values import frozen

WAKE_UP = b"\x55\x55" + bytes(14)
"""The edges of the first bytes wake the chip, the zeros bridge the 1 ms that its clock needs to start."""

GET_FIRMWARE_VERSION = bytes((0x02,))
CONFIGURE_SAM = bytes((0x14, 0x01, 0x00, 0x01))
"""Normal mode, no time-out, IRQ pin in use. It also ends the mode of little power in which the chip starts."""
LIMIT_RETRIES = bytes((0x32, 0x05, 0xFF, 0x01, 0x02))
"""Item 5. The last number ends the search for a card after three tries; 255 there, as it starts, searches for ever."""
LIST_ONE_CARD = bytes((0x4A, 0x01, 0x00))
"""One card, 106 kbit/s type A."""
RELEASE_ALL = bytes((0x52, 0x00))

IC_PN532 = 0x32
CARD_BYTES = (4, 7, 10)
"""ISO/IEC 14443-3 section 6.5.4: single, double and triple size."""
RANDOM_BYTES = 4
RANDOM_FIRST = 0x08
"""ISO/IEC 14443-3: a number of four bytes with this first is drawn anew for each reading, as phones do."""


class Garbled(ValueError):
    """An answer in a sound frame that says nothing sensible."""


@frozen
class Card:
    """A card in the field: its number as upper-case hexadecimal digits."""

    number: str
    is_random: bool


def card_in(answer: bytes) -> Card | None:
    """Of LIST_ONE_CARD: how many targets; its number, SENS_RES (2), SEL_RES, length, UID, and more. Raises Garbled."""
    if answer == b"\x00":
        return None
    length = answer[5] if len(answer) > 5 else 0
    uid = answer[6 : 6 + length]
    if answer[0:1] != b"\x01" or length not in CARD_BYTES or len(uid) < length:
        raise Garbled(f"a card of {len(answer)} bytes")
    return Card(uid.hex().upper(), is_random=len(uid) == RANDOM_BYTES and uid[0] == RANDOM_FIRST)


@frozen
class Firmware:
    ic: int
    version: str


def firmware_in(answer: bytes) -> Firmware:
    """Of GET_FIRMWARE_VERSION: chip, version, revision, what it supports. Raises Garbled."""
    if len(answer) != 4:
        raise Garbled(f"a firmware version of {len(answer)} bytes")
    return Firmware(ic=answer[0], version=f"{answer[1]}.{answer[2]}")
