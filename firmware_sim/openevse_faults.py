"""The states of an OpenEVSE by its maker's numbers, and which faults it sees in the world around it."""

from __future__ import annotations

from enum import IntEnum

from firmware_sim.outlet import Outlet
from firmware_sim.parts.ntc import OPEN_CODE, celsius_of

HOT_C = 71.0
CHECK_AFTER_S = 1.0


class Shown(IntEnum):
    """States as they are told."""

    STARTING = 0x00
    A = 0x01
    B = 0x02
    C = 0x03
    VENT = 0x04
    DIODE = 0x05
    LEAK = 0x06
    NO_GROUND = 0x07
    STUCK = 0x08
    HOT = 0x0A
    NOT_CLOSED = 0x0E

    @property
    def is_of_car(self) -> bool:
        return self in (Shown.A, Shown.B, Shown.C)

    @property
    def is_immediate(self) -> bool:
        """Not debounced: what the pilot shows is, these are not."""
        return self in (Shown.LEAK, Shown.NO_GROUND, Shown.STUCK, Shown.HOT, Shown.NOT_CLOSED)

    @property
    def is_latched(self) -> bool:
        """Until the plug comes out."""
        return self in (Shown.VENT, Shown.DIODE, Shown.LEAK, Shown.HOT, Shown.NOT_CLOSED)


def fault_now(outlet: Outlet, state: Shown, *, relay: bool, since_s: float) -> Shown | None:
    """The fault that is there now; `since_s` after the relay moved last, which `relay` says how."""
    parts = outlet.parts
    if parts.faults.earth_edges == 0:
        return Shown.NO_GROUND
    if parts.residual.bits or parts.residual.latched:
        return Shown.LEAK
    if any(celsius_of(place.code) >= HOT_C for place in parts.warmth.places.values() if place.code < OPEN_CODE):
        return Shown.HOT
    if since_s <= CHECK_AFTER_S or outlet.is_switched_elsewhere:
        # Taken for its pilot alone, it is wired to sense behind its own relay, which does as it is told.
        return None
    if not relay and any(outlet.live_poles):
        return Shown.STUCK
    if relay and outlet.mains.is_live and not outlet.is_live:
        return Shown.NOT_CLOSED
    return None
