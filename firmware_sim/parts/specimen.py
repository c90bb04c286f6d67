"""One board and one car as they were built: where each stands inside its tolerances (pilot.md 2, 8)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from firmware_sim.parts.converter import Converter, calibrated
from firmware_sim.pilot_circuit import DIODE_DROP_V, GENERATOR_V, SOURCE_OHM

GENERATOR_SPREAD_V = 0.15
"""A driver's own: rails of 12.0 V ± 2 % less up to 0.15 V. What the standard allows is 0.6 V."""
RESISTOR_SPREAD = 0.03
DIODE_V = (0.55, 0.85)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """The defaults are the nominal ones. `chance` draws noise and travel; None is a world without either."""

    high_v: float = GENERATOR_V
    low_v: float = -GENERATOR_V
    source_ohm: float = SOURCE_OHM
    car_factor: float = 1.0
    diode_v: float = DIODE_DROP_V
    converter: Converter | None = None
    chance: random.Random | None = None


NOMINAL = Specimen()


def drawn(chance: random.Random) -> Specimen:
    """Any that passes the factory's test."""
    return Specimen(
        high_v=GENERATOR_V + chance.uniform(-GENERATOR_SPREAD_V, GENERATOR_SPREAD_V),
        low_v=-GENERATOR_V + chance.uniform(-GENERATOR_SPREAD_V, GENERATOR_SPREAD_V),
        source_ohm=SOURCE_OHM * (1 + chance.uniform(-RESISTOR_SPREAD, RESISTOR_SPREAD)),
        car_factor=1 + chance.uniform(-RESISTOR_SPREAD, RESISTOR_SPREAD),
        diode_v=chance.uniform(*DIODE_V),
        converter=calibrated(chance),
        chance=random.Random(chance.getrandbits(64)),
    )
