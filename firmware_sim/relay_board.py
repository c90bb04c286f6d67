"""Relay boards on a Modbus line: contacts that keep their last order for ever, and inputs that say where current flows.

A board speaks one dialect (relay_dialects.py). What hangs on its terminals is told by `wires`, a call for each contact
that moves, and asked of `senses`; both are numbered from 1, as the terminals are.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from firmware_sim.modbus_frames import ILLEGAL_VALUE, WRITE_MANY, refusal
from firmware_sim.modbus_unit import Refusal
from firmware_sim.timeline import Alarm, Timeline

WRITES = (5, 6, *WRITE_MANY)


@dataclass(slots=True)
class Relay:
    """`ordered` is what the board remembers. A timer may hold it closed besides; `stuck` is what its contact does
    whatever anybody wants.
    """

    timer: Alarm
    ordered: bool = False
    held: bool = False
    stuck: bool | None = None

    @property
    def believed(self) -> bool:
        """What the board says of it."""
        return self.ordered or self.held

    @property
    def closed(self) -> bool:
        return self.believed if self.stuck is None else self.stuck


class Dialect(Protocol):
    """How a family is spoken to."""

    def answer(self, board: RelayBoard, pdu: bytes) -> bytes | None:
        """Raises Refusal; None is silence."""
        ...


class RelayBoard:
    """A `Unit`. The marks are ways to misbehave, on while they are set."""

    quiet_s = 0.0

    def __init__(self, unit: int, dialect: Dialect, channels: int, timeline: Timeline, noise: random.Random) -> None:
        self.unit = unit
        self.dialect = dialect
        self.silent = False
        self.late_s = 0.0
        self.garbage = False
        self.believes_nothing = False
        """Says that it took an order, and does nothing."""
        self.shifted = 0
        """Whoever is ordered, it is the relay so many further that moves and answers for it."""
        self.wires: dict[int, Callable[[bool], None]] = {}
        self.senses: dict[int, Callable[[], bool]] = {}
        self.orders: list[bytes] = []
        """All that was written, for whoever wants to know."""
        self.relays = [Relay(Alarm(timeline, partial(self._time_is_up, place))) for place in range(channels)]
        self._noise = noise
        self._told = [False] * channels

    # --- on the line

    def answer(self, pdu: bytes) -> bytes | None:
        if pdu[0] in WRITES:
            self.orders.append(pdu)
        try:
            return self.dialect.answer(self, pdu)
        except Refusal as error:
            return refusal(pdu[0], error.code)
        except struct.error:
            return refusal(pdu[0], ILLEGAL_VALUE)

    def disturb(self, frame: bytes) -> bytes:
        return self._noise.randbytes(len(frame)) if self.garbage else frame

    # --- what dialects do with it; channels from 0 here, as none of them counts from 1 inside

    def order(self, channel: int, closed: bool) -> None:
        """From now on, whatever a timer holds."""
        relay = self._at(channel)
        relay.ordered = relay.ordered if self.believes_nothing else closed
        self.settle()

    def hold(self, channel: int, seconds: float) -> None:
        """Closed for so long, beside what is ordered; 0 ends that."""
        relay = self._at(channel)
        relay.held = seconds > 0
        if relay.held:
            relay.timer.set(seconds)
        else:
            relay.timer.clear()
        self.settle()

    def release(self, channel: int) -> None:
        """No timer holds it any more."""
        self.hold(channel, 0)

    def believes(self, channel: int) -> bool:
        return self._at(channel).believed

    def sees(self, terminal: int) -> bool:
        """Current flows through that input."""
        sense = self.senses.get(terminal)
        return sense is not None and sense()

    def restart(self) -> None:
        """Its supply was away: every relay falls open, and nothing is remembered."""
        for relay in self.relays:
            relay.ordered = relay.held = False
            relay.timer.clear()
        self.settle()

    def settle(self) -> None:
        """Tell the wires whose contact has moved."""
        for place, relay in enumerate(self.relays):
            if relay.closed != self._told[place]:
                self._told[place] = relay.closed
                self.wires.get(place + 1, _nothing_hangs_there)(relay.closed)

    def _at(self, channel: int) -> Relay:
        if not 0 <= channel < len(self.relays):
            raise Refusal
        return self.relays[(channel + self.shifted) % len(self.relays)]

    def _time_is_up(self, place: int) -> None:
        self.relays[place].held = False
        self.settle()


def _nothing_hangs_there(_closed: bool) -> None:
    """A terminal without a wire."""
