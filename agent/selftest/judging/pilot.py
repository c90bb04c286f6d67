"""The pilot's generator and the states that a car makes of it (ST201 to ST209). Pure.

Levels in volts at the charger's end of the pilot, after its series resistor; currents in amperes, resistances in ohms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, hypot, pi, sin
from statistics import fmean, pstdev

from agent.core.commissioning.model import Measured, Outcome, Verdict, failed, passed, warned
from agent.core.control_pilot import PilotState
from agent.selftest.judging.limits import CATALOGUE, all_told, fits, outside
from agent.values import frozen

GENERATOR = "cp.generator"
TABLE_A2 = "IEC 61851-1 Table A.2"
TABLE_A4 = "IEC 61851-1 Table A.4"

LEVEL_V = (11.4, 12.6)
RIPPLE_V = 0.2
FREQUENCY_HZ = (980.0, 1020.0)
GOOD_FREQUENCY_HZ = (995.0, 1005.0)
DUTY_ERROR = 0.5
GOOD_DUTY_ERROR = 0.2
"""Percent of the period. Above the nominal value no more than this: it would offer more than is meant."""
SWEEP_A = (6.0, 10.0, 13.0, 16.0, 20.0, 25.0, 32.0, 40.0, 48.0, 63.0, 80.0)

ADAPTER_OHM: Mapping[PilotState, float] = {PilotState.B: 2740.0, PilotState.C: 882.0}
DIODE_V = 0.7
SOURCE_OHM = (920.0, 1080.0)
"""The standard's 970…1030 Ω, widened by what is not the charger's: adapter ±1.5 %, its diode 0.55…0.85 V instead of 0.7
V (2.3 % in the mean of B and C), a reading that is 50 mV off (1 %)."""

BAND_V: Mapping[PilotState, tuple[float, float]] = {
    PilotState.A: (11.0, 13.0),
    PilotState.B: (8.0, 10.0),
    PilotState.C: (5.0, 7.0),
    PilotState.D: (2.0, 4.0),
    PilotState.E: (-1.2, 1.2),
}
"""E by the pilot reference, section 6: the standard's ±1 V and the reading's own error."""

NOISE_V = 0.06
LEAK_V = 0.2
NOMINAL_V = 12.0


# --- the generator


def rails(plus_v: Sequence[float], minus_v: Sequence[float]) -> Outcome:
    """Both rails of the pilot's generator over about a second (ST201)."""
    measured = (
        *_rail("+12 V rail", plus_v, LEVEL_V),
        *_rail("-12 V rail", minus_v, (-LEVEL_V[1], -LEVEL_V[0])),
    )
    evidence = {"plus_v": list(plus_v), "minus_v": list(minus_v)}
    wrong = outside(measured)
    if not wrong:
        return passed(f"Both rails hold: {all_told(measured)}.", *measured, evidence=evidence)
    return failed(
        f"The pilot's supply is out of bounds: {all_told(wrong)}.",
        "Measure the 12 V supply at the board's terminals. If it is in order there, replace the pilot board.",
        *measured,
        cause="power.rail",
        evidence=evidence,
    )


def _rail(name: str, readings: Sequence[float], bounds: tuple[float, float]) -> tuple[Measured, ...]:
    return (
        Measured(name=name, value=round(fmean(readings), 3), unit="V", low=bounds[0], high=bounds[1], source=TABLE_A2),
        Measured(
            name=f"{name}, spread",
            value=round(max(readings) - min(readings), 3),
            unit="V",
            high=RIPPLE_V,
            source=f"{CATALOGUE} ST201",
        ),
    )


def is_level(high_v: float) -> bool:
    """What an empty outlet should show in x1."""
    return LEVEL_V[0] <= high_v <= LEVEL_V[1]


def levels(high_v: float, low_v: float | None) -> Outcome:
    """Steady +12 V and steady -12 V on an empty outlet; None: the first one was bad enough (ST202)."""
    high = _level("high level", high_v, LEVEL_V)
    low = () if low_v is None else (_level("low level", low_v, (-LEVEL_V[1], -LEVEL_V[0])),)
    measured = (high, *low)
    wrong = outside(measured)
    if not wrong:
        return passed(f"The pilot stands right: {all_told(measured)}.", *measured)
    return failed(
        f"The pilot's level is wrong: {all_told(wrong)}.",
        "Unplug the pilot wire from the board and repeat. If the level is right then, the cable or the socket leaks: "
        "dry or replace it. If not, replace the pilot board.",
        *measured,
        cause=GENERATOR,
    )


