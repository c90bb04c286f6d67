"""Temperature sensors, and how warm a charger becomes under load (ST601, ST602). Pure. Degrees Celsius, kelvins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.commissioning.model import Measured, Outcome, failed, passed, warned
from agent.selftest.judging.limits import CATALOGUE, all_told, fits, outside
from agent.values import frozen

SENSOR = "temp.sensor"

PLAUSIBLE_C = (-35.0, 60.0)
ALIKE_C = 5.0
CHIP_C = (-35.0, 85.0)
"""The processor of the charger's computer warms itself: 60 °C are an ordinary day for it (proposed)."""
CHIP_PLACES = ("controller",)
PAIR_K = 10.0
AMBIENT_K = 8.0

LEAST_A = 16.0
RISE_K, SLOPE_K_PER_MIN = 40.0, 1.0


@frozen(kw_only=True)
class SensorLook:
    """One sensor. `place` is what it is fastened to; `celsius` None: it gives no temperature, `problem` says why."""

    name: str
    place: str
    celsius: float | None
    problem: str = ""


def plausible(looks: Sequence[SensorLook], ambient_c: float | None) -> Outcome:
    """Every sensor tells a temperature that can be true of an idle charger (ST601)."""
    measured = tuple(_of_sensor(look, ambient_c) for look in looks)
    pairs = _pairs(looks)
    silent = [look for look in looks if look.celsius is None]
    if silent:
        named = "; ".join(f"{one.name}: {one.problem or 'its lead is broken or shorted'}" for one in silent)
        return failed(
            f"No temperature comes from {named}.",
            "Check the plug and the lead of the sensor that is named; a thermistor has some 10 kΩ at 25 °C.",
            *measured,
            cause=SENSOR,
        )
    wrong = outside((*measured, *pairs))
    if _is_cold(looks):
        return failed(
            f"The whole charger is too cold: {all_told(wrong)}.",
            "Wait until it is warmer, or heat its place: below that nobody may charge, and no test means much.",
            *measured,
            *pairs,
            cause="temp.low",
        )
    if wrong:
        return failed(
            f"A temperature cannot be true: {all_told(wrong)}.",
            "Feel the place. If it is not as warm or cold as that, replace the sensor; two in one place tell which is "
            "wrong. A charger that has just charged needs an hour to cool.",
            *measured,
            *pairs,
            cause=SENSOR,
        )
    return passed(f"The sensors agree: {all_told(measured)}.", *measured, *pairs)


def _is_cold(looks: Sequence[SensorLook]) -> bool:
    """Sensors that break do not all say the same; winter does."""
    known = [look.celsius for look in looks if look.celsius is not None]
    return len(known) > 1 and max(known) < PLAUSIBLE_C[0] and max(known) - min(known) <= ALIKE_C


def _of_sensor(look: SensorLook, ambient_c: float | None) -> Measured:
    low, high = CHIP_C if look.place in CHIP_PLACES else PLAUSIBLE_C
    source = f"{CATALOGUE} ST601"
    if ambient_c is not None and look.place not in CHIP_PLACES:
        low, high = ambient_c - AMBIENT_K, ambient_c + AMBIENT_K
        source = f"{source}: {AMBIENT_K:g} K around {ambient_c:g} °C outside"
    return Measured(name=look.name, value=look.celsius, unit="°C", low=low, high=high, source=source)


def _pairs(looks: Sequence[SensorLook]) -> tuple[Measured, ...]:
    """Sensors that share a place."""
    by_place: dict[str, list[float]] = {}
    for look in looks:
        if look.celsius is not None:
            by_place.setdefault(look.place, []).append(look.celsius)
    return tuple(
        Measured(
            name=f"{place}, its sensors apart",
            value=round(max(each) - min(each), 1),
            unit="K",
            high=PAIR_K,
            source=f"{CATALOGUE} ST601",
        )
        for place, each in by_place.items()
        if len(each) > 1
    )


@frozen(kw_only=True)
class Warming:
    """A place under a steady load: (seconds, °C) from the first moment on."""

    place: str
    curve: tuple[tuple[float, float], ...]

    @property
    def rise_k(self) -> float:
        return self.curve[-1][1] - self.curve[0][1]

    def slope_k_per_min(self, over_s: float = 300.0) -> float:
        """At the end: sensors step by a kelvin, so less than five minutes would tell a step and no slope."""
        end_s, end_c = self.curve[-1]
        begin_s, begin_c = next(point for point in self.curve if point[0] >= end_s - over_s)
        return 0.0 if end_s <= begin_s else 60 * (end_c - begin_c) / (end_s - begin_s)


def rise(warmings: Sequence[Warming], current_a: float, rated_a: float) -> Outcome:
    """How warm the terminals become; scaled by the square of the current to what they would at the rated one (ST602).

    The catalogue holds 40 K against whatever current was there: half the current makes a quarter of the warmth, and a
    loose terminal would pass.
    """
    ended_s = max((warming.curve[-1][0] for warming in warmings), default=0.0)
    if gone := [warming.place for warming in warmings if warming.curve[-1][0] < ended_s]:
        return failed(
            f"No temperature came from {', '.join(gone)} any more while the charge went on.",
            "Check the plug and the lead of the sensor, then repeat.",
            cause=SENSOR,
        )
    scale = (rated_a / current_a) ** 2
    measured = tuple(one for warming in warmings for one in _of_warming(warming, scale, rated_a))
    evidence: Mapping[str, object] = {one.place: [list(point) for point in one.curve] for one in warmings}
    rises = tuple(one for one in measured if one.unit == "K")
    if outside(rises):
        return failed(
            f"A place becomes too warm: {all_told(outside(rises))}.",
            "Switch off, let it cool, and tighten the terminals with the torque of the data sheet (ST909). One that is "
            "dark has to be replaced. Then repeat.",
            *measured,
            cause="temp.terminal_derate",
            evidence=evidence,
        )
    if not all(fits(one) for one in measured):
        return warned(
            f"It is still becoming warmer: {all_told(outside(measured))}.",
            "Let the load run for another twenty minutes, and repeat.",
            *measured,
            cause="temp.terminal_derate",
        )
    return passed(f"It stays cool under {current_a:g} A: {all_told(rises)}.", *measured, evidence=evidence)


def _of_warming(warming: Warming, scale: float, rated_a: float) -> tuple[Measured, Measured]:
    source = f"{CATALOGUE} ST602"
    return (
        Measured(
            name=f"{warming.place}, rise at {rated_a:g} A",
            value=round(warming.rise_k * scale, 1),
            unit="K",
            high=RISE_K,
            source=f"{source}, scaled by the square of the current",
        ),
        Measured(
            name=f"{warming.place}, at the end",
            value=round(warming.slope_k_per_min(), 2),
            unit="K/min",
            high=SLOPE_K_PER_MIN,
            source=source,
        ),
    )
