"""The steps of self-tests that a host may ask for, one by one, and a start anew; a result is a place in
`messages.RESULTS`.

Each says no wherever its rule does; none closes anything. What was begun ends by itself (`test_mode.py`,
`pilot_test.py`), whether the host comes back or not.
"""

from answers import BAD_SIGNATURE, DONE, NOT_NOW, REFUSED, UNKNOWN
from boot import UNDER_TEST, UNDER_WAY
from challenge import are_same, keyed_hash
from hal import X1, X2, F
from lease import FRESH
from pilot import A
from pilot_test import LEAST_DUTY, MOST_DUTY
from residual import Residual
from startup import LIVES_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from challenge import Challenge
    from interlock import Interlock
    from storage import Storage

MODES = {"drive_x1": X1, "drive_f": F, "drive_pwm": X2}
ANSWERED_MS = 100
"""Before it stands still or starts anew: the answer is on the wire by then."""


class TestSteps:
    """`hangs_at` is when the program shall stand still, `restarts_at` when it shall start anew; None for no wish."""

    def __init__(self, interlock: "Interlock", local_key: "bytes | None", challenge: "Challenge") -> None:
        self.hangs_at: int | None = None
        self.restarts_at: int | None = None
        self._interlock = interlock
        self._local_key = local_key
        self._challenge = challenge
        self._kept: bool | None = None
        """The storage says that a test with power is under way; None: whatever the life before left there."""
        guards = interlock.situation.guards
        found = [guard for guard in guards if isinstance(guard, Residual)]
        self.residual = found[0] if found else None

    def do(self, step: str, proof: bytes, duty: int, now: int) -> int:
        """What became of it."""
        situation = self._interlock.situation
        if step == "end":
            situation.test.end()
            return DONE
        if step == "begin":
            return self._begin(proof, now)
        if step == "release":
            situation.pilot_test.release()
            return DONE
        if step == "cut":
            return self._cut(now)
        if step in MODES:
            return self._drive(MODES[step], duty, now)
        if step == "residual":
            return self._test_residual(now)
        if step == "restart":
            return self._restart(now)
        return self._stand_still(step, now)

    def _begin(self, proof: bytes, now: int) -> int:
        test = self._interlock.situation.test
        if self._local_key is None:
            return REFUSED
        if test.running or not self._coil_is_off() or not self._interlock.may_be_tested():
            return NOT_NOW
        if not are_same(keyed_hash(self._local_key, self._challenge.text()), proof):
            return BAD_SIGNATURE
        self._challenge.use_up()
        test.begin(now)
        return DONE

    def _drive(self, mode: int, duty: int, now: int) -> int:
        situation, reaction = self._interlock.situation, self._interlock.faults.reaction
        if mode == X2 and not LEAST_DUTY <= duty <= MOST_DUTY:
            return REFUSED
        if not situation.pilot_test.may_show(mode, situation, reaction, now):
            return NOT_NOW
        situation.pilot_test.show(mode, duty, now)
        return DONE

    def _cut(self, now: int) -> int:
        situation, reaction = self._interlock.situation, self._interlock.faults.reaction
        if not situation.pilot_test.may_cut(situation, reaction, now):
            return NOT_NOW
        situation.pilot_test.cut(now)
        return DONE

    def _test_residual(self, now: int) -> int:
        """With no car: a charge has a test of its own, and nobody waits for this one."""
        residual = self.residual
        if residual is None:
            return UNKNOWN
        situation = self._interlock.situation
        if not self._coil_is_off() or situation.pilot.state != A or residual.tripped or residual.is_testing:
            return NOT_NOW
        residual.begin_test(now)
        return DONE

    def _stand_still(self, step: str, now: int) -> int:
        """Stop the pulses, or the whole program: only where an installer's adapter hangs behind the contactor."""
        test = self._interlock.situation.test
        if not test.running:
            return NOT_NOW
        if step == "stop_alive":
            test.stop_pulses(now)
        else:
            self.hangs_at = now + ANSWERED_MS
        return DONE

    def _restart(self, now: int) -> int:
        if not self._may_restart(now):
            return NOT_NOW
        self.restarts_at = now + ANSWERED_MS
        return DONE

    def _may_restart(self, now: int) -> bool:
        """Nobody is served, or about to be, and a start would forget nothing that makes this board careful.

        A life of less than a minute is not ended: a request that comes again, or a host that goes on asking, finds a
        board that has just started.
        """
        interlock, situation = self._interlock, self._interlock.situation
        lease, contactor = situation.lease, situation.contactor
        if lease.standing != FRESH or lease.permit or lease.must_open() or situation.testing:
            return False
        if contactor.energised or not situation.unplugged_for_good or now < situation.started_at + LIVES_MS:
            return False
        if situation.hangs or now < interlock.start_not_before:
            return False
        # What ends by time, by a plug or by a person would be forgotten with the rest that it asks for.
        if interlock.faults.evidence and not interlock.faults.ends_by_restart():
            return False
        counting = [guard for guard in situation.guards if guard.counts(now)]
        return not (contactor.counts(now) or counting)

    def keep(self, storage: "Storage") -> None:
        """Let the storage know whether a test with power is under way, while the coil is off."""
        running = self._interlock.situation.test.running
        if running == self._kept or not self._coil_is_off():
            return
        if running or self._kept is not None or storage.recall(UNDER_TEST):
            storage.keep(UNDER_TEST, UNDER_WAY if running else b"")
        self._kept = running

    def must_hang(self, now: int) -> bool:
        """Once, when the time has come and the test still runs."""
        if self.hangs_at is None or now < self.hangs_at:
            return False
        self.hangs_at = None
        return self._interlock.situation.test.running

    def must_restart(self, now: int) -> bool:
        """Once, when the time has come and it still may."""
        if self.restarts_at is None or now < self.restarts_at:
            return False
        self.restarts_at = None
        return self._may_restart(now)

    def _coil_is_off(self) -> bool:
        return not self._interlock.situation.contactor.energised
