"""Everything the rules look at: the readings of this moment and what the last ones taught."""

from contactor import Contactor
from guard import Guard
from hal import X1, F
from inputs import Inputs
from last_moves import LastMoves
from lasting import sooner
from lease import FRESH, Lease
from low_phase import LowPhase
from operations import Operations
from out_of_service import EMPTY_MS, UNPLUGGED_MS
from outputs import Outputs
from pilot import A, Pilot, asks, is_plugged
from pilot_test import PilotTest
from power import Power
from test_mode import EnergisedTest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind

NO_SAMPLES_MS = 20
TOGGLES = 10
TOGGLES_MS = 60_000
AFTER_RESET_MS = 5_000
"""How long a reset that nobody ordered stays present."""


def limiting(guards: "tuple[Guard, ...]") -> "tuple[Guard, ...]":
    """Guards with a limit of their own: the others need not be asked for it twice in each step."""
    return tuple([guard for guard in guards if type(guard).limit_da is not Guard.limit_da])


class Toggles:
    """Changes between B and C in the last minute: a car or a contact that cannot make up its mind."""

    def __init__(self) -> None:
        self.too_many = False
        self._at: list[int] = []

    def observe(self, before: int, after: int, now: int) -> "int | None":
        """Take a change of state, or the same state twice; returns when there are too many no longer."""
        if before == after and not self._at:
            return None
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
        self.limiting = limiting(guards)
        """Those of them that may limit the offer."""
        self.inputs = Inputs()
        self.outputs = Outputs()
        self.lease = Lease()
        self.pilot = Pilot(now, kind.hybrid_blanking)
        self.low_phase = LowPhase()
        self.contactor = Contactor(now)
        self.toggles = Toggles()
        self.operations = Operations(kind)
        self.power = Power()
        self.test = EnergisedTest()
        self.pilot_test = PilotTest()
        self.moves = LastMoves(kind)
        self.reset_cause = reset_cause
        self.started_at = now
        self.short_starts = 0
        """Starts in a row, this one among them, that have not lived a minute; 0 where nothing can be kept."""
        self.hangs = 0
        """Resets by the watchdog, the latest of them perhaps this start, without a day in between; 0 as above."""
        self.image_differs = False
        """The program's files are not the ones that its manifest names."""
        self.reset_is_recent = True
        self.drive_mode = X1
        self.offered_da = 0
        """What the pilot offered when the readings were taken."""
        self.drive_duty = 0
        """What the generator was told, in 1/10000; matters in X2 only."""
        # What guards show the host: phases that are live behind the contactor, lock, rating of the cable.
        self.live = 0
        self.lock_state = 0
        self.cable_da: int | None = None
        self.residual_testing = False
        """The residual current module holds the chain open: it is being tested, or its latch has not been reset."""
        self.samples_missing = False
        self.opened_under_load = False
        self.unplugged_for_good = False
        """The plug has been out for two seconds; in F, where nobody sees another come, it stays so."""
        self.seen_empty = False
        """The same, and the readings say so now: what ends by unplugging ends."""
        self._samples_at = now

    @property
    def testing(self) -> bool:
        """The energised test of an installer is going on."""
        return self.test.running

    def observe(self, drive_mode: int, now: int) -> "list[int | None]":
        """Let every part look at the inputs; returns when the first of them wants to look again."""
        self.drive_mode = drive_mode
        due = self.power.observe(self.inputs, now)
        due = sooner(due, self._observe_samples(now))
        due = sooner(due, self._observe_pilot(drive_mode, now))
        due = sooner(due, self.contactor.observe(self.inputs.mirror_open, now))
        due = sooner(due, self.lease.observe(self.pilot.insertions, now))
        due = sooner(due, self.operations.observe(self, now))
        due = sooner(due, self.test.observe(self.lease.standing == FRESH, now))
        due = sooner(due, self._observe_unplugging(now))
        due = sooner(due, self._observe_reset(now))
        # They see what the parts above have just believed.
        for guard in self.guards:
            wanted = guard.observe(self, now)
            if wanted is not None and (due is None or wanted < due):
                due = wanted
        return [due]

    def _observe_samples(self, now: int) -> "int | None":
        # A running PWM has a low phase: a converter that finds none of it is as good as silent. F has no other.
        high = self.inputs.samples_high or self.drive_mode == F
        both = high and (self.drive_mode == X1 or self.inputs.low_mv is not None)
        if both and not self.inputs.frozen:
            self._samples_at = now
            return None
        due = self._samples_at + NO_SAMPLES_MS
        self.samples_missing = self.samples_missing or self.inputs.frozen or now >= due
        return None if self.samples_missing else due

    def _observe_pilot(self, drive_mode: int, now: int) -> "int | None":
        if self.samples_missing:
            return None
        if drive_mode == F:
            # Nothing is asked again before F ends, 100 ms after the last look in it.
            self.pilot.hold(now)
            return None
        if not self.inputs.samples_high:
            return None
        if self.outputs.is_disconnected():
            return self.pilot.hold(now)
        high_mv = self.inputs.high_mv
        low_mv = None if drive_mode == X1 else self.inputs.low_mv
        before = self.pilot.state
        due = self.pilot.observe(high_mv, now)
        # An installer turns an adapter to and fro; what flaps in a test is nobody's contact.
        calm_at = None if self.testing else self.toggles.observe(before, self.pilot.state, now)
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
            self.unplugged_for_good = self.seen_empty = False
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
        return self._observe_emptiness(now)

    def _observe_emptiness(self, now: int) -> "int | None":
        empty_ms = self.pilot.steady_ms(now)
        if self.drive_mode == F:
            self.seen_empty = False
        elif empty_ms >= EMPTY_MS:
            self.seen_empty = True
        elif not self.seen_empty:
            return now + EMPTY_MS - empty_ms
        return None
