"""What every bought charge controller does by itself at an outlet: pilot, relay, and what it finds wrong.

Each make has its own registers around it (the neighbours of this file), and a few habits that are told to it here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Drive
from firmware_sim.timeline import US_PER_S, Alarm, Timeline

AB_MV, BC_MV, CD_MV, DE_MV = 10_500, 7_500, 4_500, 1_500
DIODE_MV = -8_900
DEBOUNCE_S = 0.06
CLOSE_S = 0.3
WELD_SEEN_S = 0.5
LEAST_A = 6.0


class Wrong(Enum):
    """What it can find."""

    DIODE = "diode"
    LEAK = "residual current"
    SHORT = "pilot short"
    VENTILATION = "ventilation"
    WELD = "weld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """`patience_s`: a car that does not stop is opened under load after it. `sees_weld`: by a contact of its relay."""

    patience_s: float = 5.0
    serves_d: bool = False
    sees_weld: bool = False


class ChargeCore:
    """`offer_a` is what its make wants to offer; 0 is the steady level. `changed` is called when anything else did."""

    def __init__(self, outlet: Outlet, timeline: Timeline, habits: Habits, changed: Callable[[], None]) -> None:
        self.letter = "A"
        self.relay = False
        self.wrong: set[Wrong] = set()
        """Found, and kept until the plug comes out."""
        self.plugged_us: int | None = None
        self.is_on = False
        self._outlet, self._timeline, self._habits, self._changed = outlet, timeline, habits, changed
        self._offer_a = 0.0
        self._shows_f = False
        self._towards = "A"
        self._open_us = 0
        self._settle = Alarm(timeline, self._arrive)
        self._close = Alarm(timeline, self._closes)
        self._patience = Alarm(timeline, self._open)
        self._weld = Alarm(timeline, self.look)
        outlet.board_notices = self.look

    # --- power

    def start(self) -> None:
        """Its program runs."""
        self.is_on = True
        self.letter, self.wrong, self.plugged_us = "A", set(), None
        self._offer_a, self._towards = 0.0, "A"
        self._outlet.supervise(True)
        self._drive()
        self.look()

    def halt(self, *, at_rest: bool) -> None:
        """It stands still: with its outputs as they are, or as they are without power."""
        self.is_on = False
        for alarm in (self._settle, self._close, self._patience, self._weld):
            alarm.clear()
        if at_rest:
            self._offer_a, self._shows_f = 0.0, False
            self._open()
            self._outlet.drive_pilot(Drive.X1, 0)

    # --- what its make wants

    def offer(self, amps: float) -> None:
        """From now on; less than a car can be offered is nothing."""
        amps = amps if amps >= LEAST_A else 0.0
        if amps != self._offer_a:
            self._offer_a = amps
            self._drive()
            self._mind()

    def open_now(self) -> None:
        """Whatever the car does."""
        self._open()

    @property
    def sends_square_wave(self) -> bool:
        return self.offered_a > 0

    @property
    def offered_a(self) -> float:
        """What the pilot says now: nothing where nobody is, or something is wrong."""
        return self._offer_a if self.letter in "BCD" and not self.wrong else 0.0

    # --- what it sees

    def look(self) -> None:
        """Something may have changed."""
        if not self.is_on:
            return
        seen = self._seen()
        if seen != self._towards:
            self._towards = seen
            self._settle.set(DEBOUNCE_S)
        self._find()

    def _seen(self) -> str:
        level_mv = self._outlet.pilot_read().high_mv
        if level_mv >= AB_MV:
            return "A"
        if level_mv >= BC_MV:
            return "B"
        if level_mv >= CD_MV:
            return "C"
        return "D" if level_mv >= DE_MV else "E"

    def _find(self) -> None:
        found, residual, read = set[Wrong](), self._outlet.parts.residual, self._outlet.pilot_read()
        if residual.bits or residual.latched:
            found.add(Wrong.LEAK)
        if self._outlet.generator.drive is Drive.X2 and read.low_mv is not None and read.low_mv > DIODE_MV:
            found.add(Wrong.DIODE)
        if self._habits.sees_weld and not self.relay and any(self._outlet.contactor.poles) and self._has_rested():
            found.add(Wrong.WELD)
        self._keep(found)

    def _has_rested(self) -> bool:
        return self._timeline.now_us() - self._open_us >= WELD_SEEN_S * US_PER_S

    def _keep(self, found: set[Wrong]) -> None:
        if found - self.wrong:
            self.wrong |= found
            self._open()
            self._drive()
            self._changed()

    def _arrive(self) -> None:
        before, self.letter = self.letter, self._towards
        if before == self.letter:
            return
        if self.letter == "A":
            self.wrong.clear()
            self.plugged_us = None
        elif self.plugged_us is None:
            self.plugged_us = self._timeline.now_us()
        if self.letter == "E":
            self._keep({Wrong.SHORT})
        if self.letter == "D" and not self._habits.serves_d:
            self._keep({Wrong.VENTILATION})
        self._drive()
        self._mind()
        self._find()
        self._changed()

    # --- what it does

    def _drive(self) -> None:
        if not self.is_on:
            return
        amps = self.offered_a
        duty_percent = amps / 0.6 if amps <= 51 else amps / 2.5 + 64
        self._outlet.drive_pilot(Drive.X2 if amps else Drive.X1, int(duty_percent * 100))

    def _mind(self) -> None:
        """Close for a car that asks and is offered something; open for all others, after their time."""
        asks = self.letter in ("CD" if self._habits.serves_d else "C")
        if asks and self.offered_a:
            self._patience.clear()
            if not self.relay:
                self._close.set_unless_set(CLOSE_S)
            return
        self._close.clear()
        if not asks or self.wrong:
            self._open()
        elif self.relay:
            self._patience.set_unless_set(self._habits.patience_s)

    def _closes(self) -> None:
        self.relay = True
        self._outlet.energise(True)
        self._changed()

    def _open(self) -> None:
        self._close.clear()
        self._patience.clear()
        self._outlet.energise(False)
        if self.relay:
            self.relay, self._open_us = False, self._timeline.now_us()
            self._weld.set(WELD_SEEN_S + 0.01)
            self._changed()

    def connected_s(self) -> int:
        """Whole seconds since the plug came in."""
        return 0 if self.plugged_us is None else (self._timeline.now_us() - self.plugged_us) // US_PER_S
