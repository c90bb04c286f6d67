"""The supply in front of the contactor and the meter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import sqrt

PHASES = (1, 2, 3)
IN_ORDER, SWAPPED = "L1-L2-L3", "L1-L3-L2"
SINE_CREST = sqrt(2)
LIVE_MV = 80_000
MOST_V = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mains:
    """Volts against neutral on each phase that is there.

    `odd_volts` are those of phases that differ, by phase. `crest` is peak over effective value: harmonics flatten or
    sharpen the wave. `earth_neutral_v` lies between neutral and earth at the charger.
    """

    volts: float = 230.0
    hz: float = 50.0
    phases: int = 3
    rotation: str = IN_ORDER
    odd_volts: tuple[tuple[int, float], ...] = ()
    crest: float = SINE_CREST
    earth_neutral_v: float = 0.0
    phases_mv: tuple[int, int, int] = field(init=False, default=(0, 0, 0), compare=False)
    """Millivolts of L1 to L3, 0 where the phase is missing."""

    def __post_init__(self) -> None:
        for volts in (self.volts, self.earth_neutral_v, *(odd for _, odd in self.odd_volts)):
            if not 0 <= volts <= MOST_V:
                raise ValueError(f"volts: {volts} is outside 0…{MOST_V:g} V")
        if not (45 <= self.hz <= 65):
            raise ValueError(f"hz: {self.hz} is outside 45…65 Hz")
        if any(phase not in PHASES for phase in (self.phases, *(odd for odd, _ in self.odd_volts))):
            raise ValueError(f"phases: {self.phases} is not 1, 2 or 3")
        if self.rotation not in (IN_ORDER, SWAPPED):
            raise ValueError(f"rotation: {self.rotation!r} is neither {IN_ORDER} nor {SWAPPED}")
        if not 1 <= self.crest <= 3:
            raise ValueError(f"crest: {self.crest} is outside 1…3")
        odd_v = dict(self.odd_volts)
        one, two, three = (
            round(odd_v.get(phase, self.volts) * 1000) if phase <= self.phases else 0 for phase in PHASES
        )
        object.__setattr__(self, "phases_mv", (one, two, three))

    def phase_mv(self, phase: int) -> int:
        """Millivolts of phase 1…3, 0 where the phase is missing."""
        return self.phases_mv[phase - 1]

    def with_phase(self, phase: int, volts: float) -> Mains:
        """The same supply with another voltage on one phase."""
        odd_v = {**dict(self.odd_volts), phase: volts}
        return replace(self, odd_volts=tuple(sorted(odd_v.items())))

    def behind(self, ohm: float, phase_ma: tuple[int, int, int]) -> Mains:
        """What is left of it at the end of wires and terminals of that resistance, each phase with its neutral."""
        lost = [
            (phase, self.phase_mv(phase) / 1000 - ohm * ma / 1000) for phase, ma in zip(PHASES, phase_ma, strict=True)
        ]
        return replace(self, odd_volts=tuple((phase, max(0.0, volts)) for phase, volts in lost))

    @property
    def is_live(self) -> bool:
        """Enough voltage for a car to charge from (a brown-out is none)."""
        return max(self.phases_mv) >= LIVE_MV

    @property
    def mhz(self) -> int:
        """Frequency in 0.001 Hz; 0 without mains."""
        return round(self.hz * 1000) if self.is_live else 0
