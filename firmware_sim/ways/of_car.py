"""Ways in which a car misbehaves."""

from __future__ import annotations

from firmware_sim.arguments import within
from firmware_sim.pilot_circuit import CAR_OHM
from firmware_sim.timeline import Alarm
from firmware_sim.ways.registry import LONGEST_S, Mend, take_plug_out, turned, way
from firmware_sim.world import World


@way
def car_gone(world: World, connector: int) -> None:
    """The plug is torn out, under load if it draws, out of a lock if need be."""
    take_plug_out(world, connector, by_force=True)


@way
def car_no_stop(world: World, connector: int) -> Mend:
    """The car draws on although the offer was withdrawn (pilot.md 8.4)."""
    car = world.car(connector)
    car.misbehave(ignores_stop=True)
    return lambda: car.misbehave(ignores_stop=False)


@way
def overcurrent(world: World, connector: int, *, excess_a: float = 5.0) -> Mend:
    """The car draws that much more than it is offered."""
    within("excess_a", excess_a, 0, 80)
    car = world.car(connector)
    car.misbehave(excess_a=excess_a)
    return lambda: car.misbehave(excess_a=0.0)


@way
def car_resistance(world: World, connector: int, *, ohm: float = 1511.0) -> Mend:
    """The car's resistor is a wrong one: 1511 Ω shows 7.5 V, between two states."""
    within("ohm", ohm, 1, 1e9)
    world.car(connector)
    outlet = world.outlet(connector)
    return turned(outlet.faults, "car_ohm", ohm, outlet.settle)


@way
def car_ventilation(world: World, connector: int) -> Mend:
    """The car asks for ventilation: state D."""
    return car_resistance(world, connector, ohm=CAR_OHM["D"]) or (lambda: None)


@way
def car_flaps(world: World, connector: int, *, every_s: float = 2.0) -> Mend:
    """The car's switch opens and closes again and again."""
    within("every_s", every_s, 0.01, LONGEST_S)
    world.car(connector)
    outlet = world.outlet(connector)

    def flap() -> None:
        outlet.faults.car_ohm = None if outlet.faults.car_ohm is not None else CAR_OHM["B"]
        again.set(every_s)
        outlet.settle()

    def mend() -> None:
        again.clear()
        outlet.faults.car_ohm = None
        outlet.settle()

    again = Alarm(world.timeline, flap)
    flap()
    return mend
