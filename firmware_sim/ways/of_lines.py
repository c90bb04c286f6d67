"""Ways in which lines of a GPIO chip of the charger's computer, or the whole chip, break."""

from __future__ import annotations

from firmware_sim.arguments import BadArgument, NotNow, within
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.ways.registry import Mend, way
from firmware_sim.world import World

NEEDS_CHIP = ("chip_gone", "line_busy", "line_cut", "line_lost_edges", "line_stuck")
"""Only a charger with a GPIO chip has these."""
MOST_EDGES = 1000


@way
def chip_gone(world: World, connector: int, *, chip: str = "") -> Mend:
    """The chip leaves, with the power of its outputs, as one on a cable does; `chip` is the name of its bus."""
    gone = _chip(world, chip)
    gone.vanish()
    return gone.appear


@way
def line_cut(world: World, connector: int, *, line: str, chip: str = "") -> Mend:
    """The wire of an input is off: the line reads as whatever pulls at it."""
    of = _chip(world, chip)
    _known(of, line)
    of.cut(line, True)
    return lambda: of.cut(line, False)


@way
def line_stuck(world: World, connector: int, *, line: str, high: bool = False, chip: str = "") -> Mend:
    """A pad stays at one level, whoever drives it."""
    of = _chip(world, chip)
    _known(of, line)
    of.stick(line, high)
    return lambda: of.stick(line, None)


@way
def line_busy(world: World, connector: int, *, line: str, consumer: str = "gpio-led", chip: str = "") -> Mend:
    """Something else on the computer takes a line, as a driver of the kernel does that is loaded late."""
    of = _chip(world, chip)
    _known(of, line)
    of.forget_charger()
    of.hold(line, consumer)
    return lambda: of.let_go(line)


@way
def line_lost_edges(world: World, connector: int, *, line: str, count: int = 1, chip: str = "") -> None:
    """The kernel's buffer overflows: the next changes of the line are counted and not told."""
    of = _chip(world, chip)
    _known(of, line)
    within("count", count, 1, MOST_EDGES)
    of.lose_edges(line, count)


def _chip(world: World, name: str) -> GpioChip:
    if not world.chips:
        raise NotNow("this charger has no GPIO chip; run a board that has one, as sim-gpio")
    if not name and len(world.chips) == 1:
        return next(iter(world.chips.values()))
    if name not in world.chips:
        raise BadArgument(f"chip: {name!r} is no bus of kind gpio; there are {', '.join(world.chips)}")
    return world.chips[name]


def _known(chip: GpioChip, line: str) -> None:
    if line not in chip.names:
        raise BadArgument(f"line: there is no {line!r}; there are {', '.join(chip.names)}")
