"""Ways in which a central system of this world misbehaves."""

from __future__ import annotations

from firmware_sim.arguments import NotNow, within
from firmware_sim.ways.registry import LONGEST_S, Mend, way
from firmware_sim.world import CentralSystem, World


@way
def csms_silent(world: World, _connector: int) -> Mend:
    """Keeps the connection and answers nothing."""
    csms = _central_system(world)
    csms.silent = True

    def mend() -> None:
        csms.silent = False

    return mend


@way
def csms_slow(world: World, _connector: int, *, delay_s: float = 5.0) -> Mend:
    """Answers everything that much later."""
    within("delay_s", delay_s, 0, LONGEST_S)
    csms = _central_system(world)
    csms.delay_s = delay_s

    def mend() -> None:
        csms.delay_s = 0.0

    return mend


@way
def csms_gone(world: World, _connector: int) -> Mend:
    """Connections break and new ones are refused."""
    csms = _central_system(world)
    csms.refuse(True)
    return lambda: csms.refuse(False)


@way
def csms_drop(world: World, _connector: int) -> None:
    """Connections break once."""
    _central_system(world).close_connections()


@way
def csms_hostile(world: World, _connector: int, *, frames: int = 20) -> None:
    """Sends frames that no central system should send."""
    within("frames", frames, 1, 10_000)
    _central_system(world).be_hostile(frames)


def _central_system(world: World) -> CentralSystem:
    if world.central_system is None:
        raise NotNow("this world has no central system of its own; break evse-csms through its own control socket")
    return world.central_system
