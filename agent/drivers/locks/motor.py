"""The motor of a lock, pulse by pulse, until its feedback agrees. Pure: feedback and time in, what to drive out.

A motor that stalls burns: pulses are short, three are tried in a row, and no more than ten begin in a minute
(relays-and-inputs.md section 2.5).
"""

from __future__ import annotations

from enum import Enum

TRIES = 3
TRY_S = 1.0
"""From the beginning of a pulse on the bolt has so long to arrive; then the next try begins."""
TRY_AGAIN_S = 30.0
"""A plug that is held by a taut cable comes free when somebody moves it: unlocking is tried for as long as it takes."""
REST_BEFORE_TURNING_S = 0.05
"""Both lines off between one direction and the other: relays need some 10 ms to let go, and would short the supply."""
MOVEMENTS = 10
MOVEMENTS_IN_S = 60.0


class Drive(Enum):
    """What the motor gets."""

    REST = "rest"
    LOCK = "lock"
    UNLOCK = "unlock"


class Motor:
    """`springs_back`: it is locked only while it is driven, and a spring unlocks it. Untouched until the first wish."""

    def __init__(self, pulse_s: float, *, springs_back: bool) -> None:
        self.drive = Drive.REST
        self.wish: bool | None = None
        """Locked, or not; None: nobody said anything yet."""
        self.has_failed = False
        """Three tries came to nothing."""
        self.gave_way = False
        """It was locked, and is not any more, though nobody wants that."""
        self.due_s: float | None = None
        """When to look again, though no feedback has changed."""
        self._pulse_s = pulse_s
        self._springs_back = springs_back
        self._was_locked = False
        self._tries = 0
        self._begun_s = 0.0
        self._not_before_s = 0.0
        self._movements: list[float] = []
        self._driven = Drive.REST
        """The last direction, kept while the motor rests, and until when."""
        self._driven_until_s = float("-inf")
        self._was_driving = False

    def want(self, locked: bool) -> None:
        """From now on; the same wish again, after it came to nothing, is a new attempt. Look at it then (`observe`)."""
        if locked is self.wish and not self.has_failed:
            return
        if locked is not self.wish:
            self.gave_way = self._was_locked = False
        self.wish = locked
        self.has_failed = False
        self._tries = 0
        self._not_before_s = 0.0
        self.drive = Drive.REST

    def observe(self, is_locked: bool, now_s: float) -> None:
        """Go on: `drive` and `due_s` are what is to be done from `now_s` on."""
        if self._was_driving:
            self._driven_until_s = now_s
        self._decide(is_locked, now_s)
        self._was_driving = self.drive is not Drive.REST
        if self._was_driving:
            self._driven = self.drive

    def _decide(self, is_locked: bool, now_s: float) -> None:
        self.due_s = None
        if self.wish is None:
            return
        if is_locked is self.wish:
            self._arrive(is_locked)
            return
        self.gave_way = self.gave_way or self._was_locked
        self._was_locked = False
        if self._is_under_way(now_s):
            return
        if self._tries >= TRIES and not self._begins_anew(now_s):
            return
        self._try(now_s)

    def _arrive(self, is_locked: bool) -> None:
        self.drive = Drive.LOCK if is_locked and self._springs_back else Drive.REST
        self._was_locked = is_locked
        self._tries = 0
        self._not_before_s = 0.0
        self.has_failed = False

    def _is_under_way(self, now_s: float) -> bool:
        """A pulse, or the rest of the time that a try has."""
        pulse_ends_s, try_ends_s = self._begun_s + self._pulse_s, self._not_before_s
        if self.drive is not Drive.REST and now_s >= pulse_ends_s:
            self.drive = Drive.REST
        if now_s < try_ends_s:
            self.due_s = pulse_ends_s if self.drive is not Drive.REST else try_ends_s
            return True
        return False

    def _begins_anew(self, now_s: float) -> bool:
        """After three tries: never for locking, which takes another plug; later for unlocking."""
        self.has_failed = True
        if self.wish:
            return False
        again_s = self._begun_s + TRY_AGAIN_S
        if now_s < again_s:
            self.due_s = again_s
            return False
        self._tries = 0
        return True

    def _try(self, now_s: float) -> None:
        drive = Drive.LOCK if self.wish else (Drive.REST if self._springs_back else Drive.UNLOCK)
        free_s = max(self._free_at(now_s), self._rested_at(drive))
        if free_s > now_s:
            self.due_s = free_s
            return
        self._tries += 1
        self._begun_s, self._not_before_s = now_s, now_s + TRY_S
        self.drive = drive
        if self.drive is not Drive.REST:
            self._movements.append(now_s)
        self.due_s = now_s + (self._pulse_s if self.drive is not Drive.REST else TRY_S)

    def _rested_at(self, drive: Drive) -> float:
        """When the motor may turn that way."""
        is_turn = drive is not Drive.REST and self._driven not in (Drive.REST, drive)
        return self._driven_until_s + REST_BEFORE_TURNING_S if is_turn else float("-inf")

    def _free_at(self, now_s: float) -> float:
        """When one more movement is within what the motor bears."""
        self._movements = [begun_s for begun_s in self._movements if now_s - begun_s < MOVEMENTS_IN_S]
        return self._movements[0] + MOVEMENTS_IN_S if len(self._movements) >= MOVEMENTS else now_s
