"""A temperature sensor: 10 kΩ NTC with B = 3950 K below 10 kΩ to the reference (pilot-board-hardware.md 4). Pure."""

from __future__ import annotations

from math import exp, log

NOMINAL_OHM = 10_000.0
PULL_UP_OHM = 10_000.0
B_K = 3950.0
ZERO_K = 273.15
NOMINAL_K = ZERO_K + 25.0
FULL_CODE = 4095

OPEN_CODE = FULL_CODE
SHORT_CODE = 0


def ohms(celsius: float) -> float:
    """Resistance at that temperature."""
    return NOMINAL_OHM * exp(B_K * (1 / (ZERO_K + celsius) - 1 / NOMINAL_K))


def code_of(celsius: float) -> int:
    """The converter's 12-bit code; it falls with temperature."""
    ohm = ohms(celsius)
    return round(FULL_CODE * ohm / (ohm + PULL_UP_OHM))


def celsius_of(code: int) -> float:
    """The other way round, for codes of a sensor that is there."""
    ohm = PULL_UP_OHM * code / (FULL_CODE - code)
    return 1 / (1 / NOMINAL_K + log(ohm / NOMINAL_OHM) / B_K) - ZERO_K
