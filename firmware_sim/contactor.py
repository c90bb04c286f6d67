"""The contactor: a coil, main contacts that travel, a mirror contact that tells, and the two ways they stick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.timeline import Alarm, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """Seconds from the coil's change (pilot-board-hardware.md 6)."""

    close_mirror_s: float = 0.012
    close_main_s: float = 0.018
    open_main_s: float = 0.022
    open_mirror_s: float = 0.025


class Contactor:
    """`changed` is called after each movement of main or mirror contacts."""

    def __init__(self, timeline: Timeline, changed: Callable[[], None], travel: Travel | None = None) -> None:
        self._travel = travel or Travel()
        self._changed = changed
        self._main = Alarm(timeline, self._move_main)
        self._mirror = Alarm(timeline, self._move_mirror)
        self._energised = False
        self._welded = False
        self._weld_next = False
        self._never_closes = False
        self.main_closed = False
        self.mirror_open = True
        """The mirror contact says that the main contacts are open."""
        self.closings = 0

    def drive(self, energised: bool) -> None:
        """Current through the coil, or none. Repeating is nothing new."""
        if energised != self._energised:
            self._energised = energised
            self._travel_to(energised)

    @property
    def is_stuck(self) -> bool:
        """Welded, and closed by that."""
        return self._welded

    def weld(self, *, found_closed: bool = False) -> None:
        """The contacts stick once they are closed: now if they are, else at the next closing; or are found closed."""
        self._weld_next = True
        if found_closed:
            self.main_closed, self.mirror_open = True, False
        self._welded = self.main_closed
        self._changed()

    def unweld(self) -> None:
        """The contacts come free and follow the coil again."""
        self._welded = self._weld_next = False
        self._travel_to(self._energised)

    def block(self, blocked: bool) -> None:
        """The armature does not pull in, whatever the coil does. Closed contacts fall open."""
        self._never_closes = blocked
        self._travel_to(self._energised)

    def _wanted(self) -> bool:
        return self._welded or (self._energised and not self._never_closes)

    def _travel_to(self, closed: bool) -> None:
        times = self._travel
        self._main.set(times.close_main_s if closed else times.open_main_s)
        self._mirror.set(times.close_mirror_s if closed else times.open_mirror_s)

    def _move_main(self) -> None:
        closes = self._wanted()
        if closes == self.main_closed:
            return
        self.main_closed = closes
        if closes:
            self.closings += 1
            self._welded = self._weld_next
        self._changed()

    def _move_mirror(self) -> None:
        if self.mirror_open == self._wanted():
            self.mirror_open = not self.mirror_open
            self._changed()
