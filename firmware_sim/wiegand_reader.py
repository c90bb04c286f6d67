"""A card reader with two wires to a GPIO chip: a short pulse to ground on one of them for each bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Timeline
from firmware_sim.token_reader import uid_of

PULSE_S = 50e-6
BIT_S = 0.0015
"""From one bit to the next."""


class WiegandWires:
    """The wires of zeros and ones, which the reader holds high. Cut, or without a reader, they are nobody's."""

    def __init__(self, chip: GpioChip, zeros: str, ones: str) -> None:
        self.path: Path = chip.path
        self.has_charger = True
        self._chip = chip
        self._names = (zeros, ones)
        self._is_cut = self._is_there = False
        self.shorted: int | None = None
        """Which of them touches ground."""
        """Which of them touches ground."""
        self.appear()

    @property
    def is_cut(self) -> bool:
        return self._is_cut

    @is_cut.setter
    def is_cut(self, cut: bool) -> None:
        self._is_cut = cut
        self._rest()

    def appear(self) -> None:
        """The reader is there, and has its supply."""
        self._is_there = True
        self._rest()

    def vanish(self) -> None:
        """It is taken off."""
        self._is_there = False
        self._rest()

    def short(self, which: int | None) -> None:
        """The wire of zeros (0) or of ones (1) touches ground; None: no longer."""
        self.shorted = which
        self._rest()

    def pull(self, which: int) -> None:
        """To ground, as for one bit."""
        if self._holds:
            self._chip.wire(self._names[which], False)

    def let_go(self, which: int) -> None:
        """High again."""
        self._settle(which)

    @property
    def _holds(self) -> bool:
        return self._is_there and not self._is_cut

    def _rest(self) -> None:
        for which in (0, 1):
            self._settle(which)

    def _settle(self, which: int) -> None:
        is_shorted = self.shorted == which
        self._chip.wire(self._names[which], False if is_shorted else True if self._holds else None)


class WiegandReader:
    """Sends 26 bits for cards of three octets, 34 for those of four. `last_first` sends their last octet first."""

    def __init__(self, timeline: Timeline, wire: WiegandWires, *, last_first: bool = False) -> None:
        self.wire = wire
        self.crossed = False
        """Its two wires are exchanged."""
        self._timeline = timeline
        self._last_first = last_first

    def present(self, token: str) -> None:
        """A card is held before it."""
        uid = uid_of(token)
        if len(uid) not in (3, 4):
            raise ValueError(f"token: {token!r} has {len(uid)} octets; this reader sends cards of 3 or 4")
        self.send(framed(uid[::-1] if self._last_first else uid))

    def send(self, bits: list[int], every_s: float = BIT_S) -> None:
        """These bits, from now on."""
        for count, bit in enumerate(bits):
            which = bit ^ self.crossed
            self._timeline.after(count * every_s, lambda which=which: self.wire.pull(which))  # type: ignore[misc]
            self._timeline.after(count * every_s + PULSE_S, lambda which=which: self.wire.let_go(which))  # type: ignore[misc]


def framed(uid: bytes) -> list[int]:
    """Its bits from the highest on, with one more in front that makes the first half even, and one that makes the
    second half odd.
    """
    bits = list(_bits(uid))
    middle = len(bits) // 2
    return [sum(bits[:middle]) % 2, *bits, 1 - sum(bits[middle:]) % 2]


def _bits(octets: bytes) -> Iterator[int]:
    for octet in octets:
        yield from (octet >> place & 1 for place in range(7, -1, -1))
