"""The converter in front of the firmware: transfer, quantisation, and its errors. Pure.

Numbers: pilot-board-hardware.md 3 (transfer) and 5 (errors). A specimen's noise is drawn once for each new level: the
firmware sees means of many samples, and a world that rests must not be woken by noise.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass

REFERENCE_V = 3.3
FULL_CODE = 4095
MID_V = 1.65577
PER_VOLT = 0.093827
"""V_adc = 1.65577 V + 0.093827 · V_cp."""

SAMPLE_NOISE_MV = 24.0
"""One sample, at the pilot."""
AVERAGED_NOISE_MV = 6.0
"""The mean of sixteen."""

INL_FROM_CODE = (512, 1536, 2560, 3584)
INL_BANDS = ((-15, -15), (-7, -5), (-2, 2), (5, 7), (14, 15))
"""True code minus read code, by read code; the bands of five measured chips."""

RAW_OFFSET_CODES = 10.0
RAW_GAIN = 0.01
CALIBRATED_OFFSET_MV = 50.0
CALIBRATED_GAIN = 0.003
"""pilot.md 6: the error budget after calibration."""


def code_of(pilot_mv: float) -> float:
    """The code a faultless converter would deliver, before rounding."""
    return (MID_V + PER_VOLT * pilot_mv / 1000) / REFERENCE_V * FULL_CODE


def pilot_mv_of(code: float) -> float:
    """What firmware that trusts its converter makes of a code."""
    return 1000 * (code / FULL_CODE * REFERENCE_V - MID_V) / PER_VOLT


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """One specimen. `inl` is true minus read code in each of the five ranges."""

    offset_codes: float = 0.0
    gain: float = 1.0
    inl: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    noise_mv: float = 0.0

    def read_code(self, pilot_mv: float, noise_mv: float = 0.0) -> int:
        """The code at that level; beyond the ends it stays at them."""
        true_code = code_of(pilot_mv + noise_mv) * self.gain + self.offset_codes
        code = round(true_code - self.inl[bisect_right(INL_FROM_CODE, true_code)])
        return min(FULL_CODE, max(0, code))

    def reads_mv(self, pilot_mv: float, chance: random.Random | None = None) -> int:
        """The mean of a window as the firmware reports it; `chance` draws its noise."""
        noise_mv = chance.gauss(0.0, self.noise_mv) if chance is not None and self.noise_mv else 0.0
        return round(pilot_mv_of(self.read_code(pilot_mv, noise_mv)))


def raw(chance: random.Random) -> Converter:
    """A chip as it is bought, uncalibrated."""
    return Converter(
        offset_codes=chance.uniform(-RAW_OFFSET_CODES, RAW_OFFSET_CODES),
        gain=1 + chance.uniform(-RAW_GAIN, RAW_GAIN),
        inl=tuple(chance.uniform(*band) for band in INL_BANDS),
        noise_mv=AVERAGED_NOISE_MV,
    )


def calibrated(chance: random.Random) -> Converter:
    """The same after its two-point calibration: what is left is the error budget of pilot.md 6."""
    offset_mv = chance.uniform(-CALIBRATED_OFFSET_MV, CALIBRATED_OFFSET_MV)
    return Converter(
        offset_codes=code_of(offset_mv) - code_of(0.0),
        gain=1 + chance.uniform(-CALIBRATED_GAIN, CALIBRATED_GAIN),
        noise_mv=AVERAGED_NOISE_MV,
    )
