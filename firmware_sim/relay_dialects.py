"""How relay boards of each family are spoken to, after their makers' papers and what people found out about them.

Waveshare: coils, and words beyond the standard: 0x5500 turns one over, 0x0200 + n and 0x0400 + n let one flash. The
kind with inputs has a mode for each output; in the mode of the factory an output does as its input does. Before
September 2021 they were sold with another protocol, whose boards say nothing to these words.

Eletechsup: an order is a number in the channel's register, and the answer to a question is 0 or 1. What is held by a
number of seconds stays until they are over, or until zero seconds are ordered.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from firmware_sim.modbus_frames import ILLEGAL_FUNCTION, ILLEGAL_VALUE
from firmware_sim.modbus_unit import Refusal
from firmware_sim.relay_board import Dialect, RelayBoard

ON, OFF, TURN = 0xFF00, 0x0000, 0x5500
ALL = 0x00FF
FLASH_ON, FLASH_OFF = 0x0200, 0x0400
FLASH_UNIT_S = 0.1
MODES, ADDRESS, VERSION = 0x1000, 0x4000, 0x8000
FREE, LINKED = 0, 1
V2 = 200


class Waveshare:
    """`linked`: its outputs follow its inputs, as it comes out of the box."""

    def __init__(self, *, inputs: int = 0, linked: bool = False) -> None:
        self.inputs = inputs
        self.modes = [LINKED if linked else FREE] * inputs
        self.speaks_v1 = False

    def answer(self, board: RelayBoard, pdu: bytes) -> bytes | None:
        if self.speaks_v1:
            return None
        self._follow(board)
        if pdu[0] == 15:
            return self._write_many(board, pdu)
        first, word = struct.unpack(">HH", pdu[1:])
        match pdu[0]:
            case 1:
                return _bits(pdu, [board.believes(first + n) for n in range(word)])
            case 2 if self.inputs:
                return _bits(pdu, [self._input(board, first + n) for n in range(word)])
            case 3:
                return _words(pdu, [self._register(board, first + n) for n in range(word)])
            case 5:
                self._order(board, first, word)
                return pdu
            case 6:
                self._set(board, first, word)
                return pdu
        raise Refusal(ILLEGAL_FUNCTION)

    def _order(self, board: RelayBoard, address: int, word: int) -> None:
        everyone = range(len(board.relays))
        if FLASH_ON <= address < FLASH_ON + len(everyone):
            board.hold(address - FLASH_ON, word * FLASH_UNIT_S)
            return
        if FLASH_OFF <= address < FLASH_OFF + len(everyone):
            board.order(address - FLASH_OFF, False)
            return
        if word not in (ON, OFF, TURN):
            raise Refusal(ILLEGAL_VALUE)
        for channel in everyone if address == ALL else (address,):
            closed = not board.believes(channel) if word == TURN else word == ON
            board.release(channel)
            board.order(channel, closed)

    def _write_many(self, board: RelayBoard, pdu: bytes) -> bytes:
        first, count, octets = struct.unpack(">HHB", pdu[1:6])
        if not count or octets != (count + 7) // 8 or len(pdu) != 6 + octets:
            raise Refusal(ILLEGAL_VALUE)
        for n in range(count):
            board.order(first + n, bool(pdu[6 + n // 8] >> n % 8 & 1))
        return pdu[:5]

    def _input(self, board: RelayBoard, address: int) -> bool:
        if address >= self.inputs:
            raise Refusal
        return board.sees(address + 1)

    def _register(self, board: RelayBoard, address: int) -> int:
        if MODES <= address < MODES + self.inputs:
            return self.modes[address - MODES]
        known = {ADDRESS: board.unit, VERSION: V2}
        if address not in known:
            raise Refusal
        return known[address]

    def _set(self, board: RelayBoard, address: int, word: int) -> None:
        if not MODES <= address < MODES + self.inputs:
            raise Refusal
        self.modes[address - MODES] = word

    def _follow(self, board: RelayBoard) -> None:
        """Done when it is asked, not at the moment: nobody looks at it in between."""
        for place, mode in enumerate(self.modes):
            if mode == LINKED:
                board.order(place, board.sees(place + 1))


class Eletechsup:
    """`first`: the register of channel 1. The papers say 1, and some boards 0."""

    def __init__(self, *, first: int = 1) -> None:
        self.first = first

    def answer(self, board: RelayBoard, pdu: bytes) -> bytes | None:
        if pdu[0] not in (3, 6):
            raise Refusal(ILLEGAL_FUNCTION)
        first, word = struct.unpack(">HH", pdu[1:])
        if pdu[0] == 3:
            return _words(pdu, [int(board.believes(first + n - self.first)) for n in range(word)])
        self._order(board, first - self.first, *divmod(word, 0x100))
        return pdu

    def _order(self, board: RelayBoard, channel: int, code: int, seconds: int) -> None:
        everyone = range(len(board.relays))
        match code:
            case 1 | 2:
                board.order(channel, code == 1)
            case 3:
                board.order(channel, not board.believes(channel))
            case 4:
                for other in everyone:
                    board.order(other, other == channel)
            case 5:
                board.hold(channel, 1.0)
            case 6:
                board.hold(channel, seconds)
            case 7 | 8:
                for other in everyone:
                    board.order(other, code == 7)
            case _:
                raise Refusal(ILLEGAL_VALUE)


class Coils:
    """A board of the standard's coils and nothing else, the first one at `first`."""

    def __init__(self, *, first: int = 0) -> None:
        self.first = first

    def answer(self, board: RelayBoard, pdu: bytes) -> bytes | None:
        if pdu[0] not in (1, 5):
            raise Refusal(ILLEGAL_FUNCTION)
        first, word = struct.unpack(">HH", pdu[1:])
        if pdu[0] == 1:
            return _bits(pdu, [board.believes(first + n - self.first) for n in range(word)])
        if word not in (ON, OFF):
            raise Refusal(ILLEGAL_VALUE)
        board.order(first - self.first, word == ON)
        return pdu


DIALECTS: Mapping[str, Callable[[int | None], Dialect]] = {
    "waveshare": lambda _first: Waveshare(),
    "waveshare-inputs": lambda _first: Waveshare(inputs=8),
    "eletechsup": lambda first: Eletechsup(first=1 if first is None else first),
    "coils": lambda first: Coils(first=first or 0),
}
"""By a board file's word for the family, and its address of channel 1, if it names one."""


def _bits(pdu: bytes, bits: list[bool]) -> bytes:
    if not bits:
        raise Refusal(ILLEGAL_VALUE)
    octets = bytearray((len(bits) + 7) // 8)
    for place, bit in enumerate(bits):
        octets[place // 8] |= bit << place % 8
    return bytes((pdu[0], len(octets))) + bytes(octets)


def _words(pdu: bytes, words: list[int]) -> bytes:
    if not words:
        raise Refusal(ILLEGAL_VALUE)
    return bytes((pdu[0], 2 * len(words))) + struct.pack(f">{len(words)}H", *words)
