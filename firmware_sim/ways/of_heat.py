"""Ways in which a charger becomes too warm or too cold, and in which its sensors fail."""

from __future__ import annotations

from firmware_sim.arguments import BadArgument, within
from firmware_sim.parts import ntc
from firmware_sim.parts.warmth import AMBIENT_C, PLACES, TERMINAL, Place
from firmware_sim.ways.registry import Mend, way
from firmware_sim.world import World


@way
def overtemp(
    world: World,
    connector: int,
    *,
    sensor: str = TERMINAL,
    celsius: float = 110.0,
    k_per_min: float | None = None,
) -> Mend:
    """A flame holds "board", "contactor", "terminal" or "connector" at that temperature, or warms it that fast."""
    within("celsius", celsius, -60, 200)
    if k_per_min is not None:
        within("k_per_min", k_per_min, 0.1, 1000)
    place = _place(world, connector, sensor)
    place.force(celsius, k_per_min)
    return lambda: place.force(None)


@way
def too_cold(world: World, connector: int, *, celsius: float = -38.0) -> Mend:
    """A winter night: the whole charger has that temperature."""
    within("celsius", celsius, -60, 0)
    places = world.outlet(connector).parts.warmth.places.values()
    for place in places:
        place.force(celsius)

    def mend() -> None:
        for place in places:
            place.force(None)

    return mend


@way
def hot_day(world: World, connector: int, *, ambient_c: float = 50.0) -> Mend:
    """The air around the charger is that warm from now on; what is in it follows in its own time."""
    within("ambient_c", ambient_c, -50, 90)
    warmth = world.outlet(connector).parts.warmth
    warmth.stands_in(ambient_c)
    return lambda: warmth.stands_in(AMBIENT_C)


@way
def loose_terminal(world: World, connector: int) -> Mend:
    """A screw of the terminal is loose: it warms three times as much."""
    place = _place(world, connector, TERMINAL)
    place.loosen(True)
    return lambda: place.loosen(False)


@way
def ntc_open(world: World, connector: int, *, sensor: str = TERMINAL) -> Mend:
    """The lead of that temperature sensor is broken."""
    place = _place(world, connector, sensor)
    place.cut(ntc.OPEN_CODE)
    return lambda: place.cut(None)


@way
def ntc_short(world: World, connector: int, *, sensor: str = TERMINAL) -> Mend:
    """The lead of that temperature sensor is crushed."""
    place = _place(world, connector, sensor)
    place.cut(ntc.SHORT_CODE)
    return lambda: place.cut(None)


def _place(world: World, connector: int, sensor: str) -> Place:
    if sensor not in PLACES:
        raise BadArgument(f"sensor: {sensor!r} is not one of {', '.join(PLACES)}")
    return world.outlet(connector).parts.warmth.places[sensor]
