"""A car on strings: it shows whatever state it is told to, at once, and obeys no offer."""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.pilot_circuit import CAR_OHM, Diode, PilotLoad


class Puppet:
    """What sits in the outlet. `changed` is called when a string was pulled."""

    proximity_ohm: float | None = 220.0

    def __init__(self, changed: Callable[[], None]) -> None:
        self.letter = "B"
        self.diode = Diode.OK
        self.draw_ma = 10_000
        self.offered_a = 0.0
        self._changed = changed

    def show(self, letter: str) -> None:
        """B, C or D from now on."""
        self.letter = letter
        self._changed()

    def set_diode(self, diode: Diode) -> None:
        self.diode = diode
        self._changed()

    def pilot_load(self) -> PilotLoad:
        return PilotLoad(CAR_OHM[self.letter], self.diode)

    def phase_ma(self) -> tuple[int, int, int]:
        return (self.draw_ma if self.letter != "B" else 0, 0, 0)

    def sees(self, offered_a: float, live: bool) -> None:
        self.offered_a = offered_a

    def draws(self, power_uw: int) -> None:
        """It has no battery."""

    def leaves(self) -> None:
        self.offered_a = 0.0
