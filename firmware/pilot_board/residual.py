"""Residual current protection: trips, what ends them, the self-test (safety reference, section 4; P1 to P3).

The module's latch opens the chain within a millisecond and without us. Here is what follows: the fault, the plug that
has to come out, the test before the next closing. Trips are counted while the board is on; a restart forgets the count,
and that a plug had another chance to come, but not the trip itself.
"""

import fault_codes as code
from faults import BY_GUARD, BY_RESTART, BY_SERVICE, OPEN, Check
from guard import FOR_RESIDUAL, NOTHING, Guard
from inputs import RESIDUAL_AC, RESIDUAL_DC, RESIDUAL_ERROR
from kind import CHAIN_FEEDBACK, RESIDUAL_UL
from lasting import Lasting, all_rest, soonest
from repeats import DAY_MS, Repeats
from residual_test import ResidualTest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

TRIPS = RESIDUAL_DC | RESIDUAL_AC
POWER_UP_MS = 1_000
"""The module's lines mean nothing so soon after its supply came."""
FILTER_MS = 20
STUCK_MS = 3_000
RETRY_AFTER_MS = 15 * 60_000
RETRIES = 4
EARLY_MS = 2_000
"""A trip so soon after the contacts closed is the car's own; the UL profile does not try such a car again."""

NOTHING_SEEN = -1
AFTER_MS = 4
COUNT = 5
"""Places in `messages.EVIDENCE`."""


class Retries:
    """The UL profile (section 4.2): 15 minutes after a trip the plug that is in gets another chance, four times.

    Not after a trip within 2 s of closing. The IEC profile has no such chances: `allowed` is then always False.
    """

    def __init__(self, kind: "Kind") -> None:
        self.allowed = False
        self.at: int | None = None
        """When the next one begins; None: none will."""
        self.spent = False
        """A trip came after the last of them."""
        self._profile = kind.residual == RESIDUAL_UL
        self._used = 0
        self._energised = False
        self._closed_at: int | None = None

    def contacts_are(self, closed: bool, energised: bool, now: int) -> None:
        """Keeps when the contacts closed last, also when they have opened since."""
        if energised and not self._energised:
            self._closed_at = None
        self._energised = energised
        if energised and closed and self._closed_at is None:
            self._closed_at = now

    def another_plug(self) -> None:
        self._used = 0

    def tripped(self, since: int, now: int) -> None:
        """The output has been active since then. Contacts that were never seen closed count as just closed."""
        self.allowed = False
        early = self._closed_at is None or since - self._closed_at <= EARLY_MS
        self.spent = self._profile and self._used >= RETRIES
        self.at = now + RETRY_AFTER_MS if self._profile and not early and not self.spent else None

    def observe(self, now: int) -> "int | None":
        """Returns when the next chance begins."""
        if self.at is None or now < self.at:
            return self.at
        self.at = None
        self.allowed = True
        self._used += 1
        return None


