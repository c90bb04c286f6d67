"""An installer's test adapter: fixed resistors instead of a car, and a resistive load behind the contactor."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.mains import PHASES
from firmware_sim.pilot_circuit import CAR_OHM, Diode, PilotLoad

SHORT_OHM = 0.001
"""State E: pilot to earth. Not zero, since the node equation divides by it."""

OPEN_OHM = 1e9
"""State A: nothing between pilot and earth."""

ADAPTER_OHM = {"A": OPEN_OHM, **CAR_OHM, "E": SHORT_OHM}


@dataclass(slots=True, kw_only=True)
class InstallerAdapter:
    """Draws `load_a` on each of `phases` whenever the outlet is live, whatever is offered.

    With `earth_broken` pilot and proximity have no way back: at the charger there is nothing to be seen of either.

    `only_phase`: its load is a single-phase one on that phase, 1 to 3.
    """

    state: str = "B"
    diode: Diode = Diode.OK
    proximity_ohm: float | None = 220.0
    load_a: float = 0.0
    phases: int = 3
    only_phase: int | None = None
    earth_broken: bool = False
    live: bool = False

    def __post_init__(self) -> None:
        if self.earth_broken:
            self.proximity_ohm = None
        if self.state not in ADAPTER_OHM:
            raise ValueError(f"state: {self.state!r} is not one of {', '.join(ADAPTER_OHM)}")
        if not 0 <= self.load_a <= 80:
            raise ValueError(f"load_a: {self.load_a} is outside 0…80 A")
        if self.phases not in PHASES:
            raise ValueError(f"phases: {self.phases} is not 1, 2 or 3")
        if self.only_phase not in (None, *PHASES):
            raise ValueError(f"only_phase: {self.only_phase} is not 1, 2 or 3")

    def pilot_load(self) -> PilotLoad:
        if self.earth_broken:
            return PilotLoad(OPEN_OHM, self.diode)
        diode = Diode.SHORTED if self.state == "E" else self.diode
        return PilotLoad(ADAPTER_OHM[self.state], diode)

    def phase_ma(self) -> tuple[int, int, int]:
        load_ma = round(self.load_a * 1000) if self.live else 0
        loaded = range(1, self.phases + 1) if self.only_phase is None else (self.only_phase,)
        one, two, three = (load_ma if phase in loaded else 0 for phase in PHASES)
        return one, two, three

    def sees(self, offered_a: float, live: bool) -> None:
        self.live = live

    def draws(self, power_uw: int) -> None:
        """A resistor keeps no account."""

    def leaves(self) -> None:
        """Nothing is pending in a resistor."""
