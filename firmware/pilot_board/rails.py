"""The generator under watch: its rails, its open-circuit level, its frequency and its duty (safety reference, P28).

Frequency and duty are counted over a second, and told for one more. So a count is judged by every duty that was driven
in the time that it may span, not by the last alone, and a host that changes its offer all the time hides nothing but
the difference. Two counts must agree, and a third that is missing is a wrong one.
"""

import fault_codes as code
from doubt import Doubt
from faults import BY_SERVICE, OPEN, Check
from guard import FOR_RAILS, NOTHING, Guard
from hal import X1, X2, F
from lasting import sooner
from pilot import A
from power import rails_are_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

OUT_MS = 20
LEVEL_MV = (11_400, 12_600)
LEVEL_MS = 2_000
"""Nothing closes in state A. A plug that goes in slowly, or mains pick-up that averages out, is no broken generator."""
FREQUENCY_MHZ = (980_000, 1_020_000)
DUTY_ERROR = 50
"""0.5 % of the period."""
SETTLE_MS = 2_100
"""A count says nothing of what was longer ago."""
TWO_COUNTS_MS = 1_100
UNCOUNTED_MS = 3_000

# Places in `messages.EVIDENCE`.
HIGH_MV = 0
FREQUENCY = 10
DUTY = 11
RAIL_MV = 15


class Driven:
    """Lowest and highest duty that a count of this moment may hold: of the last `SETTLE_MS`, or up to twice as long.

    The present stretch of time and the one before it count. A change after a long rest begins a stretch, so that after
    a single change exactly `SETTLE_MS` pass until the new duty stands alone.
    """

    def __init__(self, duty: int, now: int) -> None:
        self._last = duty
        self._until = now
        self._low = self._high = duty
        self._low_before = self._high_before = duty

    @property
    def is_settled(self) -> bool:
        """Nothing but the last duty counts."""
        return self._low == self._high == self._low_before == self._high_before == self._last

    def begin(self, duty: int) -> None:
        """PWM begins, and the counter with it: what was before is in no count."""
        self._last = self._low = self._high = self._low_before = self._high_before = duty

    def observe(self, duty: int, now: int) -> "int | None":
        """Take the duty that is driven from now on; returns when one of those before it ends to count."""
        settled = self.is_settled
        if not settled and now >= self._until:
            self._low_before = self._low
            self._high_before = self._high
            self._low = self._high = self._last
            self._until = now + SETTLE_MS
        if duty != self._last:
            if settled:
                self._low = self._high = duty
                self._until = now + SETTLE_MS
            self._low = min(self._low, duty)
            self._high = max(self._high, duty)
            self._last = duty
        return None if self.is_settled else self._until

    def explains(self, duty: int) -> bool:
        """A count of this duty may be of what was driven."""
        lowest = min(self._low, self._low_before)
        highest = max(self._high, self._high_before)
        return lowest - DUTY_ERROR <= duty <= highest + DUTY_ERROR


class Rails(Guard):
    """Without rails in order nothing closes; rails or a generator out of order open, and a service person ends it."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.checks = (
            Check(code.POWER_RAIL, OPEN, BY_SERVICE, self._rail_is_out, rail),
            Check(code.CP_GENERATOR, OPEN, BY_SERVICE, self._generator_is_wrong, generator),
        )
        self._out = Doubt(OUT_MS, OUT_MS)
        self._level = Doubt(LEVEL_MS)
        self._count = Doubt(TWO_COUNTS_MS)
        self._uncounted = Doubt(UNCOUNTED_MS)
        self._mode = X1
        self._duty = 0
        self._driven = Driven(0, now)
        self._mode_since = now
        self._seen_mhz: int | None = None
        self._seen_duty: int | None = None
        self._rests = False
        """Settled, and nothing counts."""

    def observe(self, situation: "Situation", now: int) -> "int | None":
        if self._rests and self._is_as_before(situation):
            return None
        if situation.drive_mode != self._mode:
            self._mode = situation.drive_mode
            self._mode_since = now
            self._driven.begin(situation.drive_duty)
        self._duty = situation.drive_duty
        driven_due = self._driven.observe(self._duty, now)
        settled_at = self._mode_since + SETTLE_MS
        settled = now >= settled_at
        uncounted = self._mode == X2 and situation.inputs.generator_mhz is None
        due = sooner(driven_due, None if settled else settled_at)
        due = sooner(due, self._out.observe(rails_are_out(situation.inputs) and not situation.power.low, now))
        if self._mode != F:
            # F hides the level: a doubt outlasts it, else none would last over the looks in between.
            due = sooner(due, self._level.observe(self._level_is_wrong(situation), now))
        due = sooner(due, self._count.observe(self._count_is_wrong(situation, settled), now))
        due = sooner(due, self._uncounted.observe(uncounted, now))
        self._seen_mhz = situation.inputs.generator_mhz
        self._seen_duty = situation.inputs.generator_duty
        self.calm = self._is_fine()
        self._rests = self.calm and settled and self._driven.is_settled
        return due

    def _is_as_before(self, situation: "Situation") -> bool:
        """The same drive, the same count, and neither rails nor level give cause."""
        inputs = situation.inputs
        return (
            situation.drive_mode == self._mode
            and situation.drive_duty == self._duty
            and inputs.generator_mhz == self._seen_mhz
            and inputs.generator_duty == self._seen_duty
            and not rails_are_out(inputs)
            and not self._level_is_wrong(situation)
        )

    def _is_fine(self) -> bool:
        return self._out.is_calm and self._level.is_calm and self._count.is_calm and self._uncounted.is_calm

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        return (NOTHING if self._is_fine() and not situation.power.low else FOR_RAILS), None

    def _level_is_wrong(self, situation: "Situation") -> bool:
        inputs = situation.inputs
        if situation.pilot.state != A or situation.drive_mode != X1 or situation.outputs.is_disconnected():
            return False
        # What the rails explain is told as theirs.
        explained = rails_are_out(inputs) or situation.power.low
        return not explained and not LEVEL_MV[0] <= inputs.high_mv <= LEVEL_MV[1]

    def _count_is_wrong(self, situation: "Situation", settled: bool) -> bool:
        mhz = situation.inputs.generator_mhz
        duty = situation.inputs.generator_duty
        if situation.drive_mode != X2:
            # Steady was asked for: nothing may be counted any more.
            return settled and mhz is not None
        if mhz is None:
            return False
        if not FREQUENCY_MHZ[0] <= mhz <= FREQUENCY_MHZ[1]:
            return True
        # The duty is counted after the frequency: at the start of an offer it is still to come.
        return settled if duty is None else not self._driven.explains(duty)

    def _rail_is_out(self, situation: "Situation") -> bool:
        return self._out.believed

    def _generator_is_wrong(self, situation: "Situation") -> bool:
        return self._level.believed or self._count.believed or self._uncounted.believed


def rail(situation: "Situation") -> "dict[int, int]":
    """The rail that is further from its nominal 12 V, with its sign."""
    inputs = situation.inputs
    plus_is_worse = abs(inputs.plus_mv - 12_000) >= abs(inputs.minus_mv + 12_000)
    return {RAIL_MV: inputs.plus_mv if plus_is_worse else inputs.minus_mv}


def generator(situation: "Situation") -> "dict[int, int]":
    """Level, and the last count where there is one."""
    inputs = situation.inputs
    found = {HIGH_MV: inputs.high_mv, FREQUENCY: inputs.generator_mhz, DUTY: inputs.generator_duty}
    return {kind: number for kind, number in found.items() if number is not None}