def _level(name: str, value: float, bounds: tuple[float, float]) -> Measured:
    return Measured(name=name, value=round(value, 3), unit="V", low=bounds[0], high=bounds[1], source=TABLE_A2)


def frequency(hz: float | None) -> Outcome:
    """Counted by the board at the generator; None: it counted nothing (ST203)."""
    low, high = FREQUENCY_HZ
    measured = Measured(name="frequency", value=hz, unit="Hz", low=low, high=high, source=TABLE_A2)
    if hz is None:
        return failed(
            "The board counted no square wave at its pilot although it was told to make one.",
            "Replace the pilot board: a pilot without its square wave offers no current.",
            measured,
            cause=GENERATOR,
        )
    if not fits(measured):
        return failed(
            f"The pilot runs at {hz:g} Hz, where {low:g}…{high:g} Hz are right.",
            "Replace the pilot board: cars read the wrong current, or none.",
            measured,
            cause=GENERATOR,
        )
    good_low, good_high = GOOD_FREQUENCY_HZ
    if good_low <= hz <= good_high:
        return passed(f"The pilot runs at {hz:g} Hz.", measured)
    return warned(
        f"The pilot runs at {hz:g} Hz: allowed, and further off than a good board ({good_low:g}…{good_high:g} Hz).",
        "Note it in the report; replace the pilot board at the next visit if it drifts further.",
        measured,
        cause=GENERATOR,
    )


@frozen(kw_only=True)
class DutyPoint:
    """One offered current: duty in percent as it was ordered and as it was counted; None: nothing was counted."""

    current_a: float
    ordered_percent: float
    counted_percent: float | None

    @property
    def error(self) -> float | None:
        """Positive: more than was ordered."""
        return None if self.counted_percent is None else round(self.counted_percent - self.ordered_percent, 3)


def duty_sweep(points: Sequence[DutyPoint]) -> Outcome:
    """What is offered against what is meant, over the charger's range (ST204)."""
    measured = tuple(
        Measured(
            name=f"duty error at {point.current_a:g} A",
            value=point.error,
            unit="%",
            low=-DUTY_ERROR,
            high=GOOD_DUTY_ERROR,
            source=f"{TABLE_A2} (±5 µs); {CATALOGUE} ST204",
        )
        for point in points
    )
    evidence = {"points": [[point.current_a, point.ordered_percent, point.counted_percent] for point in points]}
    wrong = outside(measured)
    if wrong:
        return failed(
            f"The duty cycle is not what was ordered: {all_told(wrong)}.",
            "Replace the pilot board: a car would draw another current than the limit says.",
            *measured,
            cause=GENERATOR,
            evidence=evidence,
        )
    worst = max((abs(point.error or 0.0) for point in points), default=0.0)
    says = f"The duty cycle is right for {len(points)} currents, at most {worst:g} % off."
    verdict = Verdict.PASS if worst <= GOOD_DUTY_ERROR else Verdict.WARN
    hint = "" if verdict is Verdict.PASS else "Allowed, and further off than a good board; note it in the report."
    cause = "" if verdict is Verdict.PASS else GENERATOR
    return Outcome(verdict=verdict, says=says, next=hint, cause=cause, measured=measured, evidence=evidence)


# --- with an adapter


def source_ohm(open_v: float, level_v: float, adapter_ohm: float, diode_v: float = DIODE_V) -> float:
    """The series resistor from the level at a known load: what it drops, over the current that the load draws.

    ZeroDivisionError and nonsense below the diode's drop: ask only for levels of B and C.
    """
    return (open_v - level_v) / ((level_v - diode_v) / adapter_ohm)


