"""Everything on a pilot board beside pilot and contactor, and what of it is broken: one object for each connector."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.mains import Mains
from firmware_sim.parts.generator_capture import GeneratorCapture
from firmware_sim.parts.load_side import LoadSide
from firmware_sim.parts.residual_module import ResidualModule
from firmware_sim.parts.socket_lock import SocketLock
from firmware_sim.parts.warmth import Warmth
from firmware_sim.timeline import Timeline

EARTH_EDGES_PER_CYCLE = 2
EARTH_COUNTED_S = 0.1
FEED_V = 12.0
COIL_NEEDS_V = 7.0
"""A 12 V contactor lets go somewhere below two thirds of its voltage."""
NO_CURRENT = (0, 0, 0)


@dataclass(slots=True, kw_only=True)
class SenseFaults:
    """What senses tell instead of the truth. None and False: the truth."""

    earth_edges: int | None = None
    """Of the supply's protective earth; 0 where it is broken."""
    chain: bool | None = None
    """Feedback of the safety chain."""
    chain_broken: bool = False
    """A wire of the chain: no coil supply, and nobody pressed anything."""
    stray_ma: int = 0
    """Measured on L1 beside what cars draw."""
    proximity_ohm: float | None = None
    proximity_open: bool = False


class BoardParts:
    """`changed` is called when something of it can be seen or felt outside. `version` grows at every such change."""

    def __init__(
        self, timeline: Timeline, changed: Callable[[], None], chance: random.Random, *, tethered: bool
    ) -> None:
        self._changed = changed
        self.version = 0
        self.feed_v = FEED_V
        """What feeds the board."""
        self.rails_v = (FEED_V, -FEED_V)
        """Of the pilot's driver."""
        self.faults = SenseFaults()
        self.residual = ResidualModule(timeline, self.touch, chance)
        self.warmth = Warmth(timeline, self.touch)
        self.load_side = LoadSide(timeline, self.touch)
        self.capture = GeneratorCapture(timeline, self.touch)
        self.lock = None if tethered else SocketLock(timeline, self.touch, lambda: self.feed_v)

    def touch(self) -> None:
        """Something changed."""
        self.version += 1
        self._changed()

    def set_feed(self, volts: float) -> None:
        self.feed_v = volts
        self.touch()

    def supplies_coil(self) -> bool:
        """The latch behind the residual current module stands, nothing is broken, and there is voltage."""
        return not self.residual.latched and not self.faults.chain_broken and self.feed_v >= COIL_NEEDS_V

    def chain_shown(self, chain_ok: bool) -> bool:
        """The feedback, which may lie."""
        return chain_ok if self.faults.chain is None else self.faults.chain

    def earth_edges(self, mains: Mains) -> int:
        """Within 100 ms: 10 at 50 Hz, none without mains or earth."""
        if self.faults.earth_edges is not None:
            return self.faults.earth_edges
        return round(EARTH_EDGES_PER_CYCLE * mains.hz * EARTH_COUNTED_S) if mains.is_live else 0

    def measured_ma(self, phase_ma: tuple[int, int, int]) -> tuple[int, int, int]:
        """What the metering part sees of these currents."""
        if not self.faults.stray_ma:
            return phase_ma
        one, two, three = phase_ma
        return one + self.faults.stray_ma, two, three
