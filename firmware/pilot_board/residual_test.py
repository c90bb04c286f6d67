"""One self-test of the residual current module, as the safety reference, section 4.3, orders it.

The output is low for a second, the test winding gets 250 ms of current, the output trips and the hardware chain drops
with it, the output releases, the latch is reset and the chain is back. A first attempt that failed is followed by one
more.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from outputs import Outputs

QUIET_MS = 1_000
QUIET_WITHIN_MS = 5_000
"""A module that just tripped may need three seconds to release, then its second of silence, and some time to spare."""
PULSE_MS = 250
TRIP_WITHIN_MS = 1_000
CHAIN_WITHIN_MS = 50
"""The latch follows the output within 1 ms; the rest is reading one pin after the other."""
CHAIN_ALONE_MS = 20
"""A chain that drops so long before the output was opened by something else, such as an emergency stop."""
RELEASE_WITHIN_MS = 3_000
"""From the beginning of the pulse, as the second above."""
BOUNCE_MS = 20
VERIFY_AFTER_MS = 20
VERIFY_WITHIN_MS = 100

RESTS, QUIETS, CLEARS, PULSES, RELEASES, VERIFIES = range(6)


class ResidualTest:
    """`observe` at every step, running or not: what the output did before is part of the sequence."""

    def __init__(self, now: int, has_feedback: bool) -> None:
        self.stage = RESTS
        self.passed_at: int | None = None
        self.failed = False
        """The last test failed twice. A later one that passes takes it back."""
        self.never_quiet = False
        """The output was not low for a second when a test asked for it."""
        self.trip_ms: int | None = None
        """From pulse to trip in the last attempt; None where it did not trip."""
        self.clear_ms: int | None = None
        """From pulse to release in the last attempt; None where it did not release."""
        self.dropped_chain = False
        """The chain was seen open after the trip of the last attempt."""
        self.output_is_ours = False
        """The output is active because the test winding had current."""
        self.holds_chain = has_feedback
        """A test runs, or the latch was set by the output and nothing has reset it: so the chain is open.

        The life before may have ended in a test. So the latch counts as set from the start until the chain is seen up
        or the first test's pulse has been tried. Contacts that are not seen open end that: no pulse will come.
        """
        self._has_feedback = has_feedback
        self._attempt = 0
        self._since = now
        self._active = False
        self._quiet_since = now
        """While the output is quiet: the first look that found it so."""
        self._ours_until = now
        self._latched = self._is_assumed = has_feedback
        self._reset_at: int | None = None
        self._chain_since = now
        self._chain_ok = False

    @property
    def running(self) -> bool:
        return self.stage != RESTS

    def resumed(self) -> None:
        """The output had set the latch in the life before; a chain that is up shows that it has been reset since."""
        self._latched = self.holds_chain = True
        self._is_assumed = False

    def begin(self, now: int) -> None:
        """Start with the first attempt, or start over."""
        self._attempt = 1
        self._enter(QUIETS, now)

    def stop(self, outputs: "Outputs") -> None:
        """End without a verdict."""
        outputs.residual_test = False
        self.stage = RESTS

    def observe(self, active: bool, chain_ok: bool, safe: bool, outputs: "Outputs", now: int) -> "int | None":
        """Take the module's output and the chain's feedback; returns when to look again.

        `safe`: the coil has no current and the contacts are seen open. Without it there is no test current.
        """
        self._note(active, chain_ok, now)
        if self._is_assumed and not safe:
            self._latched = self._is_assumed = False
        if self.running and not safe:
            # What trips with closed contacts is no test's doing, and a test starts over behind open ones.
            outputs.residual_test = False
            self._ours_until = now
            self.output_is_ours = False
            self._enter(QUIETS, now)
        due = self._advance(active, outputs, now) if safe else None
        self.holds_chain = self._latched or self.stage >= PULSES
        return due

    def _note(self, active: bool, chain_ok: bool, now: int) -> None:
        self.output_is_ours = active and (self.output_is_ours or now < self._ours_until)
        if active != self._active:
            self._active = active
            self._quiet_since = now
        if active:
            self._latched = True
            self._is_assumed = False
            self._reset_at = None
        elif chain_ok or (self._reset_at is not None and now >= self._reset_at + VERIFY_WITHIN_MS):
            self._latched = False
        if chain_ok != self._chain_ok:
            self._chain_ok = chain_ok
            self._chain_since = now

    def _advance(self, active: bool, outputs: "Outputs", now: int) -> "int | None":
        if self.stage == QUIETS:
            return self._wait_for_quiet(active, outputs, now)
        if self.stage == CLEARS:
            return self._wait_for_chain(active, outputs, now)
        if self.stage == PULSES:
            return self._wait_for_trip(active, outputs, now)
        if self.stage == RELEASES:
            return self._wait_for_release(active, outputs, now)
        if self.stage == VERIFIES:
            return self._verify(active, now)
        return None

    def _wait_for_quiet(self, active: bool, outputs: "Outputs", now: int) -> "int | None":
        due = max(self._since, self._quiet_since) + QUIET_MS
        if not active and now >= due:
            self._enter(CLEARS, now)
            if not self._healthy():
                self._reset_latch(outputs, now)
            return self._wait_for_chain(active, outputs, now)
        if now >= self._since + QUIET_WITHIN_MS:
            self.never_quiet = True
            self.failed = self.failed or self._attempt > 1
            self.stage = RESTS
            return None
        give_up_at = self._since + QUIET_WITHIN_MS
        return give_up_at if active else min(due, give_up_at)

    def _wait_for_chain(self, active: bool, outputs: "Outputs", now: int) -> "int | None":
        if active:
            self._enter(QUIETS, now)
            return now + QUIET_WITHIN_MS
        if self._healthy():
            self._enter(PULSES, now)
            self.trip_ms = self.clear_ms = None
            self.dropped_chain = False
            self._ours_until = now + RELEASE_WITHIN_MS
            outputs.residual_test = True
            return now + PULSE_MS
        # Whoever else opened the chain will close it: no fault of the module, and no time limit.
        told_at = self._since + VERIFY_WITHIN_MS
        return told_at if now < told_at else None

    def _wait_for_trip(self, active: bool, outputs: "Outputs", now: int) -> "int | None":
        elapsed = now - self._since
        if elapsed >= PULSE_MS:
            outputs.residual_test = False
        if self.trip_ms is None and active and elapsed <= TRIP_WITHIN_MS:
            self.trip_ms = elapsed
        if self.trip_ms is None:
            return self._still_no_trip(outputs, now)
        if not (self._has_feedback and self._chain_ok):
            self.stage = RELEASES
            self.dropped_chain = self._has_feedback
            return self._wait_for_release(active, outputs, now)
        chain_due = self._since + self.trip_ms + CHAIN_WITHIN_MS
        if now >= chain_due:
            return self._fail(outputs, now)
        return chain_due if elapsed >= PULSE_MS else min(chain_due, self._since + PULSE_MS)

    def _still_no_trip(self, outputs: "Outputs", now: int) -> "int | None":
        dues = [self._since + TRIP_WITHIN_MS]
        if now >= dues[0]:
            return self._fail(outputs, now)
        if outputs.residual_test:
            dues.append(self._since + PULSE_MS)
        if self._has_feedback and not self._chain_ok:
            dues.append(self._chain_since + CHAIN_ALONE_MS)
            if now >= dues[-1]:
                # It proves nothing now: the same attempt again, once the chain is back.
                outputs.residual_test = False
                self._enter(QUIETS, now)
                return now + QUIET_MS
        return min(dues)

    def _wait_for_release(self, active: bool, outputs: "Outputs", now: int) -> "int | None":
        pulse_end = self._since + PULSE_MS
        if now < pulse_end:
            return pulse_end
        outputs.residual_test = False
        give_up_at = self._since + RELEASE_WITHIN_MS
        if active:
            return give_up_at if now < give_up_at else self._fail(outputs, now)
        due = max(self._quiet_since, pulse_end) + BOUNCE_MS
        if now < due:
            return due
        self.clear_ms = self._quiet_since - self._since
        self._reset_latch(outputs, now)
        self._enter(VERIFIES, now)
        return now + VERIFY_AFTER_MS

    def _verify(self, active: bool, now: int) -> "int | None":
        if now < self._since + VERIFY_AFTER_MS:
            return self._since + VERIFY_AFTER_MS
        if self._healthy() and not active:
            self.stage = RESTS
            self.passed_at = self._ours_until = now
            self.failed = self.never_quiet = False
            return None
        if now < self._since + VERIFY_WITHIN_MS:
            return self._since + VERIFY_WITHIN_MS
        return self._next_attempt(now)

    def _healthy(self) -> bool:
        return self._chain_ok or not self._has_feedback

    def _reset_latch(self, outputs: "Outputs", now: int) -> None:
        outputs.residual_resets += 1
        self._reset_at = now

    def _fail(self, outputs: "Outputs", now: int) -> "int | None":
        outputs.residual_test = False
        return self._next_attempt(now)

    def _next_attempt(self, now: int) -> "int | None":
        if self._attempt > 1:
            self.failed = True
            self.stage = RESTS
            return None
        self._attempt += 1
        self._enter(QUIETS, now)
        return now + QUIET_MS

    def _enter(self, stage: int, now: int) -> None:
        self.stage = stage
        self._since = now
