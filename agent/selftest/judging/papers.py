"""What an installer measured, held against the country file (ST901 to ST909). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from agent.config.circuit import CircuitConfig, Curve, RcdType
from agent.config.countries import Number
from agent.config.measurement_limits import (
    Continuity,
    DcTrip,
    Disconnection,
    Electrode,
    Insulation,
    Leakage,
    Loop,
    RcdTimes,
)
from agent.core.commissioning.model import Measured, Outcome, failed, passed, warned
from agent.selftest.judging.limits import ENTERED, all_told, fits, outside, told
from agent.values import frozen

DOCS = "comm.site_docs"
POLARITY = "mains.polarity"


def continuity(ohm: float, current_ma: float, rule: Continuity) -> Outcome:
    """Of the protective conductor (ST901)."""
    resistance = Measured(name="protective conductor", value=ohm, unit="Ω", high=rule.most_ohm, source=rule.source)
    current = Measured(name="test current", value=current_ma, unit="mA", low=rule.least_current_ma, source=rule.source)
    if not fits(resistance):
        then = "tighten the protective conductor's terminals from the charger to the main earth, then measure again"
        return failed(told(resistance), then, resistance, current, cause=DOCS)
    if not fits(current):
        then = f"measure again with at least {rule.least_current_ma:g} mA: a small current passes one strand of many"
        return failed(told(current), then, resistance, current, cause=DOCS)
    if ohm <= 0:
        says = f"{told(resistance)}; no conductor has none"
        then = (
            "hold the tips of the leads together and null them there, not at the installation; then measure again, and "
            "write every digit that the tester shows"
        )
        return warned(says, then, resistance, current, cause=DOCS)
    if ohm > rule.good_ohm:
        says = f"{told(resistance)}; a short, sound conductor has at most {rule.good_ohm:g} Ω"
        return warned(says, "look at its terminals, unless its length explains it", resistance, current, cause=DOCS)
    return passed(told(resistance), resistance, current)


def insulation(mohm: Mapping[str, float], test_v: float, rule: Insulation, *, surge_connected: bool) -> Outcome:
    """Of each conductor against PE, by its name (ST902)."""
    least_v = rule.with_surge_v if surge_connected else rule.test_v
    voltage = Measured(name="test voltage", value=test_v, unit="V", low=least_v, source=rule.source)
    values = tuple(
        Measured(name=f"insulation {name}", value=value, unit="MΩ", low=rule.least_mohm, source=rule.source)
        for name, value in mohm.items()
    )
    if wrong := outside(values):
        then = (
            "look for a pinched cable, moisture or a surge arrester that is still connected between them; "
            "switched off, with the charger's electronics disconnected, then measure again"
        )
        return failed(all_told(wrong), then, voltage, *values, cause=DOCS)
    if not fits(voltage):
        other = "" if surge_connected else f"; {rule.with_surge_v:g} V will do where surge protection stays connected"
        then = f"measure again with {least_v:g} V DC{other}"
        return failed(told(voltage), then, voltage, *values, cause=DOCS)
    return passed(f"{all_told(values)}, with {test_v:g} V", voltage, *values)


# Loops.


@frozen(kw_only=True)
class LoopLimit:
    """The highest impedance, and how it came about."""

    ohm: float
    words: str
    source: str


def loop_limit(circuit: CircuitConfig, rule: Loop | None, voltage_v: float) -> LoopLimit | None:
    """By the breaker (self-test catalogue, section 6); None where the country file has none for its curve."""
    multiple = None if rule is None else rule.multiple_of(circuit.breaker_curve)
    if rule is None or multiple is None:
        return None
    breaker = f"{circuit.breaker_curve.value}{circuit.breaker_current_a:g}"
    return LoopLimit(
        ohm=rule.factor * voltage_v / (multiple * circuit.breaker_current_a),
        words=f"{rule.factor:.3g} × {voltage_v:g} V / ({multiple:g} × {circuit.breaker_current_a:g} A), {breaker}",
        source=rule.source,
    )


def entered_limit(ohm: float, curve: Curve) -> LoopLimit:
    """Where only a table of the maker or the standard knows it."""
    return LoopLimit(ohm=ohm, words=f"the table for {curve.value}", source=ENTERED)


def loop(
    ohm: Mapping[str, float], limit: LoopLimit, circuit: CircuitConfig, disconnection: Disconnection, rule: Loop | None
) -> Outcome:
    """Of each phase (ST903). Where an RCD may see to the disconnection instead, a loop above the limit is a warning."""
    values = tuple(
        Measured(name=f"loop {name}", value=value, unit="Ω", high=round(limit.ohm, 4), source=limit.source)
        for name, value in ohm.items()
    )
    within = f"disconnection within {disconnection.within_s(circuit.earthing):g} s"
    wrong = tuple(one for one in values if not isinstance(one.value, float) or one.value > limit.ohm)
    if not wrong:
        return passed(f"{all_told(values)}, for {within}", *values)
    says = f"{all_told(wrong)} ({limit.words}), for {within}"
    if rule is not None and rule.rcd_may_protect and has_fast_rcd(circuit):
        rcd = f"the RCD of {circuit.rcd_current_ma} mA has to see to the disconnection"
        then = "have the RCD's trip times in the report (ST904), and its use as fault protection confirmed by the rules"
        return warned(f"{says}; {rcd}", then, *values, cause=DOCS)
    then = "look for a loose terminal on the way, lay a larger section, or take a smaller breaker or another curve"
    return failed(says, then, *values, cause=DOCS)


def has_fast_rcd(circuit: CircuitConfig) -> bool:
    return circuit.rcd is not RcdType.NONE and circuit.rcd_current_ma <= 30


def voltage_drop(percent: float, most: Number) -> Outcome:
    """As measured to the outlet (ST903)."""
    drop = Measured(name="voltage drop", value=percent, unit="%", high=most.value, source=most.source)
    if fits(drop):
        return passed(told(drop), drop)
    then = "look for a loose terminal on the way; else a larger section is needed, or a smaller current"
    return failed(told(drop), then, drop, cause=DOCS)


# Residual current devices.


@frozen(kw_only=True)
class RcdReadings:
    """Milliseconds by angle; `five_times` empty where the place does not ask for it."""

    half_trips: bool
    once: Mapping[str, float]
    five_times: Mapping[str, float]


def rcd(readings: RcdReadings, rule: RcdTimes) -> Outcome:
    """Of the device in front of the charger (ST904)."""
    half = Measured(name="trips at half its current", value=readings.half_trips, source=rule.source)
    once = tuple(
        Measured(name=f"trip time at {angle}", value=value, unit="ms", high=rule.once_ms, source=rule.source)
        for angle, value in readings.once.items()
    )
    five = tuple(
        Measured(name=f"trip time at 5 × and {angle}", value=ms, unit="ms", high=rule.five_times_ms, source=rule.source)
        for angle, ms in readings.five_times.items()
    )
    if wrong := outside((*once, *five)):
        then = "exchange the RCD, or look whether a delayed one (S) was fitted, then measure again"
        return failed(all_told(wrong), then, half, *once, *five, cause=DOCS)
    if readings.half_trips:
        says = "the RCD trips at half its rated residual current"
        then = "look for leakage of other devices behind it, or exchange it: it will trip without a fault"
        return failed(says, then, half, *once, *five, cause=DOCS)
    return passed(all_told((*once, *five)), half, *once, *five)


def dc_trip(current_ma: float, time_ms: float, rule: DcTrip) -> Outcome:
    """Of a device of its own that detects 6 mA of direct current (ST904)."""
    current = Measured(
        name="direct current at the trip",
        value=current_ma,
        unit="mA",
        low=rule.low_ma,
        high=rule.high_ma,
        source=rule.source,
    )
    time = Measured(name="trip time at 6 mA DC", value=time_ms, unit="ms", high=rule.most_ms, source=rule.source)
    if wrong := outside((current, time)):
        then = "look at its wiring (all live conductors through it, PE past it), or exchange it"
        return failed(all_told(wrong), then, current, time, cause=DOCS)
    return passed(all_told((current, time)), current, time)


# The rest.


def polarity(*, is_wired_right: bool, order: str, phases: int, seen_order_is_right: bool | None) -> Outcome:
    """As the installer found it; `seen_order_is_right`: what the charger itself sees (ST503), None: nothing (ST905)."""
    wiring = Measured(name="L, N and PE where they are marked", value=is_wired_right, source=ENTERED)
    phase_order = Measured(name="phase order", value=order, source=ENTERED)
    if not is_wired_right:
        then = "switch off, put L, N and PE where they belong, prove it, and measure again"
        return failed("the conductors do not sit where they are marked", then, wiring, phase_order, cause=POLARITY)
    if (order == "single") != (phases == 1):
        says = f"a phase order of {order} was entered, and the site file says phases = {phases}"
        then = "look which is true; write phases under [site] as it is wired"
        return failed(says, then, wiring, phase_order, cause=POLARITY)
    if seen_order_is_right is not None and order != "single" and seen_order_is_right != (order == "right"):
        says = f"you found the phase order {order}, the charger sees it {'right' if seen_order_is_right else 'wrong'}"
        then = "measure the order again at the charger's own terminals; one of the two cannot be"
        return failed(says, then, wiring, phase_order, cause=POLARITY)
    if order == "left":
        then = "swap two phases at the charger's terminals where the order matters to the meter; a car does not mind"
        return warned("the phases come in the order L1 L3 L2", then, wiring, phase_order, cause=POLARITY)
    return passed(f"L, N and PE sit right, phase order: {order}", wiring, phase_order)


def electrode(ohm: float, rcd_ma: int, rule: Electrode) -> Outcome:
    """Of an earth electrode of its own, with the RCD it works with (ST906)."""
    most = rule.touch_v / (rcd_ma / 1000)
    resistance = Measured(name="earth electrode", value=ohm, unit="Ω", high=round(most, 1), source=rule.source)
    if not fits(resistance):
        then = f"drive the electrode deeper or add another one; {rule.touch_v:g} V over {rcd_ma} mA is the bound"
        return failed(told(resistance), then, resistance, cause=DOCS)
    if ohm > rule.steady_ohm:
        says = f"{told(resistance)}; above {rule.steady_ohm:g} Ω it changes with dry ground and frost"
        return warned(says, "drive the electrode deeper or add another one", resistance, cause=DOCS)
    return passed(told(resistance), resistance)


def leakage(current_ma: float, rule: Leakage) -> Outcome:
    """Of the protective conductor, while nobody charges (ST907)."""
    current = Measured(name="leakage at rest", value=current_ma, unit="mA", high=rule.most_ma, source=rule.source)
    if fits(current):
        return passed(told(current), current)
    then = "look for moisture or a damaged cable, and whether the clamp holds PE alone and far from other conductors"
    return failed(told(current), then, current, cause=DOCS)


def torque(nm: float, low_nm: float, high_nm: float) -> Outcome:
    """Of the terminals, against the data sheet that the installer read (ST909)."""
    if low_nm > high_nm:
        says = f"the data sheet cannot say from {low_nm:g} to {high_nm:g} Nm"
        one = Measured(name="torque", value=nm, unit="Nm", source="data sheet, as entered")
        return failed(says, "read both ends of the range again and enter them anew", one, cause=DOCS)
    one = Measured(name="torque", value=nm, unit="Nm", low=low_nm, high=high_nm, source="data sheet, as entered")
    if fits(one):
        return passed(told(one), one)
    then = (
        "loosen the terminals, look at the strands, and tighten them by the data sheet"
        if nm > high_nm
        else "tighten the terminals by the data sheet"
    )
    return failed(told(one), f"{then}; then enter it again", one, cause=DOCS)
