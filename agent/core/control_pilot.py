"""Control pilot vocabulary, and the code between current and duty cycle (IEC 61851-1 Annex A; pilot.md 1-4)."""

from __future__ import annotations

import math
from enum import Enum

MIN_OFFER_A = 6.0
"""The least a car can be offered; below it the pilot has no duty cycle and charging pauses."""

MAX_OFFER_A = 80.0


class PilotState(Enum):
    """Control pilot states of IEC 61851-1; UNKNOWN until the board has settled or while it emits F or E itself."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    UNKNOWN = "unknown"

    @property
    def plugged(self) -> bool:
        """A car is connected."""
        return self in (PilotState.B, PilotState.C, PilotState.D)

    @property
    def asks_for_power(self) -> bool:
        """The car has closed its switch: C, or D with ventilation."""
        return self in (PilotState.C, PilotState.D)


class WithoutAgent(Enum):
    """What becomes of the power where the agent is dead or cannot be heard any more.

    OPENS: the device ends it, by a time-out of its own. STAYS: it may go on, so that the board needs an independent
    cut-off, or is for the laboratory only. BARE: Linux alone switches, with nothing beneath it that protects a person;
    such a board is for the laboratory, whatever else it has.
    """

    OPENS = "opens"
    STAYS = "stays"
    BARE = "bare"


class ContactorState(Enum):
    """The power path as the mirror contacts tell it."""

    OPEN = "open"
    CLOSED = "closed"
    WELDED = "welded"
    NO_CLOSE = "no_close"
    UNKNOWN = "unknown"


LOW_RANGE_END_A = 51.0
HIGH_RANGE_BEGIN_A = 52.5
"""Between the two ranges of the code no duty cycle means exactly this current: the lower one is offered."""
DUTY_STEP_PERCENT = 0.01


def duty_from_current(current_a: float) -> float:
    """Duty cycle in percent that offers at most `current_a`, 6…80 A, rounded down to 0.01 %.

    ValueError outside: below 6 A there is no duty cycle, and 5 % would call for digital communication
    (IEC 61851-1 Annex A; pilot.md section 3).
    """
    if not MIN_OFFER_A <= current_a <= MAX_OFFER_A:
        raise ValueError(f"{current_a} A has no duty cycle; it must be {MIN_OFFER_A:g}…{MAX_OFFER_A:g} A")
    if current_a < HIGH_RANGE_BEGIN_A:
        return _rounded_down(min(current_a, LOW_RANGE_END_A) / 0.6)
    return _rounded_down(current_a / 2.5 + 64)


def current_from_duty(duty_percent: float) -> float:
    """The most a car may draw at this duty cycle, in amperes; 0 where it may draw nothing.

    3…7 % ask for digital communication, which an AC car without it reads as 0 (pilot.md section 3, the car's table).
    """
    if 8 <= duty_percent < 10:
        return MIN_OFFER_A
    if 10 <= duty_percent <= 85:
        return duty_percent * 0.6
    if 85 < duty_percent <= 96:
        return (duty_percent - 64) * 2.5
    return MAX_OFFER_A if 96 < duty_percent <= 97 else 0.0


def _rounded_down(duty_percent: float) -> float:
    # The small addition undoes binary residue (6 / 0.6 is 10.000000000000002 or 9.99…); it is 10000 times below a step.
    return math.floor(duty_percent / DUTY_STEP_PERCENT + 1e-4) / 100


class CableReading(Enum):
    """What the proximity resistor says besides a rating."""

    NO_CABLE = "no cable"
    OUT_OF_RANGE = "pp.range"
    SHORTED = "pp.short"


def cable_rating_from_pp(resistance_ohm: float) -> float | CableReading:
    """Current rating of the cable in a socket-outlet, A, from its proximity resistor (pilot.md section 4.1).

    The gaps of the standard's bands are given to the smaller current. `.value` of the other answers is the fault's id.
    """
    for upper_ohm, answer in _PP_BANDS:
        if resistance_ohm < upper_ohm:
            return answer
    return CableReading.NO_CABLE


_PP_BANDS: tuple[tuple[float, float | CableReading], ...] = (
    (80.0, CableReading.SHORTED),
    (140.0, 63.0),
    (308.0, 32.0),
    (936.0, 20.0),
    (2460.0, 13.0),
    (4500.0, CableReading.OUT_OF_RANGE),
)
