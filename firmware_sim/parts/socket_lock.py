"""The lock of a socket-outlet: a motor, a bolt, a feedback contact, and the capacitor that opens it without mains.

Numbers: pilot-board-hardware.md 8. The capacitor holds one pulse.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.timeline import Alarm, Timeline

COAST, LOCK, UNLOCK, BRAKE = range(4)
"""The firmware's LOCK_ numbers."""

LOCKED_CODE, BETWEEN_CODE, UNLOCKED_CODE = 600, 1800, 3000
TRAVEL_S = 0.3
FULL_V, EMPTY_V = 12.0, 8.0
CHARGE_S = 20.0
SUPPLY_NEEDED_V = 9.0
"""Below this the motor runs from the capacitor."""


class SocketLock:
    """`changed` is called when feedback or capacitor changed. `supply_v` tells what feeds the board."""

    def __init__(self, timeline: Timeline, changed: Callable[[], None], supply_v: Callable[[], float]) -> None:
        self._changed = changed
        self._supply_v = supply_v
        self._arrives = Alarm(timeline, self._arrive)
        self._charges = Alarm(timeline, self._charge)
        self._drive = COAST
        self._bolt = UNLOCKED_CODE
        self._jammed = False
        self._wire: int | None = None
        self._worn_v: float | None = None
        self._stored_v = FULL_V
        self.watchers: list[Callable[[], None]] = []
        """A feedback contact beside the board's own: told when the bolt moved, or its wire was broken or mended."""

    @property
    def code(self) -> int:
        """What the feedback's converter delivers."""
        return self._bolt if self._wire is None else self._wire

    @property
    def release_v(self) -> float:
        """Of the capacitor."""
        return self._stored_v if self._worn_v is None else min(self._stored_v, self._worn_v)

    @property
    def holds_plug(self) -> bool:
        """The bolt is in the plug."""
        return self._bolt == LOCKED_CODE

    def drive(self, drive: int) -> None:
        """What the board does with the motor's bridge."""
        if drive == self._drive:
            return
        self._drive = drive
        self._arrives.clear()
        goal = {LOCK: LOCKED_CODE, UNLOCK: UNLOCKED_CODE}.get(drive)
        if goal is None or goal == self._bolt or self._jammed or not self._has_power():
            return
        self._move(BETWEEN_CODE)
        self._arrives.set(TRAVEL_S)

    def jam(self, jammed: bool) -> None:
        """The bolt does not move from where it is."""
        self._jammed = jammed
        if jammed:
            self._arrives.clear()

    def force_open(self) -> None:
        """Somebody levers the bolt out."""
        self._arrives.clear()
        self._move(UNLOCKED_CODE)

    @property
    def is_cut(self) -> bool:
        """The feedback's wire is broken."""
        return self._wire is not None

    def cut(self, code: int | None) -> None:
        """The feedback's wire delivers that code; None mends it."""
        self._wire = code
        self._tell()

    def wear_out(self, volts: float | None) -> None:
        """The capacitor holds no more than that; None is a good one."""
        self._worn_v = volts
        self._changed()

    def _has_power(self) -> bool:
        if self._supply_v() >= SUPPLY_NEEDED_V:
            return True
        enough = self.release_v > EMPTY_V
        if enough:
            self._stored_v = EMPTY_V
            self._charges.set(CHARGE_S)
        return enough

    def _charge(self) -> None:
        if self._supply_v() < SUPPLY_NEEDED_V:
            self._charges.set(CHARGE_S)
            return
        self._stored_v = FULL_V
        self._changed()

    def _arrive(self) -> None:
        self._move(LOCKED_CODE if self._drive == LOCK else UNLOCKED_CODE)

    def _move(self, bolt: int) -> None:
        if bolt != self._bolt:
            self._bolt = bolt
            self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()
        self._changed()
