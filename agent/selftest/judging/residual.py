"""Residual current protection: its own test, the installer's tester, and what has to follow a trip (ST301 to ST306).

Pure. Currents in milliamperes, times in milliseconds unless their name says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.config.measurement_limits import DcTrip, RcdTimes
from agent.core.commissioning.model import ENTERED, Measured, Outcome, Verdict, failed, passed
from agent.drivers.board_service import ResidualTestOutcome
from agent.selftest.judging.limits import CATALOGUE, all_told, fits, outside
from agent.selftest.judging.mains import EARTH_GOOD_V, EARTH_V
from agent.values import frozen

IEC_61008 = "IEC 61008-1, table 1: general type"

TRIPS_MS, CLEARS_MS = 1_000, 3_000
AFTER_MODULE_MS = 60
FIVE_TIMES_MS = 40.0
"""Of the device itself, where the rules of the place do not have it measured at five times its current."""
EDGES_AT_50_HZ, NOMINAL_HZ = 8.0, 50.0
UNIT = (
    "Check the residual current unit's plug on the board and its test wire, then repeat. If it stays, replace the unit."
)


def self_test(tests: Sequence[ResidualTestOutcome], test: str) -> Outcome:
    """Trips, drops the chain with it, and lets go again, each time (ST301, ST304)."""
    source = f"{CATALOGUE} {test}"
    measured: list[Measured] = []
    for place, one in enumerate(tests, 1):
        which = f" {place}" if len(tests) > 1 else ""
        measured.append(Measured(name=f"trip{which}", value=one.trip_ms, unit="ms", high=TRIPS_MS, source=source))
        measured.append(Measured(name=f"released{which}", value=one.clear_ms, unit="ms", high=CLEARS_MS, source=source))
    problem = _problem(tests, tuple(measured))
    if problem is None:
        return passed(f"The residual current unit trips and lets go: {all_told(tuple(measured))}.", *measured)
    says, hint = problem
    return failed(says, hint, *measured, cause="rcd.selftest_failed")


def _problem(tests: Sequence[ResidualTestOutcome], measured: tuple[Measured, ...]) -> tuple[str, str] | None:
    if any(one.trip_ms is None for one in tests):
        return f"The residual current unit did not trip within {TRIPS_MS} ms of its test current.", UNIT
    if any(one.chain_dropped is False for one in tests):
        hint = (
            "Check the wire from the unit's output into the safety chain: the unit trips, and would not open. "
            "Replace the pilot board if the wire is right."
        )
        return "The unit tripped, and the safety chain did not drop with it.", hint
    if wrong := outside(measured):
        return f"The residual current unit is too slow: {all_told(wrong)}.", UNIT
    return None if all(one.passed for one in tests) else ("The board calls the unit's test failed.", UNIT)


# --- tested from outside


def dc_trip(tripped_ma: float, tripped_ms: float, opens_ms: int | None, rule: DcTrip) -> Outcome:
    """What the tester showed, and the time of our own opening behind the unit's output (ST302)."""
    measured = (
        Measured(
            name="trip current", value=tripped_ma, unit="mA DC", low=rule.low_ma, high=rule.high_ma, source=rule.source
        ),
        Measured(name="trip time", value=tripped_ms, unit="ms", high=rule.most_ms, source=rule.source),
        Measured(
            name="open after the unit's output",
            value=opens_ms,
            unit="ms",
            high=AFTER_MODULE_MS,
            source=f"{CATALOGUE} ST302",
        ),
    )
    judged = _dc_judged(tripped_ma, measured, rule)
    return replace(judged, evidence={ENTERED: [one.name for one in measured[:2]]})


def _dc_judged(tripped_ma: float, measured: tuple[Measured, ...], rule: DcTrip) -> Outcome:
    wrong = outside(measured)
    if not wrong:
        return passed(f"Direct residual current opens the output: {all_told(measured)}.", *measured)
    if wrong == measured[2:]:
        hint = "Run ST403: if the contactor is slow, replace it."
        return failed(
            f"The unit trips, and the output opens late: {all_told(wrong)}.", hint, *measured, cause="rcd.dc_trip"
        )
    if tripped_ma < rule.low_ma:
        hint = (
            "Repeat with everything behind the charger unplugged: what leaks already is added. Then replace the unit."
        )
    else:
        hint = "Repeat with another tester. If it stays, replace the residual current unit: it protects nobody."
    return failed(f"The unit trips at the wrong place: {all_told(wrong)}.", hint, *measured, cause="rcd.dc_trip")


def no_trip(what: str, cause: str) -> Outcome:
    """The tester ran its test, and the output stayed live."""
    return failed(
        f"The output stayed live at {what}.",
        "Check the tester's setting and its contact to earth, and that it kept its current on until the outlet opened "
        "(the unit may take 10 s at 6 mA), and repeat. If it stays, replace the unit: it protects nobody.",
        cause=cause,
    )


