"""Ways in which the temperature sensors of the charger's computer fail. The pilot board's own are in of_heat.py."""

from __future__ import annotations

from firmware_sim.arguments import BadArgument, NotNow
from firmware_sim.parts.warmth import TERMINAL
from firmware_sim.ways.registry import Mend, way
from firmware_sim.world import TemperatureSensor, World

NEEDS_SENSOR = ("sensor_gone", "sensor_says")


@way
def sensor_gone(world: World, connector: int, *, place: str = TERMINAL) -> Mend:
    """The first sensor there is pulled out."""
    sensor = _sensor(world, connector, place)
    sensor.vanish()
    return sensor.appear


@way
def sensor_says(world: World, connector: int, *, place: str = TERMINAL, what: str = "empty") -> Mend:
    """The first sensor there says something that is no temperature."""
    sensor = _sensor(world, connector, place)
    if what not in sensor.faults:
        raise BadArgument(f"what: {what!r} is nothing that such a sensor says; write {' or '.join(sensor.faults)}")
    sensor.says(what)
    return lambda: sensor.says(None)


def _sensor(world: World, connector: int, place: str) -> TemperatureSensor:
    there = world.sensors.get(connector, []) + world.sensors.get(0, [])
    for one in there:
        if one.place == place:
            return one.sensor
    places = ", ".join(sorted({one.place for one in there})) or "none"
    raise NotNow(f"connector {connector}: the charger's computer has no sensor at its {place!r}; it has {places}")
