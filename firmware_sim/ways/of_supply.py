"""Ways in which mains, protective earth and the board's own supply go wrong. All connectors share one mains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware_sim.arguments import within
from firmware_sim.mains import MOST_V, PHASES, SWAPPED, Mains
from firmware_sim.ways.registry import Mend, sense_fault, turned, way
from firmware_sim.world import World


@way
def pe_lost(world: World, connector: int, *, edges: int = 0) -> Mend:
    """The protective earth of the supply is broken: its sense counts so many edges in 100 ms instead of ten."""
    within("edges", edges, 0, 100)
    return sense_fault(world.outlet(connector), "earth_edges", edges)


@way
def mains_loss(world: World, _connector: int) -> Mend:
    """No voltage on any phase; the board itself runs on."""
    return _changed(world, lambda mains: replace(mains, volts=0.0, odd_volts=()))


@way
def mains_undervoltage(world: World, _connector: int, *, volts: float = 190.0) -> Mend:
    """All phases are low."""
    within("volts", volts, 0, MOST_V)
    return _changed(world, lambda mains: replace(mains, volts=volts, odd_volts=()))


@way
def mains_overvoltage(world: World, _connector: int, *, volts: float = 270.0) -> Mend:
    """All phases are high."""
    within("volts", volts, 0, MOST_V)
    return _changed(world, lambda mains: replace(mains, volts=volts, odd_volts=()))


@way
def mains_frequency(world: World, _connector: int, *, hz: float = 53.0) -> Mend:
    """An islanded generator runs away."""
    within("hz", hz, 45, 65)
    return _changed(world, lambda mains: replace(mains, hz=hz))


@way
def mains_phase_loss(world: World, _connector: int, *, phase: int = 3) -> Mend:
    """A fuse has blown."""
    within("phase", phase, min(PHASES), max(PHASES))
    return _changed(world, lambda mains: mains.with_phase(phase, 0.0))


@way
def mains_rotation(world: World, _connector: int) -> Mend:
    """Two phases are swapped."""
    return _changed(world, lambda mains: replace(mains, rotation=SWAPPED))


@way
def supply_resistance(world: World, connector: int, *, ohm: float = 1.5) -> Mend:
    """A screw of the supply is loose, or its cable too thin: voltage goes with the current."""
    within("ohm", ohm, 0, 10)
    outlet = world.outlet(connector)
    return turned(outlet, "supply_ohm", ohm, lambda: outlet.set_mains(world.mains))


@way
def mains_polarity(world: World, _connector: int, *, volts: float = 120.0) -> Mend:
    """Neutral and line are swapped, or neutral is missing: voltage between neutral and earth."""
    within("volts", volts, 0, MOST_V)
    return _changed(world, lambda mains: replace(mains, earth_neutral_v=volts))


@way
def pen_lost(world: World, _connector: int, *, volts: float = 200.0) -> Mend:
    """The combined conductor upstream is broken: the star point floats, L1 is that far from neutral."""
    within("volts", volts, 0, MOST_V)
    return _changed(world, lambda mains: mains.with_phase(1, volts))


@way
def rail_low(world: World, connector: int, *, plus_v: float = 10.5, minus_v: float = -12.0) -> Mend:
    """A rail of the pilot's driver is out of its bounds."""
    within("plus_v", plus_v, 0, 15)
    within("minus_v", minus_v, -15, 0)
    outlet = world.outlet(connector)
    whole = outlet.parts.rails_v
    outlet.set_rails(high_v=plus_v, low_v=minus_v)
    return lambda: outlet.set_rails(high_v=whole[0], low_v=whole[1])


@way
def supply_low(world: World, connector: int, *, volts: float = 8.5) -> Mend:
    """What feeds the board goes away."""
    within("volts", volts, 0, 15)
    parts = world.outlet(connector).parts
    whole_v = parts.feed_v
    parts.set_feed(volts)
    return lambda: parts.set_feed(whole_v)


def _changed(world: World, change: Callable[[Mains], Mains]) -> Mend:
    before = world.mains
    world.set_mains(change(before))
    return lambda: world.set_mains(before)