class Residual(Guard):
    """Between trip and test: `begin_test` orders one, `test` has its result, `last_test_ms` how fast the module was."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.test = ResidualTest(now, kind.fits(CHAIN_FEEDBACK))
        self.last_test_ms: int | None = None
        self._kind = kind
        self._ready_at = now + POWER_UP_MS
        self._wanted = True
        self._insertion = 0
        self._dc, self._ac, self._error = Lasting(FILTER_MS), Lasting(FILTER_MS), Lasting(FILTER_MS)
        self._stuck = Lasting(STUCK_MS)
        self._conditions = (self._dc, self._ac, self._error, self._stuck)
        self._seen = NOTHING_SEEN
        """What the last look saw if it left everything at rest; to be looked at again by `_due`."""
        self._due: int | None = None
        self._dc_tripped = self._ac_tripped = False
        self._may_recover = False
        self._trips = Repeats()
        self._retries = Retries(kind)
        self.checks = (
            # The catalogue's U and the self-test: both are in the condition, so that it ends without a second plug.
            Check(code.RCD_DC_TRIP, OPEN, BY_GUARD, self._has_dc_trip, self._evidence),
            Check(code.RCD_AC_TRIP, OPEN, BY_GUARD, self._has_ac_trip, self._evidence),
            Check(code.RCD_SELFTEST_FAILED, OPEN, BY_SERVICE, self._failed_test, self._evidence),
            Check(code.RCD_MODULE_ERROR, OPEN, BY_RESTART, self._has_module_error, self._evidence),
            Check(code.RCD_RETRY_EXHAUSTED, OPEN, BY_SERVICE, self._is_exhausted, self._evidence),
        )

    @property
    def tripped(self) -> bool:
        """A trip that has not been answered by unplugging and a passed test, or by the profile's own retry."""
        return self._dc_tripped or self._ac_tripped

    def resumed(self, number: int) -> None:
        self._dc_tripped = self._dc_tripped or number == code.RCD_DC_TRIP
        self._ac_tripped = self._ac_tripped or number == code.RCD_AC_TRIP
        self.test.resumed()

    def counts(self, now: int) -> bool:
        """A trip of the last 24 h."""
        return self._trips.is_recent(now)

    def begin_test(self, now: int) -> None:
        """Test as soon as the contacts are open and no trip waits for its plug to come out."""
        self._wanted = True
        self._seen = NOTHING_SEEN

    @property
    def is_testing(self) -> bool:
        """A test runs or is wanted."""
        return self._wanted or self.test.running

    def text(self) -> bytes:
        """The last test as words `name=value`, without what has not been measured."""
        test = self.test
        state = "passed" if test.passed_at is not None else "untested"
        if self.is_testing:
            state = "running"
        elif test.never_quiet:
            state = "not_quiet"
        elif test.failed:
            state = "failed"
        words = ["state=" + state]
        if test.trip_ms is not None:
            words.append("trip_ms=" + str(test.trip_ms))
        if test.clear_ms is not None:
            words.append("clear_ms=" + str(test.clear_ms))
        if self._kind.fits(CHAIN_FEEDBACK):
            words.append("chain=" + ("dropped" if test.dropped_chain else "stayed"))
        return " ".join(words).encode()

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Lines, then trips, then what may end them, then the test."""
        if now < self._ready_at:
            situation.residual_testing = self.test.holds_chain
            return self._ready_at
        energised = situation.contactor.energised
        seen = self._see(situation)
        if seen == self._seen and self._due is not None and now < self._due:
            return self._due
        self._due = self._observe(situation, energised, now)
        rests = self._is_at_rest(situation)
        self._seen = seen if rests else NOTHING_SEEN
        self.calm = rests and not (self.test.failed or self.test.never_quiet or self._is_exhausted(situation))
        return self._due

    def _see(self, situation: "Situation") -> int:
        """Everything that is judged here, in one number."""
        inputs = situation.inputs
        lines = inputs.residual | inputs.chain_ok << 3 | inputs.mirror_open << 4
        return lines | situation.contactor.energised << 5 | situation.pilot.insertions << 6

    def _is_at_rest(self, situation: "Situation") -> bool:
        """Tested, not tripped, nothing counts, nothing is wanted: the same lines would say the same again."""
        test = self.test
        tested = test.passed_at is not None and not (test.running or test.holds_chain or self._wanted)
        calm_lines = situation.inputs.chain_ok and not situation.inputs.residual
        return tested and calm_lines and not self.tripped and all_rest(self._conditions)

    def _observe(self, situation: "Situation", energised: bool, now: int) -> "int | None":
        inputs = situation.inputs
        safe = inputs.mirror_open and not energised
        active = bool(inputs.residual & TRIPS)
        if energised and self._kind.residual == RESIDUAL_UL:
            self._wanted = True
        self._note_plug(situation.pilot.insertions)
        self._retries.contacts_are(not inputs.mirror_open, energised, now)
        dues = [
            self._observe_test(situation, active, safe, now),
            self._observe_lines(inputs.residual, situation.testing, now),
            self._stuck.observe(active and safe, now),
            self._observe_recovery(situation, now),
        ]
        if self._may_begin(safe):
            self._wanted = False
            self.test.begin(now)
            dues.append(self._observe_test(situation, active, safe, now))
        situation.residual_testing = self.test.holds_chain
        return soonest(dues)

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        """A test is wanted, running or never passed, or the output is active this very moment."""
        ready = self.test.passed_at is not None and not self._wanted and not self.test.running
        return (NOTHING if ready and not situation.inputs.residual else FOR_RESIDUAL), None

    def _note_plug(self, insertion: int) -> None:
        if insertion != self._insertion:
            self._insertion = insertion
            self._wanted = True
            self._retries.another_plug()

    def _observe_test(self, situation: "Situation", active: bool, safe: bool, now: int) -> "int | None":
        passed_at = self.test.passed_at
        due = self.test.observe(active, situation.inputs.chain_ok, safe, situation.outputs, now)
        if self.test.trip_ms is not None:
            self.last_test_ms = self.test.trip_ms
        if self.test.passed_at is None:
            return due
        if self.test.passed_at != passed_at and self._may_recover:
            self._dc_tripped = self._ac_tripped = self._may_recover = False
        stale_at = self.test.passed_at + DAY_MS
        if now >= stale_at and not self.test.running:
            self._wanted = True
        return due if now >= stale_at else soonest((due, stale_at))

    def _observe_lines(self, read: int, testing: bool, now: int) -> "int | None":
        trips = 0 if self.test.output_is_ours else read & TRIPS
        dues = (
            self._error.observe(bool(read & RESIDUAL_ERROR), now),
            self._dc.observe(bool(trips & RESIDUAL_DC), now),
            self._ac.observe(bool(trips & RESIDUAL_AC), now),
        )
        if trips:
            # Too short for a trip it may have set the latch all the same: a test shows, and resets it.
            self._wanted = True
        if (self._dc.believed or self._ac.believed) and not self.tripped:
            self._may_recover = False
            if not testing:
                # An installer's tester trips it more often than any car may (ST302 to ST305).
                self._trips.note(now)
            self._retries.tripped(now - FILTER_MS, now)
        self._dc_tripped = self._dc_tripped or self._dc.believed
        self._ac_tripped = self._ac_tripped or self._ac.believed
        return soonest(dues)

    def _observe_recovery(self, situation: "Situation", now: int) -> "int | None":
        if not self.tripped:
            return None
        due = self._retries.observe(now)
        if not self._may_recover and (situation.seen_empty or self._retries.allowed):
            self._may_recover = True
            self._wanted = True
        if not self._may_recover and self.test.running:
            # Its end would reset the latch, which stays until the plug is out.
            self.test.stop(situation.outputs)
            self._wanted = True
        return due

    def _may_begin(self, safe: bool) -> bool:
        if not self._wanted or not safe or self.test.running:
            return False
        return self._may_recover or not self.tripped

    def _has_dc_trip(self, situation: "Situation") -> bool:
        return self._dc_tripped

    def _has_ac_trip(self, situation: "Situation") -> bool:
        return self._ac_tripped

    def _failed_test(self, situation: "Situation") -> bool:
        return self.test.failed

    def _has_module_error(self, situation: "Situation") -> bool:
        return self._error.believed or self._stuck.believed or self.test.never_quiet

    def _is_exhausted(self, situation: "Situation") -> bool:
        if self._kind.residual == RESIDUAL_UL:
            return self._retries.spent
        return self._trips.too_many

    def _evidence(self, situation: "Situation") -> "dict[int, int]":
        """Trips within 24 h, three at most, and the milliseconds that the last test's trip took."""
        found = {COUNT: self._trips.count}
        if self.last_test_ms is not None:
            found[AFTER_MS] = self.last_test_ms
        return found