@frozen(kw_only=True)
class AcStep:
    """One press of the tester. `factor` of 30 mA, `angle` in degrees. `within_ms` None: it must not trip."""

    factor: float
    angle: int
    within_ms: float | None
    source: str

    @property
    def words(self) -> str:
        return f"{30 * self.factor:g} mA AC at {self.angle}°"


def ac_steps(rule: RcdTimes) -> tuple[AcStep, ...]:
    """Each current at the rise and at the fall of the wave."""
    five_times = (FIVE_TIMES_MS, IEC_61008) if rule.five_times_ms is None else (rule.five_times_ms, rule.source)
    by_factor = {0.5: (None, rule.source), 1: (rule.once_ms, rule.source), 5: five_times}
    return tuple(
        AcStep(factor=factor, angle=angle, within_ms=within_ms, source=source)
        for factor, (within_ms, source) in by_factor.items()
        for angle in (0, 180)
    )


def ac_trip(steps: Sequence[tuple[AcStep, float | None]]) -> Outcome:
    """The tester's times; None: it did not trip (ST303)."""
    measured = tuple(
        Measured(name=f"trip at {step.words}", value=took_ms, unit="ms", high=step.within_ms, source=step.source)
        for step, took_ms in steps
        if step.within_ms is not None
    )
    return replace(_ac_judged(steps, measured), evidence={ENTERED: [one.name for one in measured]})


def _ac_judged(steps: Sequence[tuple[AcStep, float | None]], measured: tuple[Measured, ...]) -> Outcome:
    early = [step for step, took_ms in steps if step.within_ms is None and took_ms is not None]
    if early:
        return failed(
            f"It trips already at {early[0].words}.",
            "Unplug everything behind the charger and repeat: what leaks already is added. Then replace the RCD.",
            *measured,
            cause="rcd.ac_trip",
        )
    wrong = outside(measured)
    if wrong:
        return failed(
            f"Alternating residual current is not cut off in time: {all_told(wrong)}.",
            "Check the tester's contact to earth and repeat. If it stays, replace the RCD, or the unit.",
            *measured,
            cause="rcd.ac_trip",
        )
    return passed(f"Alternating residual current is cut off in time: {all_told(measured)}.", *measured)


@frozen(kw_only=True)
class AfterTrip:
    """`stayed_open`, `stood`: while the plug was in, the output was open and the trip stood. `cleared_s`: after A."""

    stayed_open: bool
    stood: bool
    cleared_s: float | None


def unplug_reset(seen: AfterTrip, within_s: float) -> Outcome:
    """After a trip there is no power again before the plug was out and the unit has passed its test (ST305)."""
    back = Measured(
        name="ready again after the plug was out",
        value=None if seen.cleared_s is None else round(seen.cleared_s, 1),
        unit="s",
        high=within_s,
        source=f"{CATALOGUE} ST305",
    )
    if not seen.stayed_open or not seen.stood:
        says = "The output closed again" if not seen.stayed_open else "The trip was forgotten"
        return failed(
            f"{says} although the plug was still in.",
            "Switch the supply off. Update the board (evsectl board flash) and repeat, or replace it.",
            back,
            cause="rcd.dc_trip",
        )
    if not fits(back):
        return failed(
            "The trip stands although the plug is out: the residual current unit has not passed its test behind it.",
            UNIT,
            back,
            cause="rcd.module_error",
        )
    return passed(f"The trip stood until the plug was out, and ended with a passed test: {all_told((back,))}.", back)


# --- the earth of the supply


def earth(edges: Sequence[float], neutral_v: Sequence[float], hz: float) -> Outcome:
    """Edges in 100 ms between L1 and earth, and volts between neutral and earth, where they are measured (ST306)."""
    least = EDGES_AT_50_HZ * hz / NOMINAL_HZ
    source = f"{CATALOGUE} ST306"
    sense = Measured(name="earth sense", value=min(edges), unit="edges in 100 ms", low=round(least, 1), source=source)
    volts = (
        (Measured(name="neutral to earth", value=round(max(neutral_v), 1), unit="V", high=EARTH_V, source=source),)
        if neutral_v
        else ()
    )
    measured = (sense, *volts)
    if volts and not fits(volts[0]):
        return failed(
            f"{all_told(volts)}: line and neutral are swapped, or neutral is missing.",
            "Switch off and check L and N at the terminals and at the breaker.",
            *measured,
            cause="mains.polarity",
        )
    if not fits(sense):
        return failed(
            f"The supply's earth does not carry: {all_told((sense,))}.",
            "Switch off. Check the PE terminal and the wire back to the earth bar; then the earthing that is set.",
            *measured,
            cause="pe.lost",
        )
    if volts and max(neutral_v) > EARTH_GOOD_V:
        return Outcome(
            verdict=Verdict.WARN,
            says=f"There is earth, and {all_told(volts)} are more than the usual {EARTH_GOOD_V:g} V.",
            next="Check the neutral's terminals upstream under load; in a TT system check the earth electrode (ST906).",
            cause="mains.polarity",
            measured=measured,
        )
    return passed(f"The supply's earth carries: {all_told(measured)}.", *measured)
