"""Ways to break the control pilot: wire, car's diode, generator, converter."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import BadArgument, within
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Diode
from firmware_sim.timeline import Alarm
from firmware_sim.ways.registry import Mend, turned, way
from firmware_sim.world import World

STIRS_EVERY_S = 0.02


@way
def cp_short(world: World, connector: int, *, ohm: float = 0.0) -> Mend:
    """Pilot to earth through `ohm`; up to 80 Ω is a short (pilot.md 8.4)."""
    within("ohm", ohm, 0, 1e9)
    return _pilot_fault(world.outlet(connector), "short_ohm", ohm)


@way
def cp_leak(world: World, connector: int, *, ohm: float = 10_000.0) -> Mend:
    """Moisture: a leak that charging survives."""
    within("ohm", ohm, 0, 1e9)
    return _pilot_fault(world.outlet(connector), "leak_ohm", ohm)


@way
def cp_diode(world: World, connector: int, *, diode: str = "shorted") -> Mend:
    """The car's diode: "shorted", "open" or "reversed"."""
    try:
        kind = Diode(diode)
    except ValueError:
        raise BadArgument(f"diode: {diode!r} is not one of {', '.join(each.value for each in Diode)}") from None
    return _pilot_fault(world.outlet(connector), "diode", kind)


@way
def cp_open(world: World, connector: int) -> Mend:
    """The pilot wire, or the earth wire, is broken between charger and car."""
    return _pilot_fault(world.outlet(connector), "wire_open", True)


@way
def cp_frozen(world: World, connector: int) -> Mend:
    """The converter goes on delivering the same samples."""
    return _pilot_fault(world.outlet(connector), "samples_frozen", True)


@way
def cp_resistor(world: World, connector: int, *, ohm: float = 1_150.0) -> Mend:
    """The series resistor of the pilot has drifted, as an over-voltage leaves it; a good one has 1000 Ω."""
    within("ohm", ohm, 1, 1e6)
    outlet = world.outlet(connector)
    outlet.drift_source(ohm)
    return lambda: outlet.drift_source(outlet.specimen.source_ohm)


@way
def cp_noise(world: World, connector: int, *, mv: float = 150.0) -> Mend:
    """Interference on the pilot's wire: the means of its windows scatter with that standard deviation."""
    within("mv", mv, 0, 5_000)
    outlet = world.outlet(connector)
    quieten = turned(outlet.faults, "noise_mv", mv)

    def stir() -> None:
        outlet.stir()
        stirring.set(STIRS_EVERY_S)

    stirring = Alarm(world.timeline, stir)

    def mend() -> None:
        stirring.clear()
        quieten()
        outlet.stir()

    stir()
    return mend


@way
def cp_switch(world: World, connector: int) -> Mend:
    """The switch that cuts the pilot to wake a car stays closed."""
    return _pilot_fault(world.outlet(connector), "switch_stuck", True)


def _pilot_fault(outlet: Outlet, knob: str, broken: Any) -> Mend:
    return turned(outlet.faults, knob, broken, outlet.settle)


@way
def cp_generator(world: World, connector: int, *, high_v: float = 11.0, low_v: float = -12.0) -> Mend:
    """The driver of the pilot puts out other levels than its rails have."""
    within("high_v", high_v, 0, 15)
    within("low_v", low_v, -15, 0)
    outlet = world.outlet(connector)
    outlet.drive_level(high_v, low_v)
    return lambda: outlet.drive_level(*outlet.parts.rails_v)


@way
def cp_frequency(world: World, connector: int, *, hz: float = 950.0, duty_error_percent: float = 0.0) -> Mend:
    """The pilot's square wave has a wrong frequency or duty, as counted at its source."""
    within("hz", hz, 1, 10_000)
    within("duty_error_percent", duty_error_percent, -100, 100)
    capture = world.outlet(connector).parts.capture
    capture.drift(mhz=round(hz * 1000), duty_error=round(duty_error_percent * 100))
    return capture.drift
