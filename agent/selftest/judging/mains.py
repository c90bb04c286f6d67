"""The supply as the charger finds it (ST501 to ST504). Pure. Volts against neutral, or between two hot legs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from agent.core.commissioning.model import Measured, Outcome, failed, passed, warned
from agent.selftest.judging.limits import CATALOGUE, all_told, fits, outside
from agent.values import frozen

IEC_60038 = "IEC 60038: nominal voltage ±10 %"
EN_50160 = "EN 50160, 4.2.1: 50 Hz ±1 %, and -6 %/+4 % at the most"

VOLTAGE_SHARE = 0.1
SPREAD_PERCENT = 5.0
FREQUENCY_HZ = {50: (47.0, 52.0), 60: (57.0, 62.0)}
GOOD_FREQUENCY_HZ = {50: (49.5, 50.5), 60: (59.5, 60.5)}
MISSING_SHARE = 0.5
"""Of the nominal voltage: what is below is no phase any more, only what its neighbours induce (mains.phase_loss)."""
EARTH_GOOD_V, EARTH_V = 10.0, 50.0
"""Between neutral and earth. A neutral that carries current lifts itself by some volts; touch voltage ends at 50 V."""

PHASES = ("L1", "L2", "L3")


@frozen(kw_only=True)
class MainsReading:
    """One look at the supply by one instrument, the phases of this charger only. What it cannot measure is None."""

    instrument: str
    voltages_v: tuple[float | None, ...]
    frequency_hz: float | None = None
    is_in_order: bool | None = None
    earth_neutral_v: float | None = None


def voltage(readings: Sequence[MainsReading], nominal_v: float) -> Outcome:
    """Mean, least and most of each phase against the nominal voltage, and the phases against each other (ST501)."""
    by_phase = list(zip(*(one.voltages_v for one in readings), strict=True))
    heard = {PHASES[at]: [volts for volts in each if volts is not None] for at, each in enumerate(by_phase)}
    low, high = nominal_v * (1 - VOLTAGE_SHARE), nominal_v * (1 + VOLTAGE_SHARE)
    measured = tuple(each for phase, volts in heard.items() for each in _of_phase(phase, volts, low, high))
    spread = _spread([fmean(volts) for volts in heard.values() if volts])
    everything = (*measured, spread)
    evidence = {f"{phase.lower()}_v": volts for phase, volts in heard.items()}
    by = readings[0].instrument
    wrong = outside(measured)
    if wrong:
        return _wrong_voltage(heard, wrong, everything, by, (nominal_v, evidence))
    if not fits(spread):
        return warned(
            f"The phases differ by {spread.value:g} %, by {by}: {all_told(measured[::3])}.",
            "Look for a loose neutral first: tighten it at every terminal from the meter board on, dead. If it is "
            "tight, other loads pull one phase down; let the electrician spread them.",
            *everything,
            cause="mains.undervoltage",
        )
    return passed(f"The supply is right, by {by}: {all_told(measured[::3])}.", *everything, evidence=evidence)


def _of_phase(phase: str, volts: Sequence[float], low: float, high: float) -> tuple[Measured, ...]:
    figures: Mapping[str, Callable[[Sequence[float]], float]] = {"mean": fmean, "least": min, "most": max}
    return tuple(
        Measured(
            name=f"{phase} {word}",
            value=round(figure(volts), 1) if volts else None,
            unit="V",
            low=round(low, 1),
            high=round(high, 1),
            source=IEC_60038,
        )
        for word, figure in figures.items()
    )


def _spread(means_v: Sequence[float]) -> Measured:
    percent = 0.0 if len(means_v) < 2 else 100 * (max(means_v) - min(means_v)) / fmean(means_v)
    return Measured(
        name="phases apart", value=round(percent, 2), unit="%", high=SPREAD_PERCENT, source=f"{CATALOGUE} ST501"
    )


def _wrong_voltage(
    heard: dict[str, list[float]],
    wrong: tuple[Measured, ...],
    measured: tuple[Measured, ...],
    by: str,
    behind: tuple[float, dict[str, list[float]]],
) -> Outcome:
    nominal_v, evidence = behind
    gone = [phase for phase, volts in heard.items() if not volts or fmean(volts) < MISSING_SHARE * nominal_v]
    if gone:
        return failed(
            f"{' and '.join(gone)} carries no mains voltage, by {by}: {all_told(wrong)}.",
            f"Check the breaker or fuse of {' and '.join(gone)}, and its terminal at the charger, dead.",
            *measured,
            cause="mains.phase_loss",
            evidence=evidence,
        )
    is_high = any(one.high is not None and isinstance(one.value, float) and one.value > one.high for one in wrong)
    hint = (
        "Switch off at once if one phase is high and another low: the neutral is open. Tighten it from the meter board "
        "on, dead. If all phases are high, ask the grid operator."
        if is_high
        else "Measure at the meter board. If it is right there, look for a loose terminal or a thin cable on the way; "
        "if not, ask the grid operator."
    )
    cause = "mains.overvoltage" if is_high else "mains.undervoltage"
    says = f"The voltage is out of bounds, by {by}: {all_told(wrong)}."
    return failed(says, hint, *measured, cause=cause, evidence=evidence)


def frequency(readings_hz: Sequence[float], nominal_hz: int, instrument: str) -> Outcome:
    """The worst of some seconds; a swing counts, a mean would hide it (ST502)."""
    worst_hz = max(readings_hz, key=lambda hz: abs(hz - nominal_hz))
    low, high = FREQUENCY_HZ[nominal_hz]
    measured = Measured(name="frequency", value=round(worst_hz, 3), unit="Hz", low=low, high=high, source=EN_50160)
    evidence = {"hz": list(readings_hz)}
    if not fits(measured):
        return failed(
            f"The supply runs at {worst_hz:.2f} Hz, by {instrument}, where {low:g}…{high:g} Hz are allowed.",
            "Ask what feeds this place: a generator or an inverter that stands alone has to be set right before a car "
            "is charged from it.",
            measured,
            cause="mains.frequency",
            evidence=evidence,
        )
    good_low, good_high = GOOD_FREQUENCY_HZ[nominal_hz]
    if good_low <= worst_hz <= good_high:
        return passed(f"The supply runs at {worst_hz:.2f} Hz, by {instrument}.", measured, evidence=evidence)
    return warned(
        f"The supply runs at {worst_hz:.2f} Hz, by {instrument}: allowed, and no grid does that for long.",
        "Ask what feeds this place. If it is a generator, let its governor be looked at.",
        measured,
        cause="mains.frequency",
    )


def rotation(is_in_order: bool, reading: MainsReading, nominal_v: float) -> Outcome:
    """The order in which the phases follow each other, of a three-phase charger (ST503)."""
    measured = Measured(name="order of the phases", value="L1-L2-L3" if is_in_order else "L1-L3-L2")
    gone = [
        PHASES[at] for at, volts in enumerate(reading.voltages_v) if volts is None or volts < MISSING_SHARE * nominal_v
    ]
    if gone:
        return failed(
            f"{' and '.join(gone)} carries no mains voltage, so there is no order of phases.",
            f"Check the breaker or fuse of {' and '.join(gone)}, and its terminal at the charger, dead.",
            measured,
            cause="mains.phase_loss",
        )
    if is_in_order:
        return passed(f"The phases follow each other as L1-L2-L3, by {reading.instrument}.", measured)
    return failed(
        f"The phases follow each other as L1-L3-L2, by {reading.instrument}: two of them are swapped.",
        "Switch off, swap two of the three lines at the charger's terminals, and repeat. Cars charge either way, but a "
        "group of chargers would spread its load over the wrong phases.",
        measured,
        cause="mains.rotation",
    )


def polarity(earth_neutral_v: float, line_v: float | None, instrument: str) -> Outcome:
    """Neutral is at earth, and not the line (ST504). `line_v`: L1 to neutral."""
    low_is = Measured(
        name="neutral to earth",
        value=round(earth_neutral_v, 1),
        unit="V",
        high=EARTH_V,
        source=f"{CATALOGUE} ST504; IEC 60364-4-41: 50 V touch voltage",
    )
    line = Measured(name="L1 to neutral", value=None if line_v is None else round(line_v, 1), unit="V")
    if not fits(low_is):
        return failed(
            f"Between neutral and earth stand {earth_neutral_v:.0f} V, by {instrument}: line and neutral are swapped, "
            "or the neutral or the earth is broken.",
            "Switch off at once. Check L, N and PE at the charger's terminals and at the meter board, dead.",
            low_is,
            line,
            cause="mains.polarity",
        )
    if earth_neutral_v <= EARTH_GOOD_V:
        return passed(f"Neutral lies {earth_neutral_v:.1f} V from earth, by {instrument}.", low_is, line)
    return warned(
        f"Neutral lies {earth_neutral_v:.1f} V from earth, by {instrument}: more than the {EARTH_GOOD_V:g} V of a "
        "neutral that is tight.",
        "Tighten neutral and earth, dead, and repeat. Where the charger has an earth electrode of its own (TT) some "
        "more volts can be right; write into the report which it is.",
        low_is,
        line,
        cause="mains.polarity",
    )
