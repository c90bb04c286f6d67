"""What hangs on the lines of a GPIO chip: contacts that close to ground or supply, and a relay that wants pulses."""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Alarm, Timeline

MISSED_PULSES = 3
"""After so many pulses that stayed away the relay has fallen."""
FALLS_S = 0.02


class Contact:
    """Between a line and ground, or the supply. Open it leaves the line to whatever pulls at it."""

    def __init__(
        self,
        chip: GpioChip,
        line: str,
        *,
        rests_closed: bool,
        to_supply: bool = False,
        own_resistor: bool = False,
    ) -> None:
        self.line = line
        self._chip = chip
        self._rests_closed = rests_closed
        self._closed_level = to_supply
        self._open_level = (not to_supply) if own_resistor else None
        self._is_actuated = self._is_off = False
        self._settle()

    @property
    def is_actuated(self) -> bool:
        return self._is_actuated

    def actuate(self, actuated: bool) -> None:
        """Press it, pull it in, open the door: whatever takes it out of its rest."""
        self._is_actuated = actuated
        self._settle()

    def break_wire(self, broken: bool) -> None:
        """Its wire is off."""
        self._is_off = broken
        self._settle()

    def _settle(self) -> None:
        is_closed = self._rests_closed != self._is_actuated and not self._is_off
        self._chip.wire(self.line, self._closed_level if is_closed else self._open_level)


class PulseRelay:
    """Closed while the level at its input keeps changing: a retriggerable monostable before a coil."""

    def __init__(self, timeline: Timeline, pulse_s: float, changed: Callable[[], None]) -> None:
        self.is_closed = False
        self._falls_after_s = MISSED_PULSES * pulse_s + FALLS_S
        self._changed = changed
        self._falls = Alarm(timeline, self._fall)

    def pulse(self, _is_high: bool) -> None:
        """One change."""
        self._falls.set(self._falls_after_s)
        if not self.is_closed:
            self.is_closed = True
            self._changed()

    def _fall(self) -> None:
        self.is_closed = False
        self._changed()
