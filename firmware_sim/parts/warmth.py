"""How warm board, contactor, terminal and connector are: first order, from ambient and the square of the current.

Event driven: a sensor shows another code when its place has moved by a whole kelvin. Between two such moments
nothing happens, and a place that has settled costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

from firmware_sim.parts import ntc
from firmware_sim.timeline import US_PER_S, Alarm, Timeline

AMBIENT_C = 25.0
NOTICEABLE_K = 1.0
LOOSE_FACTOR = 3.0
"""A loose terminal warms three times as much (pilot-board-hardware.md 4)."""


@dataclass(frozen=True, slots=True)
class Mass:
    """What is warmed: time constant, and the rise above ambient at 32 A."""

    tau_s: float
    rise_k: float


BOARD, CONTACTOR, TERMINAL, CONNECTOR = "board", "contactor", "terminal", "connector"
MASSES = {
    BOARD: Mass(1200.0, 10.0),
    CONTACTOR: Mass(480.0, 25.0),
    TERMINAL: Mass(480.0, 25.0),
    CONNECTOR: Mass(480.0, 25.0),
}
"""In the order of `Inputs.ntc_codes`. Time constants and the terminal's rise: pilot-board-hardware.md 4."""

PLACES = tuple(MASSES)
RISE_AT_MA = 32_000


class Place:
    """One mass and its sensor. `changed` is called when the code is another one."""

    def __init__(self, timeline: Timeline, mass: Mass, changed: Callable[[], None]) -> None:
        self._timeline = timeline
        self._mass = mass
        self._changed = changed
        self._current_ma = 0
        self._ambient_c = AMBIENT_C
        self._loose = False
        self._from_c = self._target_c = self._shown_c = AMBIENT_C
        self._since_us = timeline.now_us()
        self._due = Alarm(timeline, self._moved)
        self._forced_c: float | None = None
        self._ramp_k_per_s = 0.0
        self._ramp = Alarm(timeline, self._climb)
        self._wire: int | None = None
        self.code = ntc.code_of(AMBIENT_C)
        self.watchers: list[Callable[[float], None]] = []
        """Sensors beside the board's own: told what `shown_c` is now."""

    @property
    def shown_c(self) -> float:
        """What a sensor here has noticed, °C."""
        return self._shown_c

    def celsius(self) -> float:
        """Now."""
        passed_s = (self._timeline.now_us() - self._since_us) / US_PER_S
        return self._target_c + (self._from_c - self._target_c) * exp(-passed_s / self._mass.tau_s)

    def carries(self, current_ma: int) -> None:
        """That much flows from now on."""
        if current_ma != self._current_ma:
            self._current_ma = current_ma
            self._aim()

    def stands_in(self, ambient_c: float) -> None:
        """The air is that warm from now on."""
        self._ambient_c = ambient_c
        self._aim()

    def loosen(self, loose: bool) -> None:
        """The screw is loose: three times the rise."""
        self._loose = loose
        self._aim()

    def force(self, celsius: float | None, k_per_min: float | None = None) -> None:
        """A flame, or ice, holds it at that temperature; None takes it away. `k_per_min` is how fast it gets there."""
        self._forced_c = celsius
        self._ramp.clear()
        # What the place would have come to by itself is not shown any more.
        self._due.clear()
        if celsius is None:
            self._show(self.celsius())
            self._aim()
        elif k_per_min:
            self._ramp_k_per_s = k_per_min / 60
            self._climb()
        else:
            self._show(celsius)

    def cut(self, code: int | None) -> None:
        """The sensor's lead is broken or shorted: it delivers that code; None mends it."""
        self._wire = code
        self._show(self._shown_c)

    # --- how it moves

    def _aim(self) -> None:
        now_c = self.celsius()
        self._from_c, self._since_us = now_c, self._timeline.now_us()
        factor = LOOSE_FACTOR if self._loose else 1.0
        self._target_c = self._ambient_c + factor * self._mass.rise_k * (self._current_ma / RISE_AT_MA) ** 2
        self._expect()

    def _expect(self) -> None:
        """Wake when the place will have moved by a kelvin from what is shown; never, where it will not."""
        step_k = NOTICEABLE_K if self._target_c > self._shown_c else -NOTICEABLE_K
        noticed_c = self._shown_c + step_k
        if self._forced_c is not None or abs(self._target_c - self._shown_c) <= NOTICEABLE_K:
            self._due.clear()
            return
        # Positive while the place is still on this side of where it will be noticed.
        share = (self._from_c - self._target_c) / (noticed_c - self._target_c)
        self._due.set(self._mass.tau_s * log(share) if share > 1 else 0.0)

    def _moved(self) -> None:
        self._from_c, self._since_us = self.celsius(), self._timeline.now_us()
        # Shown also where rounded time is a hair early: waiting for the hair would never end.
        self._show(self._from_c)
        self._expect()

    def _climb(self) -> None:
        assert self._forced_c is not None
        missing_k = self._forced_c - self._shown_c
        step_k = max(-NOTICEABLE_K, min(NOTICEABLE_K, missing_k))
        if abs(missing_k) > NOTICEABLE_K:
            self._ramp.set(NOTICEABLE_K / self._ramp_k_per_s)
        self._show(self._shown_c + step_k)

    def _show(self, celsius: float) -> None:
        if celsius != self._shown_c:
            self._shown_c = celsius
            for watcher in self.watchers:
                watcher(celsius)
        code = ntc.code_of(celsius) if self._wire is None else self._wire
        if code != self.code:
            self.code = code
            self._changed()


class Warmth:
    """The four places of one connector. `codes` is what the firmware's inputs show."""

    def __init__(self, timeline: Timeline, changed: Callable[[], None]) -> None:
        self.places = {name: Place(timeline, mass, self._moved) for name, mass in MASSES.items()}
        self._changed = changed
        self._current_ma = 0
        self.codes = self._codes()

    def carries(self, current_ma: int) -> None:
        """Through contactor, terminal and connector."""
        if current_ma != self._current_ma:
            self._current_ma = current_ma
            for place in self.places.values():
                place.carries(current_ma)

    def stands_in(self, ambient_c: float) -> None:
        """Ambient of the whole connector."""
        for place in self.places.values():
            place.stands_in(ambient_c)

    def _moved(self) -> None:
        self.codes = self._codes()
        self._changed()

    def _codes(self) -> tuple[int, int, int, int]:
        board, contactor, terminal, connector = (place.code for place in self.places.values())
        return board, contactor, terminal, connector
