"""One simulated meter: Modbus requests in, answers out, and the ways in which meters go wrong."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator

from firmware_sim.meters.points import Encoding, MeterModel, Point, Reading
from firmware_sim.modbus_frames import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, refusal

REACTION_S = 0.02

BLOCKS_REMEMBERED = 64
"""A charger asks for the same few blocks for ever; whoever probes all of them must not fill our memory."""

Readings = Callable[[], dict[str, Reading]]
Block = tuple[tuple[int, Point], ...]
"""Points of a block, each with its place in octets from the start."""


class ModbusMeter:
    """A `Unit`. `measure` gives the readings of this moment."""

    def __init__(self, unit: int, model: MeterModel, measure: Readings, noise: random.Random) -> None:
        self.unit = unit
        self.model = model
        self.silent = False
        self.garbage = False
        self.swapped = False
        self.without_values = False
        """Every value is the pattern that means "not available"."""
        self.all_zero = False
        self.late_s = 0.0
        """Added to the reaction time."""
        self._measure = measure
        self._noise = noise
        self._frozen: dict[str, Reading] | None = None
        self._blocks: dict[tuple[int, int, int], Block] = {}

    @property
    def quiet_s(self) -> float:
        return self.model.quiet_s

    def become(self, model: MeterModel) -> None:
        """Another meter takes its place on the line."""
        self.model = model
        self._blocks.clear()

    def freeze(self, frozen: bool) -> None:
        """Go on answering with the values of this moment, good checksum and all."""
        self._frozen = self._measure() if frozen else None

    def answer(self, pdu: bytes) -> bytes:
        """The answer to a request; an exception answer where the meter refuses."""
        function = pdu[0]
        if function not in {point.function for point in self.model.points}:
            return refusal(function, ILLEGAL_FUNCTION)
        if len(pdu) != 5:
            return refusal(function, ILLEGAL_VALUE)
        first, count = struct.unpack(">HH", pdu[1:])
        block = self._block(function, first, count)
        if not 0 < count <= self.model.longest_read or not block:
            return refusal(function, ILLEGAL_ADDRESS)
        return bytes((function, count * 2)) + self._registers(block, count)

    def disturb(self, frame: bytes) -> bytes:
        """What really goes onto the wire instead of a good answer."""
        return self._noise.randbytes(len(frame)) if self.garbage else frame

    def _block(self, function: int, first: int, count: int) -> Block:
        """Points that lie completely inside; between them a meter answers zeros."""
        asked = (function, first, count)
        if asked not in self._blocks:
            if len(self._blocks) >= BLOCKS_REMEMBERED:
                self._blocks.clear()
            self._blocks[asked] = tuple(self._points(function, first, first + count))
        return self._blocks[asked]

    def _points(self, function: int, first: int, last: int) -> Iterator[tuple[int, Point]]:
        for point in self.model.points:
            is_inside = first <= point.address and point.address + point.octets // 2 <= last
            if point.function == function and is_inside:
                yield (point.address - first) * 2, point

    def _registers(self, block: Block, count: int) -> bytes:
        readings = self._readings()
        image = bytearray(count * 2)
        if self.all_zero:
            return bytes(image)
        for start, point in block:
            octets = point.encode(readings.get(point.name))
            image[start : start + len(octets)] = _words_reversed(octets) if self._swaps(point) else octets
        return bytes(image)

    def _readings(self) -> dict[str, Reading]:
        if self.without_values:
            return dict(self.model.identity)
        return {**(self._frozen or self._measure()), **self.model.identity}

    def _swaps(self, point: Point) -> bool:
        """Whether the low word goes first. Identification registers keep the order of the family: a meter set to the
        other order still says who it is.
        """
        is_set_otherwise = self.swapped and point.name not in self.model.identity
        has_words = point.encoding is not Encoding.TEXT
        return has_words and self.model.low_word_first is not is_set_otherwise


def _words_reversed(octets: bytes) -> bytes:
    return b"".join(octets[place : place + 2] for place in range(len(octets) - 2, -2, -2))
