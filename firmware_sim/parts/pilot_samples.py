"""A capture of the pilot: a tenth of a second of 12-bit codes, ten microseconds apart, as the board's ring holds them.

Edges, noise and pick-up: pilot.md 8.3. Drawn only when somebody asks.
"""

from __future__ import annotations

import random
from array import array
from math import exp, pi, sin

from firmware_sim.parts.converter import SAMPLE_NOISE_MV, Converter
from firmware_sim.pilot_circuit import Drive, Generator, PilotWindow

STEP_US = 10
SAMPLES = 10_000
PERIOD_US = 1_000
SAMPLES_PER_WINDOW = 500
SUPPLY_NOISE_MV = 20.0
NOISE_MV = (SAMPLE_NOISE_MV**2 + SUPPLY_NOISE_MV**2) ** 0.5
EDGE_TAU_US = 4.0
"""Of a car in B with 5.5 nF; A 5.5, C 2.6, D 1.1."""
MAINS_HZ = 50
PICK_UP_AT_MOST_MV = 300.0
"""What a cable of some metres picks up from the conductors beside it, at the peak."""


def capture(
    generator: Generator,
    window: PilotWindow,
    chance: random.Random,
    converter: Converter | None = None,
    *,
    noise_mv: float = 0.0,
) -> bytes:
    """10 000 codes of two bytes, low first. How much of the mains the cable picks up is drawn with the noise.

    `noise_mv`: on top of that, the same for five milliseconds, as interference that a window's mean does not lose.
    """
    measures = converter or Converter()
    phase_us = chance.randrange(PERIOD_US)
    pick_up_mv, mains_phase = chance.uniform(0.0, PICK_UP_AT_MOST_MV), chance.uniform(0, 2 * pi)
    codes = array("H")
    disturbed_mv = 0.0
    for at in range(SAMPLES):
        if noise_mv and at % SAMPLES_PER_WINDOW == 0:
            disturbed_mv = chance.gauss(0.0, noise_mv)
        level_mv = _level_mv(generator, window, (at * STEP_US + phase_us) % PERIOD_US)
        level_mv += pick_up_mv * sin(mains_phase + 2 * pi * MAINS_HZ * at * STEP_US / 1e6)
        level_mv += disturbed_mv
        codes.append(measures.read_code(level_mv, chance.gauss(0.0, NOISE_MV)))
    return b"".join(code.to_bytes(2, "little") for code in codes)


def _level_mv(generator: Generator, window: PilotWindow, at_us: int) -> float:
    """In the period that begins with the rising edge."""
    low_mv = window.low_mv if window.low_mv is not None else window.high_mv
    if generator.drive is not Drive.X2:
        return window.high_mv
    fall_us = generator.duty * PERIOD_US / 10_000
    if at_us < fall_us:
        return window.high_mv + (low_mv - window.high_mv) * exp(-at_us / EDGE_TAU_US)
    return low_mv + (window.high_mv - low_mv) * exp(-(at_us - fall_us) / EDGE_TAU_US)
