"""The lock that holds the plug in a socket: motor, feedback, stored energy (pilot board's hardware reference, 8).

It locks what the host wants locked, and lets go of nothing that is live. The current of its motor is not measured on
this board: a stalled motor is known by its missing feedback only, and a pulse ends after 600 ms whatever happens.
"""

import fault_codes as code
from doubt import Doubt
from faults import BLOCK, BY_UNPLUGGING, OPEN, X1, Check, no_evidence
from guard import FOR_LOCK, LOCK_FAULT, LOCKED, MOVING, NOTHING, UNLOCKED, Guard
from kind import LOAD_SENSE
from lasting import sooner
from lease import FRESH, NEVER
from outputs import LOCK_COAST, LOCK_LOCK, LOCK_UNLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

LOCKED_CODES = (540, 660)
UNLOCKED_CODES = (2_800, 3_200)
VALID_CODES = (100, 3_900)
LOCKED_AFTER_MS = 75
UNLOCKED_AFTER_MS = 50
LOST_AFTER_MS = 100

PULSE_MS = 600
RETRY_MS = 1_000
TRIES = 3
TRY_AGAIN_MS = 30_000
"""A plug that is held by a taut cable comes free when somebody moves it: three more tries, for as long as it takes."""

STORED_MV = 11_000
CHARGING_MS = 20_000
WEAK_MS = 1_000
RECOVERY_MS = 10_000
NOTHING_SEEN = -1
RAIL_MV = 15
"""Place in `messages.EVIDENCE`."""


class Motor:
    """Pulses in one direction until the feedback agrees, at most three in a row."""

    def __init__(self) -> None:
        self.drive = LOCK_COAST
        self.aim = LOCK_COAST
        """LOCK_LOCK, LOCK_UNLOCK, or LOCK_COAST for a lock that is left as it is."""
        self.failed = False
        self._tries = 0
        self._until = 0
        self._not_before = 0

    def turn_to(self, aim: int) -> None:
        """Go for another position; the same one again changes nothing."""
        if aim != self.aim:
            self.aim = aim
            self._begin_anew()
            self._not_before = 0
            self.failed = False

    def observe(self, arrived: bool, may_move: bool, now: int) -> "int | None":
        """Go on; returns when the pulse or the pause ends, None when nothing is to be done."""
        if arrived:
            self._begin_anew()
            self.failed = False
            return None
        if self.aim == LOCK_COAST or not may_move:
            self.drive = LOCK_COAST
            return None
        if self.drive != LOCK_COAST and now >= self._until:
            self._end_pulse(now)
        if self.drive != LOCK_COAST:
            return self._until
        if self._tries >= TRIES and self.aim == LOCK_LOCK:
            return None
        if now < self._not_before:
            return self._not_before
        self._start_pulse(now)
        return self._until

    def _begin_anew(self) -> None:
        self.drive = LOCK_COAST
        self._tries = 0

    def _start_pulse(self, now: int) -> None:
        if self._tries >= TRIES:
            self._tries = 0
        self._tries += 1
        self.drive = self.aim
        self._until = now + PULSE_MS

    def _end_pulse(self, now: int) -> None:
        self.drive = LOCK_COAST
        self._not_before = now + RETRY_MS
        if self._tries >= TRIES:
            self.failed = True
            self._not_before = now + TRY_AGAIN_MS


