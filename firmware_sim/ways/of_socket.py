"""Ways to break the plug's contacts: proximity, lock, cable."""

from __future__ import annotations

from firmware_sim.arguments import NotNow, within
from firmware_sim.outlet import Outlet
from firmware_sim.parts import ntc
from firmware_sim.parts.socket_lock import SocketLock
from firmware_sim.parts.warmth import CONNECTOR
from firmware_sim.ways.registry import Mend, sense_fault, turned, way
from firmware_sim.world import World

NEEDS_SOCKET = (
    "lock_energy", "lock_forced", "lock_jam", "lock_wire", "pp_changed", "pp_open", "pp_range", "pp_short",
)  # fmt: skip
"""What a tethered cable has not."""


@way
def pp_short(world: World, connector: int, *, ohm: float = 10.0) -> Mend:
    """The proximity contact of whatever plug is in is shorted to earth."""
    return _proximity(world, connector, ohm)


@way
def pp_range(world: World, connector: int, *, ohm: float = 3_000.0) -> Mend:
    """The plug's resistor is none that a cable may have."""
    return _proximity(world, connector, ohm)


@way
def pp_changed(world: World, connector: int, *, ohm: float = 680.0) -> Mend:
    """The plug's resistor becomes that of another cable."""
    return _proximity(world, connector, ohm)


@way
def pp_open(world: World, connector: int) -> Mend:
    """The proximity contact does not touch."""
    return sense_fault(_socket(world, connector), "proximity_open", True)


@way
def lock_jam(world: World, connector: int) -> Mend:
    """The lock's bolt stays where it is."""
    lock = _lock(world, connector)
    lock.jam(True)
    return lambda: lock.jam(False)


@way
def lock_forced(world: World, connector: int) -> None:
    """Somebody levers the lock open."""
    _lock(world, connector).force_open()


@way
def lock_wire(world: World, connector: int, *, code: int = 50) -> Mend:
    """The lock's feedback delivers that code, whatever the bolt does."""
    within("code", code, 0, ntc.FULL_CODE)
    lock = _lock(world, connector)
    lock.cut(code)
    return lambda: lock.cut(None)


@way
def lock_energy(world: World, connector: int, *, volts: float = 10.0) -> Mend:
    """The capacitor that opens the lock without mains holds no more than that."""
    within("volts", volts, 0, 12)
    lock = _lock(world, connector)
    lock.wear_out(volts)
    return lambda: lock.wear_out(None)


@way
def cable_cut(world: World, connector: int) -> Mend:
    """The tethered cable is cut: pilot and the connector's temperature sensor are open together."""
    outlet = world.outlet(connector)
    if not outlet.tethered:
        raise NotNow(f"connector {connector} has a socket-outlet; only a tethered cable has wires of ours to cut")
    place = outlet.parts.warmth.places[CONNECTOR]
    place.cut(ntc.OPEN_CODE)
    mend_pilot = turned(outlet.faults, "wire_open", True, outlet.settle)

    def mend() -> None:
        place.cut(None)
        mend_pilot()

    return mend


def _proximity(world: World, connector: int, ohm: float) -> Mend:
    within("ohm", ohm, 0, 1e9)
    return sense_fault(_socket(world, connector), "proximity_ohm", ohm)


def _socket(world: World, connector: int) -> Outlet:
    outlet = world.outlet(connector)
    if outlet.tethered:
        raise NotNow(f"connector {connector} has a tethered cable; only a socket-outlet reads proximity")
    return outlet


def _lock(world: World, connector: int) -> SocketLock:
    lock = world.outlet(connector).parts.lock
    if lock is None:
        raise NotNow(f"connector {connector} has a tethered cable and no lock")
    return lock
