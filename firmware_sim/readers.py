"""The card readers that the simulator can be, by the driver that a board file names: one entry for each."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_sim.gpio_chip import GpioChip
from firmware_sim.keyboard_reader import EventPipe, KeyboardReader
from firmware_sim.pn532 import Pn532
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.token_reader import TokenReader
from firmware_sim.wiegand_reader import WiegandReader, WiegandWires
from firmware_sim.world import Reader

DECIMAL_DIGITS = 10
"""What most readers of 32-bit numbers print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPlace:
    """Where a reader is built in. `table` is its own in the board file; `path` is free for its wire."""

    timeline: Timeline
    table: dict[str, Any]
    path: Path
    noise: random.Random
    chips: Mapping[str, GpioChip]
    """By the name of their bus."""

    def open_serial(self, received: Callable[[bytes], None]) -> SerialWire:
        """A serial line at `path`, which the table tells from then on."""
        self.table["port"] = str(self.path.absolute())
        return SerialWire(self.timeline.loop, self.path, received, self.noise)


def _serial_ascii(place: ReaderPlace) -> Reader:
    return TokenReader(place.timeline, place.open_serial(_nobody_listens))


def _pn532(place: ReaderPlace) -> Reader:
    return Pn532(place.timeline, place.open_serial)


def _keyboard(place: ReaderPlace) -> Reader:
    """Types what the board file expects of it."""
    table = place.table
    table["device"] = str(place.path.absolute())
    lengths = [length for length in table.get("lengths", []) if isinstance(length, int)]
    return KeyboardReader(
        place.timeline,
        EventPipe(place.path),
        decimal_digits=max(lengths, default=DECIMAL_DIGITS) if table.get("decimal") else None,
        last_first=bool(table.get("reverse_bytes")),
    )


def _wiegand(place: ReaderPlace) -> Reader:
    table = place.table
    wires = WiegandWires(place.chips[table["bus"]], str(table["d0"]), str(table["d1"]))
    return WiegandReader(place.timeline, wires, last_first=bool(table.get("reverse_bytes")))


MAKERS: Mapping[str, Callable[[ReaderPlace], Reader]] = {
    "serial_ascii": _serial_ascii,
    "pn532": _pn532,
    "keyboard": _keyboard,
    "wiegand": _wiegand,
}


def _nobody_listens(_octets: bytes) -> None:
    """Such a reader takes no orders."""
