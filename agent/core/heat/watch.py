"""What follows from the temperatures around one connector: how much may be offered, and which faults are present.

The host's own sensors, where a controller has none or the cabinet needs more than it has. A pilot board judges those at
its own inputs by itself, and the lower of the two limits counts. Pure: readings and time come in, a value comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import floor

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.faults.register import Evidence
from agent.core.heat.pacing import PacedLimit
from agent.core.heat.places import BLIND_FAULT, BLIND_SHARE, FROST, HeatPlace, allowed_a
from agent.core.heat.thermometer import Thermometer
from agent.core.heat.zone import Zone
from agent.core.time import Instant
from agent.values import frozen


@frozen(kw_only=True)
class Sensor:
    """`key` is its own, `name` what messages call it: "one_wire 28-000005e2fdc3"."""

    key: str
    name: str
    place: HeatPlace


@frozen
class Cause:
    """Why no more than `most_a` may be offered. `at_once`: without the usual pace."""

    most_a: float
    words: str
    at_once: bool = False


@frozen(kw_only=True)
class HeatWatch:
    """All sensors that concern one connector. `rated_a` is the most that hardware and installation let it offer."""

    rated_a: float
    zones: tuple[Zone, ...]
    limit: PacedLimit
    is_frosty: bool = False
    cause: str = ""
    """What lowered the limit last."""

    @property
    def limit_a(self) -> float | None:
        """What may be offered, A, 6 at least: heat that needs less is a fault that stops. None: no say in it.

        0 while both sensors of a pair are lost: two that fail at once had one cause, which may be the heat itself
        (safety.md section 8; the catalogue's half of the current is for a place that has one sensor).
        """
        if any(zone.is_blind and len(zone.thermometers) > 1 for zone in self.zones):
            return 0.0
        return None if self.limit.current_a >= self.rated_a else self.limit.current_a

    @property
    def detail(self) -> str:
        """The cause of the limit, in words."""
        causes = _causes(self.zones, self.rated_a)
        most_a = min((one.most_a for one in causes), default=self.rated_a)
        if most_a > self.limit.current_a:
            return f"1 A more each minute after: {self.cause}"
        return self.cause

    @property
    def faults(self) -> tuple[tuple[str, Evidence], ...]:
        """All that are present now, by the id of the catalogue."""
        return tuple(_faults(self))

    @property
    def lost(self) -> tuple[Thermometer, ...]:
        """The sensors that are not trusted."""
        return tuple(one for zone in self.zones for one in zone.lost)

    @property
    def is_settled(self) -> bool:
        """Every sensor has told enough: a fault that is not there is absent, not unknown."""
        return all(one.is_settled for zone in self.zones for one in zone.thermometers)

    def heard(self, key: str, celsius: float, now: Instant) -> HeatWatch:
        """After a sensor told a temperature that was measured at `now`."""
        return self._after(key, lambda one: one.heard(celsius, now), now)

    def failed(self, key: str, why: str, now: Instant) -> HeatWatch:
        """After a sensor could not be read, or told what cannot be."""
        return self._after(key, lambda one: one.failed(why, now), now)

    def _after(self, key: str, change: Callable[[Thermometer], Thermometer], now: Instant) -> HeatWatch:
        zones = tuple(
            zone.looked(tuple(change(one) if one.key == key else one for one in zone.thermometers))
            for zone in self.zones
        )
        looked = replace(self, zones=zones, is_frosty=_is_frosty(zones, was_frosty=self.is_frosty))
        return _limited(looked, now)


def heat_watch(sensors: tuple[Sensor, ...], rated_a: float, now: Instant) -> HeatWatch:
    """Before anybody read anything: nothing is limited, and each sensor has a moment for its first reading."""
    each = [Thermometer(key=one.key, name=one.name, place=one.place, since=now) for one in sensors]
    there = [place for place in HeatPlace if any(one.place is place for one in each)]
    zones = (Zone(place=place, thermometers=tuple(one for one in each if one.place is place)) for place in there)
    return HeatWatch(rated_a=rated_a, zones=tuple(zones), limit=PacedLimit(current_a=rated_a))


def _limited(watch: HeatWatch, now: Instant) -> HeatWatch:
    causes = _causes(watch.zones, watch.rated_a)
    at_once_a = min((one.most_a for one in causes if one.at_once), default=watch.rated_a)
    lowest = min(causes, key=lambda one: one.most_a, default=None)
    target_a = watch.rated_a if lowest is None else lowest.most_a
    limit = watch.limit.capped(at_once_a, now).followed(target_a, now)
    is_binding = lowest is not None and lowest.most_a <= limit.current_a
    return replace(watch, limit=limit, cause=lowest.words if lowest is not None and is_binding else watch.cause)


def _causes(zones: tuple[Zone, ...], rated_a: float) -> list[Cause]:
    """Everything that asks for less than `rated_a`."""
    return [cause for zone in zones for cause in _of_zone(zone, rated_a) if cause.most_a < rated_a]


def _of_zone(zone: Zone, rated_a: float) -> Iterator[Cause]:
    if zone.is_blind:
        (first, *_) = zone.lost
        words = f"no temperature of the {zone.place.value}: {first.name}: {first.why or 'no reading yet'}"
        yield Cause(max(MIN_OFFER_A, _tenths(rated_a * BLIND_SHARE)), words, at_once=True)
    warmest = zone.warmest
    if warmest is None or warmest.celsius is None:
        return
    words = f"{zone.place.value} at {warmest.celsius:.0f} °C ({warmest.name})"
    if zone.is_hot:
        # The bottom of the line, and where it begins again after the heat.
        yield Cause(MIN_OFFER_A, words, at_once=True)
    yield Cause(_tenths(allowed_a(zone.rule, warmest.celsius, rated_a)), words)


def _tenths(current_a: float) -> float:
    """Rounded down to what an offer can say. The small addition undoes binary residue."""
    return floor(current_a * 10 + 1e-6) / 10


def _is_frosty(zones: tuple[Zone, ...], *, was_frosty: bool) -> bool:
    coldest = _coldest(zones)
    if coldest is None or coldest.celsius is None:
        return was_frosty
    return coldest.celsius < FROST.below_c or (was_frosty and coldest.celsius <= FROST.above_c)


def _coldest(zones: tuple[Zone, ...]) -> Thermometer | None:
    out = [one for zone in zones if zone.rule.has_weather for one in zone.thermometers]
    told = [one for one in out if one.trusted and one.celsius is not None]
    return min(told, key=lambda one: one.celsius or 0.0, default=None)


def _faults(watch: HeatWatch) -> Iterator[tuple[str, Evidence]]:
    for zone in watch.zones:
        if zone.is_warm:
            yield zone.rule.derate.fault, _shown(zone.warmest)
        if zone.is_hot and zone.rule.stop is not None:
            yield zone.rule.stop.fault, _shown(zone.warmest)
    for zone in watch.zones:
        if zone.is_blind:
            (first, *_) = zone.lost
            yield BLIND_FAULT, (("place", zone.place.value), ("sensor", first.name), ("detail", first.why))
            break  # one is enough to say what to look at; the limit names the rest in turn
    if watch.is_frosty:
        yield FROST.fault, _shown(_coldest(watch.zones))


def _shown(one: Thermometer | None) -> Evidence:
    if one is None or one.celsius is None:
        return ()
    return (("place", one.place.value), ("sensor", one.name), ("celsius", float(round(one.celsius))))
