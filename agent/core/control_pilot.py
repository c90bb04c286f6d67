"""Control pilot vocabulary and the code between current and duty cycle (IEC 61851-1 Annex A; reference pilot.md 1-4)."""

from __future__ import annotations

from enum import Enum

MIN_OFFER_A = 6.0
"""The least a car can be offered; below it the pilot has no duty cycle and charging pauses."""

MAX_OFFER_A = 80.0


class PilotState(Enum):
    """Control pilot states of IEC 61851-1; UNKNOWN until the board has settled or while it emits F or E itself."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    UNKNOWN = "unknown"

    @property
    def plugged(self) -> bool:
        """A car is connected."""
        return self in (PilotState.B, PilotState.C, PilotState.D)

    @property
    def asks_for_power(self) -> bool:
        """The car has closed its switch: C, or D with ventilation."""
        return self in (PilotState.C, PilotState.D)


class ContactorState(Enum):
    """The power path as the mirror contacts tell it."""

    OPEN = "open"
    CLOSED = "closed"
    WELDED = "welded"
    NO_CLOSE = "no_close"
    UNKNOWN = "unknown"
