"""The contactor: a coil, main contacts that travel, a mirror contact that tells, and how they stick, wear and lie.

Numbers: pilot-board-hardware.md 6. With `chance` every movement has its spread and every closing bounces; without, a
contactor is its nominal self.
"""

from __future__ import annotations

import random
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


CLOSE_SPREAD_S = 0.003
OPEN_SPREAD_S = 0.006
BOUNCE_S = 0.003
AGEING_S = 0.2e-6
"""For each cycle: 0.2 ms in a thousand."""
POLES = 3


class Contactor:
    """`changed` is called after each movement of main or mirror contacts."""

    def __init__(
        self,
        timeline: Timeline,
        changed: Callable[[], None],
        travel: Travel | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._travel = travel or Travel()
        self._changed = changed
        self._chance = chance
        self._main = Alarm(timeline, self._move_main)
        self._mirror = Alarm(timeline, self._move_mirror)
        self._bounce = Alarm(timeline, self._bounce_back)
        self._energised = False
        self._welded = False
        self._weld_next = False
        self._welded_poles = range(POLES)
        self._sticks_s = 0.0
        self._never_closes = False
        self._extra_close_s = 0.0
        self._armature_open = True
        self._mirror_lies: bool | None = None
        self.worn_cycles = 0
        self.main_closed = False
        """All poles are: a car gets power."""
        self.closings = 0

    @property
    def mirror_open(self) -> bool:
        """The mirror contact says that the main contacts are open."""
        return self._armature_open if self._mirror_lies is None else self._mirror_lies

    @property
    def poles(self) -> tuple[bool, bool, bool]:
        """Which of L1 to L3 are closed."""
        one, two, three = (self.main_closed or (self._welded and pole in self._welded_poles) for pole in range(POLES))
        return one, two, three

    def drive(self, energised: bool) -> None:
        """Current through the coil, or none. Repeating is nothing new."""
        if energised != self._energised:
            self._energised = energised
            self._travel_to(energised)

    @property
    def is_stuck(self) -> bool:
        """Welded, and closed by that."""
        return self._welded

    def weld(self, *, found_closed: bool = False, poles: range = range(POLES)) -> None:
        """The contacts stick once they are closed: now if they are, else at the next closing; or are found closed.

        `poles` counts from 0. Where fewer than all weld, the others open, and the mirror contact does not return.
        """
        self._weld_next = True
        self._welded_poles = poles
        if found_closed:
            self.main_closed, self._armature_open = len(poles) == POLES, False
        self._welded = self.main_closed or found_closed
        self._changed()

    def unweld(self) -> None:
        """The contacts come free and follow the coil again."""
        self._welded = self._weld_next = False
        self._sticks_s = 0.0
        self._travel_to(self._energised)
        if len(self._welded_poles) != POLES:
            self._changed()

    def stick(self, for_s: float) -> None:
        """The contacts come free that much later than the coil lets go, until `unweld`."""
        self._sticks_s = for_s

    def block(self, blocked: bool) -> None:
        """The armature does not pull in, whatever the coil does. Closed contacts fall open."""
        self._never_closes = blocked
        self._travel_to(self._energised)

    def slow_down(self, extra_close_s: float) -> None:
        """Dirt in the armature: it closes that much later."""
        self._extra_close_s = extra_close_s

    def mirror_lies(self, shows_open: bool | None) -> None:
        """The mirror contact shows that, whatever the main contacts do; None: the truth."""
        self._mirror_lies = shows_open
        self._changed()

    def _wanted(self) -> bool:
        """Main contacts closed."""
        return (self._welded and len(self._welded_poles) == POLES) or (self._energised and not self._never_closes)

    def _travel_to(self, closed: bool) -> None:
        times = self._travel
        self._bounce.clear()
        late_s = self.worn_cycles * AGEING_S
        if self._chance is not None:
            spread_s = CLOSE_SPREAD_S if closed else OPEN_SPREAD_S
            late_s += self._chance.uniform(-spread_s, spread_s)
        late_s += self._extra_close_s if closed else self._sticks_s
        self._main.set((times.close_main_s if closed else times.open_main_s) + late_s)
        self._mirror.set((times.close_mirror_s if closed else times.open_mirror_s) + late_s)

    def _move_main(self) -> None:
        closes = self._wanted()
        if closes == self.main_closed:
            return
        self.main_closed = closes
        if closes:
            self.closings += 1
            self._welded = self._weld_next
            if self._chance is not None:
                self._bounce.set(self._chance.uniform(0, BOUNCE_S / 2))
        self._changed()

    def _bounce_back(self) -> None:
        """Open once more for a moment, and closed for good."""
        assert self._chance is not None
        self.main_closed = not self.main_closed
        if not self.main_closed:
            self._bounce.set(self._chance.uniform(0, BOUNCE_S / 2))
        self._changed()

    def _move_mirror(self) -> None:
        closed = self._wanted() or self._welded
        if self._armature_open == closed:
            self._armature_open = not closed
            self._changed()