class Lock(Guard):
    """Locked before closing and for as long as anything is live; after a start untouched until the first wish."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.checks = (
            Check(code.LOCK_LOCK_FAILED, X1, BY_UNPLUGGING, self._did_not_lock, no_evidence),
            Check(code.LOCK_UNLOCK_FAILED, BLOCK, RECOVERY_MS, self._did_not_unlock, no_evidence),
            Check(code.LOCK_UNEXPECTED_OPEN, OPEN, BY_UNPLUGGING, self._gave_way, no_evidence),
            Check(code.LOCK_ENERGY_STORE, BLOCK, RECOVERY_MS, self._cannot_release, stored_energy),
        )
        self._motor = Motor()
        self._senses_load = kind.fits(LOAD_SENSE)
        # Wrong until proven: a position is believed after it was read without a break, and lost by any flicker.
        self._not_locked = Doubt(LOST_AFTER_MS, LOCKED_AFTER_MS, believed=True)
        self._not_unlocked = Doubt(LOST_AFTER_MS, UNLOCKED_AFTER_MS, believed=True)
        self._broken = False
        self._charging = Doubt(CHARGING_MS)
        self._weak = Doubt(WEAK_MS)
        self._was_charged = False
        self._seen = NOTHING_SEEN
        """What the last look saw if nothing was due after it."""

    def observe(self, situation: "Situation", now: int) -> "int | None":
        seen = self._see(situation)
        if seen == self._seen:
            # Nothing was due either, and what was judged once is judged alike again.
            return None
        due = self._observe(situation, now)
        self._seen = seen if due is None else NOTHING_SEEN
        self.calm = not (self._motor.failed or self._broken or self._weak.believed or self._charging.believed)
        return due

    def _see(self, situation: "Situation") -> int:
        """Everything that is judged here, in one number."""
        inputs = situation.inputs
        code = inputs.lock_code
        contactor = situation.contactor
        lease = situation.lease
        position = (
            (LOCKED_CODES[0] <= code <= LOCKED_CODES[1])
            | (UNLOCKED_CODES[0] <= code <= UNLOCKED_CODES[1]) << 1
            | (VALID_CODES[0] <= code <= VALID_CODES[1]) << 2
        )
        load = contactor.energised | contactor.mirror_open << 1 | self._is_dead(situation) << 2
        heard = (lease.standing == NEVER) | (lease.standing == FRESH) << 1
        wanted = lease.lock | situation.unplugged_for_good << 1
        stored = (inputs.release_mv < STORED_MV) | situation.power.low << 1 | (situation.cable_da is not None) << 2
        return position | load << 3 | heard << 6 | wanted << 8 | stored << 10

    def _observe(self, situation: "Situation", now: int) -> "int | None":
        inputs = situation.inputs
        due = self._not_locked.observe(not lies_in(inputs.lock_code, LOCKED_CODES), now)
        due = sooner(due, self._not_unlocked.observe(not lies_in(inputs.lock_code, UNLOCKED_CODES), now))
        due = sooner(due, self._observe_energy(situation, now))
        self._broken = self._broken or (situation.contactor.energised and self._not_locked.believed)
        motor = self._motor
        motor.turn_to(self._aim(situation))
        may_move = motor.aim != LOCK_UNLOCK or self._is_dead(situation)
        due = sooner(due, motor.observe(self._has_arrived(), may_move, now))
        situation.outputs.lock_drive = motor.drive
        situation.lock_state = self._state(inputs.lock_code)
        return due

    def unplugged(self, now: int) -> None:
        self._broken = False
        self._seen = NOTHING_SEEN

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        holds = self._motor.aim == LOCK_LOCK and self._not_locked.is_calm
        is_charged = situation.inputs.release_mv >= STORED_MV
        return (NOTHING if holds and is_charged else FOR_LOCK), None

    def _aim(self, situation: "Situation") -> int:
        if situation.power.low:
            return LOCK_UNLOCK
        if situation.lease.standing == NEVER:
            return LOCK_COAST
        if not situation.lease.lock or (situation.unplugged_for_good and not self._keeps(situation)):
            return LOCK_UNLOCK
        # A plug that is locked stays so when its contact goes; one that is not there is not locked.
        return LOCK_LOCK if situation.cable_da is not None else self._motor.aim

    def _keeps(self, situation: "Situation") -> bool:
        """The car has left its cable: the host says when it is let go, for as long as there is a host."""
        has_say = situation.lease.standing == FRESH
        return has_say and situation.cable_da is not None and not self._not_locked.believed

    def _is_dead(self, situation: "Situation") -> bool:
        contactor = situation.contactor
        if contactor.energised or not contactor.mirror_open:
            return False
        return situation.live == 0 and not (self._senses_load and any(situation.inputs.load_edges))

    def _has_arrived(self) -> bool:
        if self._motor.aim == LOCK_LOCK:
            return not self._not_locked.believed
        return self._motor.aim == LOCK_UNLOCK and not self._not_unlocked.believed

    def _state(self, lock_code: int) -> int:
        if not lies_in(lock_code, VALID_CODES) or self._motor.failed:
            return LOCK_FAULT
        if not self._not_locked.believed:
            return LOCKED
        return MOVING if self._not_unlocked.believed else UNLOCKED

    def _observe_energy(self, situation: "Situation", now: int) -> "int | None":
        is_low = situation.inputs.release_mv < STORED_MV
        self._was_charged = (self._was_charged or not is_low) and not situation.power.low
        charged_at = self._charging.observe(is_low, now)
        weak_at = self._weak.observe(is_low and self._was_charged, now)
        return charged_at if weak_at is None else weak_at

    def _did_not_lock(self, situation: "Situation") -> bool:
        return self._motor.failed and self._motor.aim == LOCK_LOCK

    def _did_not_unlock(self, situation: "Situation") -> bool:
        return self._motor.failed and self._motor.aim == LOCK_UNLOCK

    def _gave_way(self, situation: "Situation") -> bool:
        return self._broken

    def _cannot_release(self, situation: "Situation") -> bool:
        return self._weak.believed or self._charging.believed


def lies_in(lock_code: int, codes: "tuple[int, int]") -> bool:
    """The feedback's code is in this range, edges included."""
    return codes[0] <= lock_code <= codes[1]


def stored_energy(situation: "Situation") -> "dict[int, int]":
    """Volts of the store that releases the lock."""
    return {RAIL_MV: situation.inputs.release_mv}
