"""A broken PEN conductor upstream, told by the voltage it leaves (safety reference, P9), where the country asks for it.

A phase that is away from nominal by more than 10 % for four seconds is taken for it: 207 and 253 V of 230 V. A blown
fuse looks the same and latches as well. Without any voltage there is nothing to tell, and an outage must not need a
visit: mains.loss has opened by then, and the four seconds begin anew when voltage is back.
"""

import fault_codes as code
from faults import BY_SERVICE, OPEN, Check
from guard import Guard
from lasting import Lasting, Tally, sooner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs
    from kind import Kind
    from situation import Situation

AWAY_PERCENT, BROKEN_MS = 10, 4_000
GONE_PERCENT, GONE_MS = 20, 100
"""The level and the time of mains.loss."""

PHASE = 6
VOLTAGE_MV = 7
"""Places in `messages.EVIDENCE`; phases count from 1."""


class OpenPen(Guard):
    """Watches for a broken PEN conductor where the kind asks for it. Part: METERING."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self._low_mv = kind.nominal_mv * (100 - AWAY_PERCENT) // 100
        self._high_mv = kind.nominal_mv * (100 + AWAY_PERCENT) // 100
        self._gone_mv = kind.nominal_mv * GONE_PERCENT // 100
        self._phases = kind.phases
        self._asked_for = kind.open_pen
        self._gone = Lasting(GONE_MS)
        self._broken = Tally(BROKEN_MS)
        self._rests = False
        """Nothing counts."""
        if kind.open_pen:
            self.checks = (Check(code.PEN_FAULT, OPEN, BY_SERVICE, self._is_broken, self._farthest),)

    def observe(self, situation: "Situation", now: int) -> "int | None":
        if not self._asked_for or (self._rests and self._is_near_nominal(situation.inputs)):
            return None
        wired = situation.inputs.voltage_mv[: self._phases]
        lowest, highest = min(wired), max(wired)
        gone_due = self._gone.observe(highest < self._gone_mv, now)
        away = lowest < self._low_mv or highest > self._high_mv
        due = sooner(gone_due, self._broken.observe(away and not self._gone.believed, now))
        self.calm = self._broken.rests
        self._rests = self.calm and self._gone.rests
        return due

    def _is_near_nominal(self, inputs: "Inputs") -> bool:
        for phase in range(self._phases):  # noqa: SIM110  # every 5 ms: no generator that has to be collected
            if not self._low_mv <= inputs.voltage_mv[phase] <= self._high_mv:
                return False
        return True

    def _is_broken(self, situation: "Situation") -> bool:
        return self._broken.believed

    def _farthest(self, situation: "Situation") -> "dict[int, int]":
        wired = situation.inputs.voltage_mv[: self._phases]
        away_mv = max(wired) if max(wired) > self._high_mv else min(wired)
        return {PHASE: wired.index(away_mv) + 1, VOLTAGE_MV: away_mv}
