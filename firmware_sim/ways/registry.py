"""The list of ways to break the world. A function with the mark `@way` is one, called by its own name.

It breaks and returns how to mend; None where there is nothing to mend (a reset is over when it happened). Keyword
arguments are the fault's own. Verbs, listing and swarm read this list; `breakage` sees to it that it is full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware_sim.arguments import NotNow
from firmware_sim.outlet import Outlet
from firmware_sim.parked_cable import ParkedCable
from firmware_sim.world import World

Mend = Callable[[], None]
Way = Callable[..., Mend | None]

WAYS: dict[str, Way] = {}
LONGEST_S = 86_400.0
FAULTS_OF_CARS = ("car_flaps", "car_no_stop", "car_resistance", "car_ventilation", "overcurrent")
"""They leave with the car."""


def way(function: Way) -> Way:
    """Enter a function into the list under its own name."""
    WAYS[function.__name__] = function
    return function


def turned(thing: Any, knob: str, broken: Any, tell: Callable[[], None] = lambda: None) -> Mend:
    """Set that attribute, and say so; mending sets it back."""
    whole = getattr(thing, knob)

    def turn(position: Any) -> None:
        setattr(thing, knob, position)
        tell()

    turn(broken)
    return lambda: turn(whole)


def sense_fault(outlet: Outlet, knob: str, broken: Any) -> Mend:
    """A sense of the board tells that instead of the truth."""
    return turned(outlet.parts.faults, knob, broken, outlet.parts.touch)


def heal(world: World, name: str | None = None, connector: int | None = None) -> list[str]:
    """Mend what is broken and fits; returns the names in the order they were broken."""
    fitting = [
        (broken, number)
        for broken, number in world.broken
        if name in (None, broken) and (connector in (None, number) or (number == 0 and name is not None))
    ]
    for key in fitting:
        world.broken.pop(key)()
    return [broken for broken, _ in fitting]


def take_plug_out(world: World, connector: int | None, *, by_force: bool = False) -> None:
    """The plug is drawn; what was wrong with its car is gone with it. Raises ValueError where that cannot be."""
    outlet = world.outlet(connector)
    outlet.remove(by_force=by_force)
    _heal_car(world, outlet.number)


def leave_cable(world: World, connector: int | None) -> None:
    """Only the car's end of the cable is drawn. Raises NotNow where there is no car or no socket."""
    outlet = world.outlet(connector)
    if outlet.tethered:
        raise NotNow(f"connector {outlet.number} has a tethered cable, which nobody leaves; leave out leaves_cable")
    car = world.car(outlet.number)
    outlet.unplugged_under_load += any(outlet.phase_ma())
    outlet.exchange(ParkedCable(car.proximity_ohm))
    _heal_car(world, outlet.number)


def _heal_car(world: World, connector: int) -> None:
    for name in FAULTS_OF_CARS:
        heal(world, name, connector)
