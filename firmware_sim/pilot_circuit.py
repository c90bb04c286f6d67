"""The control pilot as a circuit: generator, source resistor, car, shunt. Pure.

Node equation of pilot.md 8.1; the front end's own load (9 mV at +12 V) is left out. Volts at the EVSE side against
protective earth.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

SOURCE_OHM = 1000.0
DIODE_DROP_V = 0.7
GENERATOR_V = 12.0

CAR_OHM = {"B": 2740.0, "C": 882.0, "D": 246.0}
"""What a car in that state puts between pilot and earth, behind its diode (pilot.md 1)."""

SAMPLES_PER_PERIOD = 100
PERIODS_PER_WINDOW = 5
SAMPLES_LOST_PER_EDGE = 2
"""Sampling of pilot.md 6: 100 kS/s, five periods, the first 20 µs after an edge are discarded."""


class Drive(IntEnum):
    """What the generator does; numbers of the firmware's hal.py."""

    X1 = 0
    X2 = 1
    F = 2


class Diode(Enum):
    """The diode in the car's pilot circuit."""

    OK = "ok"
    SHORTED = "shorted"
    OPEN = "open"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class PilotLoad:
    """The car's side: resistance behind the diode, in ohms, and the diode's drop."""

    ohm: float
    diode: Diode = Diode.OK
    drop_v: float = DIODE_DROP_V


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """What the board drives. `duty` in 1/10000 and only in X2; levels in volts before the source resistor."""

    drive: Drive = Drive.X1
    duty: int = 0
    high_v: float = GENERATOR_V
    low_v: float = -GENERATOR_V
    source_ohm: float = SOURCE_OHM


@dataclass(frozen=True, slots=True)
class PilotWindow:
    """Five milliseconds of samples as the front end reports them."""

    high_mv: int
    low_mv: int | None
    samples_high: int
    samples_low: int


def node_voltage(
    generator_v: float, load: PilotLoad | None, shunt_ohm: float | None = None, source_ohm: float = SOURCE_OHM
) -> float:
    """Volts at the pilot with this generator level. `load` None: no car or an open wire; `shunt_ohm` None: none."""
    if shunt_ohm is not None and shunt_ohm <= 0:
        return 0.0
    fixed_s = 1 / source_ohm + (1 / shunt_ohm if shunt_ohm is not None else 0.0)
    current_a = generator_v / source_ohm
    unloaded_v = current_a / fixed_s
    if load is None:
        return unloaded_v
    offset_v = _conducting_from(load, unloaded_v)
    if offset_v is None:
        return unloaded_v
    return (current_a + offset_v / load.ohm) / (fixed_s + 1 / load.ohm)


def _conducting_from(load: PilotLoad, unloaded_v: float) -> float | None:
    """The voltage the conducting branch starts at, None when it does not conduct."""
    match load.diode:
        case Diode.OK:
            return load.drop_v if unloaded_v > load.drop_v else None
        case Diode.SHORTED:
            return 0.0
        case Diode.REVERSED:
            return -load.drop_v if unloaded_v < -load.drop_v else None
        case Diode.OPEN:
            return None


def measure(generator: Generator, load: PilotLoad | None, shunt_ohm: float | None = None) -> PilotWindow:
    """What the sampling front end sees."""
    high_mv = round(1000 * node_voltage(generator.high_v, load, shunt_ohm, generator.source_ohm))
    low_mv = round(1000 * node_voltage(generator.low_v, load, shunt_ohm, generator.source_ohm))
    all_samples = SAMPLES_PER_PERIOD * PERIODS_PER_WINDOW
    match generator.drive:
        case Drive.X1:
            return PilotWindow(high_mv, None, all_samples, 0)
        case Drive.F:
            return PilotWindow(low_mv, low_mv, 0, all_samples)
        case Drive.X2:
            high = generator.duty * SAMPLES_PER_PERIOD // 10_000
            return PilotWindow(high_mv, low_mv, _usable(high), _usable(SAMPLES_PER_PERIOD - high))


NOMINAL_V = {"A": 12.0, "B": 9.0, "C": 6.0, "D": 3.0, "E": 0.0, "F": -12.0}


def state_shown(window: PilotWindow) -> str:
    """The letter whose nominal level is nearest, as a person with a voltmeter would say; no debouncing, no verdict."""
    return min(NOMINAL_V, key=lambda letter: abs(NOMINAL_V[letter] - window.high_mv / 1000))


def _usable(samples_per_period: int) -> int:
    return PERIODS_PER_WINDOW * max(0, samples_per_period - SAMPLES_LOST_PER_EDGE)


def offered_a(generator: Generator, window: PilotWindow) -> float:
    """What a car reads from the pilot, in amperes: 0 without a valid square wave (pilot.md 3, decode table)."""
    swings = generator.drive is Drive.X2 and window.high_mv >= 2_000 and (window.low_mv or 0) <= -8_000
    if not swings:
        return 0.0
    duty_percent = generator.duty / 100
    if 8 <= duty_percent < 10:
        return 6.0
    if 10 <= duty_percent <= 85:
        return round(duty_percent * 0.6, 3)
    if 85 < duty_percent <= 96:
        return round((duty_percent - 64) * 2.5, 3)
    return 80.0 if 96 < duty_percent <= 97 else 0.0
