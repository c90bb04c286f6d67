"""Everything the rules look at: the readings of this moment and what the last ones taught."""

from contactor import Contactor
from hal import X1
from inputs import Inputs
from lease import Lease
from low_phase import LowPhase
from outputs import Outputs
from pilot import A, Pilot, asks, is_plugged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard import Guard
    from kind import Kind

NO_SAMPLES_MS = 20
UNPLUGGED_MS = 2_000
"""State A must last this long before it clears the faults that clear by unplugging (fault catalogue, recovery U)."""
TOGGLES = 10
TOGGLES_MS = 60_000
AFTER_RESET_MS = 5_000
"""How long a reset that nobody ordered stays present."""


class Toggles:
    """Changes between B and C in the last minute: a car or a contact that cannot make up its mind."""

    def __init__(self) -> None:
        self.too_many = False
        self._at: list[int] = []

    def observe(self, before: int, after: int, now: int) -> "int | None":
        """Take a change of state, or the same state twice; returns when there are too many no longer."""
        if is_plugged(before) and is_plugged(after) and asks(before) != asks(after):
            self._at.append(now)
            self._at = self._at[-TOGGLES - 1 :]
        self.too_many = len(self._at) > TOGGLES and now - self._at[0] < TOGGLES_MS
        return self._at[0] + TOGGLES_MS if self.too_many else None


class Situation:
    """The parts that observe. What follows from them is decided in `interlock.py`."""

    def __init__(self, now: int, reset_cause: str, kind: "Kind", guards: "tuple[Guard, ...]") -> None:
        self.kind = kind
        self.guards = guards
        self.inputs = Inputs()
        self.outputs = Outputs()
        self.lease = Lease()
        self.pilot = Pilot(now, kind.hybrid_blanking)
        self.low_phase = LowPhase()
        self.contactor = Contactor(now)
        self.toggles = Toggles()
        self.reset_cause = reset_cause
        self.started_at = now
        self.reset_is_recent = True
        self.drive_mode = X1
        # What guards show the host: phases that are live behind the contactor, lock, rating of the cable, test mode.
        self.live = 0
        self.lock_state = 0
        self.cable_da: int | None = None
        self.testing = False
        self.samples_missing = False
        self.opened_under_load = False
        self.unplugged_for_good = False
        self._samples_at = now

    def observe(self, drive_mode: int, now: int) -> "list[int | None]":
        """Let every part look at the inputs; returns when each wants to look again."""
        self.drive_mode = drive_mode
        dues = [
            self._observe_samples(now),
            self._observe_pilot(drive_mode, now),
            self.contactor.observe(self.inputs.mirror_open, now),
            self.lease.observe(self.pilot.insertions, now),
            self._observe_unplugging(now),
            self._observe_reset(now),
        ]
        # They see what the parts above have just believed.
        dues.extend([guard.observe(self, now) for guard in self.guards])
        return dues

    def _observe_samples(self, now: int) -> "int | None":
        if self.inputs.samples_high and not self.inputs.frozen:
            self._samples_at = now
            return None
        due = self._samples_at + NO_SAMPLES_MS
        self.samples_missing = self.samples_missing or self.inputs.frozen or now >= due
        return None if self.samples_missing else due

    def _observe_pilot(self, drive_mode: int, now: int) -> "int | None":
        if self.samples_missing or not self.inputs.samples_high:
            return None
        high_mv = self.inputs.high_mv
        low_mv = None if drive_mode == X1 else self.inputs.low_mv
        before = self.pilot.state
        due = self.pilot.observe(high_mv, now)
        calm_at = self.toggles.observe(before, self.pilot.state, now)
        if calm_at is not None:
            due = min(due, calm_at)
        if self.pilot.state == A:
            self.low_phase.unplugged()
            return due
        low_due = self.low_phase.observe(self.pilot.state, high_mv, low_mv, now)
        return due if low_due is None else min(due, low_due)

    def _observe_reset(self, now: int) -> "int | None":
        due = self.started_at + AFTER_RESET_MS
        self.reset_is_recent = now < due
        return due if self.reset_is_recent else None

    def _observe_unplugging(self, now: int) -> "int | None":
        if self.pilot.state != A:
            self.unplugged_for_good = False
            return None
        due = self.pilot.since + UNPLUGGED_MS
        if now < due:
            return due
        if not self.unplugged_for_good:
            self.unplugged_for_good = True
            self.opened_under_load = False
            self.contactor.forget_close_verdicts()
            for guard in self.guards:
                guard.unplugged(now)
        return None
