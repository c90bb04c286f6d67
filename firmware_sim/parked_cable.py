"""A cable in a socket-outlet whose car has left: a resistor at the proximity contact, and nothing at the pilot."""

from __future__ import annotations

from firmware_sim.pilot_circuit import Diode, PilotLoad

OPEN_OHM = 1e9


class ParkedCable:
    """What stays when only the other end was drawn."""

    def __init__(self, proximity_ohm: float | None) -> None:
        self.proximity_ohm = proximity_ohm

    def pilot_load(self) -> PilotLoad:
        return PilotLoad(OPEN_OHM, Diode.OK)

    def phase_ma(self) -> tuple[int, int, int]:
        return 0, 0, 0

    def sees(self, offered_a: float, live: bool) -> None:
        """Nobody looks."""

    def draws(self, power_uw: int) -> None:
        """Nothing is drawn."""

    def leaves(self) -> None:
        """Nothing is pending in a cable."""
