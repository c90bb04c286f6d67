"""The sense behind the contactor: edges of three optocouplers, what a car's capacitor and a floating wire do to them.

Numbers: pilot-board-hardware.md 6.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log

from firmware_sim.mains import PHASES, Mains
from firmware_sim.timeline import Alarm, Timeline

ASSERTS_V = 60.0
"""Of instantaneous voltage."""
EDGES_PER_CYCLE = 4
"""Two pulses a cycle, two edges each."""
COUNTED_S = 0.03
PICK_UP_V = 45.0
"""Peak of what a floating load side picks up; it must not assert."""
CAR_TAU_S = 0.1
"""Of a car's input filter; 50…200 ms."""

Edges = tuple[int, int, int]
DEAD: Edges = (0, 0, 0)


def edges_of(peak_v: float, hz: float) -> int:
    """Edges in 30 ms: 6 of 325 V at 50 Hz, none where the wave never reaches the threshold."""
    return round(EDGES_PER_CYCLE * hz * COUNTED_S) if peak_v > ASSERTS_V else 0


def holds_up_s(peak_v: float, tau_s: float = CAR_TAU_S) -> float:
    """How long a capacitor charged to that voltage keeps the sense asserted."""
    return tau_s * log(peak_v / ASSERTS_V) if peak_v > ASSERTS_V else 0.0


class LoadSide:
    """`changed` is called when a capacitor has run down. `tau_s` is that of the car that is plugged in."""

    def __init__(self, timeline: Timeline, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._empty = Alarm(timeline, self._run_down)
        self._mains: Mains | None = None
        self._poles = (False, False, False)
        self._fed: Edges = DEAD
        self._forced: tuple[int | None, int | None, int | None] = (None, None, None)
        self.tau_s = CAR_TAU_S
        self.pick_up_v = PICK_UP_V
        self.back_feed_v = 0.0
        self.edges: Edges = DEAD
        """Of L1 to L3 within the last 30 ms."""

    def feed(self, mains: Mains, poles: tuple[bool, bool, bool], *, has_car: bool) -> None:
        """The mains in front of the contactor, and which of its poles are closed."""
        if mains is self._mains and poles == self._poles:
            return
        had = self._peak_v()
        self._mains, self._poles = mains, poles
        before, self._fed = self._fed, self._edges_fed()
        if has_car and any(before) and not any(self._fed):
            # The filter of the car keeps the sense as it was until it has run down.
            self._fed = before
            self._empty.set(holds_up_s(had, self.tau_s))
        else:
            self._empty.clear()
        self._show()

    def back_feed(self, volts: float) -> None:
        """Something feeds the output from behind; 0 ends it."""
        self.back_feed_v = volts
        self._run_down()

    def break_sense(self, phase: int, edges: int | None) -> None:
        """The sense of that phase delivers so many edges whatever is there; None mends it."""
        one, two, three = (edges if number == phase else old for number, old in zip(PHASES, self._forced, strict=True))
        self._forced = (one, two, three)
        self._show()
        self._changed()

    def _peak_v(self) -> float:
        mains = self._mains
        return 0.0 if mains is None else max(mains.phases_mv) / 1000 * mains.crest

    def _edges_fed(self) -> Edges:
        mains = self._mains
        if mains is None:
            return DEAD
        one, two, three = (
            edges_of(mains.phase_mv(phase) / 1000 * mains.crest if closed else self._floating_v(mains), mains.hz)
            for phase, closed in zip(PHASES, self._poles, strict=True)
        )
        return one, two, three

    def _floating_v(self, mains: Mains) -> float:
        picked_up_v = self.pick_up_v if mains.is_live else 0.0
        return max(picked_up_v, self.back_feed_v * mains.crest)

    def _run_down(self) -> None:
        self._empty.clear()
        self._fed = self._edges_fed()
        self._show()
        self._changed()

    def _show(self) -> None:
        one, two, three = (
            fed if forced is None else forced for fed, forced in zip(self._fed, self._forced, strict=True)
        )
        self.edges = (one, two, three)