def source_resistance(open_v: float, seen_v: Mapping[PilotState, float]) -> Outcome:
    """From the levels at B and at C; the mean of both is judged (ST205)."""
    each = {state: source_ohm(open_v, volts, ADAPTER_OHM[state]) for state, volts in seen_v.items()}
    low, high = SOURCE_OHM
    ohm = Measured(
        name="series resistor",
        value=round(fmean(each.values()), 1),
        unit="Ω",
        low=low,
        high=high,
        source=f"{TABLE_A2}: 970…1030 Ω, and the adapter's and the reading's own errors",
    )
    volts = tuple(Measured(name=f"level at {state.value}", value=round(seen_v[state], 3), unit="V") for state in seen_v)
    measured = (ohm, Measured(name="open level", value=round(open_v, 3), unit="V"), *volts)
    evidence = {f"ohm_at_{state.value}": round(value, 1) for state, value in each.items()}
    if fits(ohm):
        return passed(f"The series resistor of the pilot is {ohm.value:g} Ω.", *measured, evidence=evidence)
    return failed(
        f"The series resistor of the pilot is {ohm.value:g} Ω, where {low:g}…{high:g} Ω are right.",
        "Repeat with another adapter, or measure this one: B is 2740 Ω, C 882 Ω. If it is in order, the resistor is "
        "burnt or the pilot wire has a bad contact: check its terminals, then replace the pilot board.",
        *measured,
        cause=GENERATOR,
        evidence=evidence,
    )


def band(state: PilotState, high_v: float | None) -> Measured:
    """A settled level against the standard's band of its state."""
    low, high = BAND_V[state]
    value = None if high_v is None else round(high_v, 3)
    return Measured(name=f"level in {state.value}", value=value, unit="V", low=low, high=high, source=TABLE_A4)


def noise(
    high_v: Sequence[float], low_v: Sequence[float], open_low_v: float | None, pick_up_v: float | None
) -> Outcome:
    """Spread of window means in x1, and the low level under PWM against the one alone (ST209).

    `open_low_v` is ST202's low level; None: the nominal one stands in. `pick_up_v` is the peak of the mains that a raw
    capture shows; it is noted, and not judged: a long cable has it and it averages out.
    """
    against_v = -NOMINAL_V if open_low_v is None else open_low_v
    spread = Measured(name="noise", value=round(pstdev(high_v), 4), unit="V", high=NOISE_V, source=f"{CATALOGUE} ST209")
    lifted = Measured(
        name="low level lifted by",
        value=round(fmean(low_v) - against_v, 3),
        unit="V",
        low=-LEAK_V,
        high=LEAK_V,
        source=f"{CATALOGUE} ST209",
    )
    hum = () if pick_up_v is None else (Measured(name="mains pick-up", value=round(pick_up_v, 3), unit="V"),)
    measured = (spread, lifted, *hum)
    evidence = {"high_v": list(high_v), "low_v": list(low_v)}
    if not outside(measured):
        return passed(f"The pilot line is quiet: {all_told((spread, lifted))}.", *measured, evidence=evidence)
    if not fits(lifted):
        leak = leak_ohm(fmean(low_v), against_v)
        through = "" if leak is None else f", as through {leak / 1000:.0f} kΩ to earth"
        return failed(
            f"The pilot line leaks: its low level is {lifted.value:g} V off{through}.",
            "Dry the connector and the cable's gland, then repeat. If it stays, replace the cable or the socket.",
            *measured,
            cause="cp.leak",
            evidence=evidence,
        )
    return failed(
        f"The pilot line is noisy: {all_told((spread,))}.",
        "Lay the pilot wire apart from the power conductors, check its earth at the board, then repeat.",
        *measured,
        cause="cp.range",
        evidence=evidence,
    )


def leak_ohm(low_v: float, open_low_v: float) -> float | None:
    """The shunt that lifts the low level from `open_low_v` to `low_v`, behind 1000 Ω; None where nothing does."""
    dropped_v = low_v - open_low_v
    return None if dropped_v <= 0 or low_v >= 0 else 1000.0 * -low_v / dropped_v


def pick_up_v(levels_mv: Sequence[int], step_us: int, mains_hz: float = 50.0) -> float | None:
    """Peak of the mains in a steady capture: the first Fourier term over whole cycles; None where it is too short."""
    samples_a_cycle = 1e6 / mains_hz / step_us
    count = int(len(levels_mv) // samples_a_cycle * samples_a_cycle)
    if count < samples_a_cycle:
        return None
    turn = 2 * pi / samples_a_cycle
    real = sum(level * cos(turn * at) for at, level in enumerate(levels_mv[:count]))
    imaginary = sum(level * sin(turn * at) for at, level in enumerate(levels_mv[:count]))
    return 2 * hypot(real, imaginary) / count / 1000
