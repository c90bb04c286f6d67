"""Ways to disturb the serial lines."""

from __future__ import annotations

from firmware_sim.arguments import BadArgument
from firmware_sim.serial_wire import SerialWire
from firmware_sim.ways.registry import Mend, way
from firmware_sim.world import Line, World


@way
def link_cut(world: World, connector: int, *, wire: str = "pilot") -> Mend:
    """The line of "pilot", "meter" or "reader" carries nothing, while its port stays open."""
    line = _wire(world, connector, wire)
    line.is_cut = True

    def mend() -> None:
        line.is_cut = False

    return mend


@way
def link_gone(world: World, connector: int, *, wire: str = "pilot") -> Mend:
    """The adapter is pulled out: the port disappears and comes back under the same name."""
    line = _wire(world, connector, wire)
    line.vanish()
    return line.appear


@way
def serial_noise(world: World, connector: int, *, wire: str = "pilot", rate: float = 0.01) -> Mend:
    """One octet in 1/`rate` arrives with a wrong bit, both ways."""
    if not 0 < rate <= 1:
        raise BadArgument(f"rate: {rate} is outside 0…1, the share of disturbed octets")
    line = _wire(world, connector, wire)
    if not isinstance(line, SerialWire):
        raise BadArgument(f"wire: the line of {wire!r} is no serial one; noise makes no wrong bits there")
    line.flip_rate = rate

    def mend() -> None:
        line.flip_rate = 0.0

    return mend


def _wire(world: World, connector: int, wire: str) -> Line:
    reader = world.readers.get(connector) or world.readers.get(0)
    lines = {
        "pilot": world.board_wire(connector),
        "meter": world.meter_wires.get(connector),
        "reader": reader.wire if reader is not None else None,
    }
    line = lines.get(wire)
    if line is None:
        there = [name for name, each in lines.items() if each is not None]
        raise BadArgument(f"wire: connector {connector} has no line {wire!r}; it has {', '.join(there)}")
    return line
