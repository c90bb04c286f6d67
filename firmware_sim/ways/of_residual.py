"""Ways in which residual current flows, and in which its module fails."""

from __future__ import annotations

from firmware_sim.arguments import within
from firmware_sim.parts.residual_module import DC, ERROR
from firmware_sim.ways.registry import Mend, way
from firmware_sim.world import World

MOST_MA = 10_000.0


@way
def rcd_dc(world: World, connector: int, *, ma: float = 60.0) -> Mend:
    """Direct current leaks behind the contactor, while that is closed."""
    within("ma", ma, 0, MOST_MA)
    module = world.outlet(connector).parts.residual
    module.leak(dc_ma=ma)
    return lambda: module.leak(dc_ma=0.0)


@way
def rcd_ac(world: World, connector: int, *, ma: float = 60.0) -> Mend:
    """Alternating current leaks behind the contactor, while that is closed."""
    within("ma", ma, 0, MOST_MA)
    module = world.outlet(connector).parts.residual
    module.leak(ac_ma=ma)
    return lambda: module.leak(ac_ma=0.0)


@way
def rcd_test_dead(world: World, connector: int) -> Mend:
    """The module's test winding is broken; the module itself is not."""
    module = world.outlet(connector).parts.residual
    module.break_down(test_dead=True)
    return lambda: module.break_down(test_dead=False)


@way
def rcd_dead(world: World, connector: int) -> Mend:
    """The module never trips."""
    module = world.outlet(connector).parts.residual
    module.break_down(dead=True)
    return lambda: module.break_down(dead=False)


@way
def rcd_stuck(world: World, connector: int) -> Mend:
    """The module's output is tripped and does not clear: a magnetised core."""
    module = world.outlet(connector).parts.residual
    module.break_down(stuck=DC)
    return lambda: module.break_down(stuck=0)


@way
def rcd_error(world: World, connector: int) -> Mend:
    """The module says that it is broken."""
    module = world.outlet(connector).parts.residual
    module.break_down(stuck=ERROR)
    return lambda: module.break_down(stuck=0)
