"""What is wrong with one connector's pilot, from the generator to the car; the outlet works out what follows."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.pilot_circuit import Diode


@dataclass(slots=True, kw_only=True)
class PilotFaults:
    """What is wrong with this connector's wiring. None and False: nothing."""

    short_ohm: float | None = None
    leak_ohm: float | None = None
    wire_open: bool = False
    diode: Diode | None = None
    car_ohm: float | None = None
    """What the car shows instead of its own."""
    samples_frozen: bool = False
    switch_stuck: bool = False
    """The series switch stays closed, whatever the board wants."""
    noise_mv: float = 0.0
    """Standard deviation of what lies on top of every window of samples, at the pilot."""
    pump_bridged: bool = False
    """The coil's supply comes past the charge pump."""

    def shunt_ohm(self) -> float | None:
        """Pilot to earth beside the car: short and leak in parallel."""
        ohms = [ohm for ohm in (self.short_ohm, self.leak_ohm) if ohm is not None]
        if not ohms:
            return None
        return 0.0 if min(ohms) <= 0 else 1 / sum(1 / ohm for ohm in ohms)
