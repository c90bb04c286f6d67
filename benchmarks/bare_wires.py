"""The floor of a simulation at the wire: the same octets over the same pseudo-terminals, understood by nobody."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.serial_wire import SerialWire

READ_OCTETS = 4096
STATUS_OCTETS, WISH_OCTETS = 64, 24
REQUEST_OCTETS, ANSWER_OCTETS = 8, 165
STATUS_EVERY_S, WISH_EVERY_S, METER_EVERY_S = 0.2, 0.4, 1.0


@dataclass(frozen=True, slots=True)
class _Line:
    """One wire with both ends in this loop."""

    device: SerialWire
    charger: int

    def ask(self, octets: int) -> None:
        os.write(self.charger, bytes(octets))


async def carry(folder: Path, length_s: float) -> None:
    """Statuses, wishes and readings for so long."""
    with ExitStack() as stack:
        board = _line(stack, folder / "pilot", lambda _octets: None)
        meter = _line(stack, folder / "rs485", lambda _octets: meter.device.send(bytes(ANSWER_OCTETS)))
        beats = (
            (STATUS_EVERY_S, lambda: board.device.send(bytes(STATUS_OCTETS))),
            (WISH_EVERY_S, lambda: board.ask(WISH_OCTETS)),
            (METER_EVERY_S, lambda: meter.ask(REQUEST_OCTETS)),
        )
        async with asyncio.TaskGroup() as tasks:
            for every_s, beat in beats:
                tasks.create_task(_repeat(every_s, beat, length_s))


async def _repeat(every_s: float, beat: Callable[[], None], length_s: float) -> None:
    for _ in range(round(length_s / every_s)):
        beat()
        await asyncio.sleep(every_s)


def _line(stack: ExitStack, path: Path, received: Callable[[bytes], None]) -> _Line:
    loop = asyncio.get_running_loop()
    device = SerialWire(loop, path, received, random.Random(0))
    charger = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    loop.add_reader(charger, os.read, charger, READ_OCTETS)
    stack.callback(device.vanish)
    stack.callback(os.close, charger)
    stack.callback(loop.remove_reader, charger)
    return _Line(device, charger)
