"""The supply in front of the contactor and the meter."""

from __future__ import annotations

from dataclasses import dataclass

PHASES = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mains:
    """Volts against neutral on each phase that is there."""

    volts: float = 230.0
    hz: float = 50.0
    phases: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.volts <= 300:
            raise ValueError(f"volts: {self.volts} is outside 0…300 V")
        if not (45 <= self.hz <= 65):
            raise ValueError(f"hz: {self.hz} is outside 45…65 Hz")
        if self.phases not in PHASES:
            raise ValueError(f"phases: {self.phases} is not 1, 2 or 3")

    def phase_mv(self, phase: int) -> int:
        """Millivolts of phase 1…3, 0 where the phase is missing."""
        return round(self.volts * 1000) if phase <= self.phases else 0

    @property
    def is_live(self) -> bool:
        """Enough voltage for a car to charge from (a brown-out is none)."""
        return self.volts >= 80
