"""The supply: voltage, phases, frequency, rotation, neutral (safety reference, P17 to P21; fault catalogue, 0x051x).

The reference gives volts of a 230 V supply. For another nominal voltage they scale with it: 195 V is 84.8 % of nominal,
180 V 78.3 %, 264 V 114.8 %, 276 V 120 %; on 120 V that is 101.7, 93.9, 137.7 and 144 V. The 50 V between neutral and
earth do not scale: they are what is allowed to be touched.

Voltage times count for the lowest or the highest wired phase, whichever it is at the moment: two phases that take turns
in sagging are one sagging supply. Good moments take back what bad ones have counted, and no more, so that a supply
that flickers is found as well.
"""

import fault_codes as code
from faults import BLOCK, BY_SERVICE, NONE, OPEN, X1, Check, no_evidence
from guard import FOR_MAINS, NOTHING, Guard
from kind import TN, TT
from lasting import Lasting, Tally, all_rest, soonest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs
    from kind import Kind
    from situation import Situation

SCALE_V = 230
LOW_V, LOW_MS = 195, 10_000
VERY_LOW_V, VERY_LOW_MS = 180, 500
HIGH_V, HIGH_MS = 264, 1_000
VERY_HIGH_V, VERY_HIGH_MS = 276, 100
PHASE_LOST_PERCENT, PHASE_LOST_MS = 50, 1_000
GONE_PERCENT, GONE_MS = 20, 100
"""No wired phase above this is no mains. The catalogue gives the time alone; the level is our choice."""
FREQUENCY_MS = 1_000
FREQUENCIES_MHZ = {50: (47_000, 52_000), 60: (57_000, 62_000)}
NEUTRAL_MV = 50_000
SETTLED_MS = 1_000
"""For rotation and neutral, which have no time in the catalogue: one odd period must not latch until service."""
GOOD_MS = 5_000

PHASE = 6
VOLTAGE_MV = 7
FREQUENCY_MHZ = 10
"""Places in `messages.EVIDENCE`; phases count from 1."""


class Mains(Guard):
    """Watches the supply side of the contactor. Part: METERING."""

    def __init__(self, kind: "Kind", now: int) -> None:
        self._phases = kind.phases
        self._low_mv = kind.nominal_mv * LOW_V // SCALE_V
        self._very_low_mv = kind.nominal_mv * VERY_LOW_V // SCALE_V
        self._high_mv = kind.nominal_mv * HIGH_V // SCALE_V
        self._very_high_mv = kind.nominal_mv * VERY_HIGH_V // SCALE_V
        self._lost_mv = kind.nominal_mv * PHASE_LOST_PERCENT // 100
        self._gone_mv = kind.nominal_mv * GONE_PERCENT // 100
        self._slowest_mhz, self._fastest_mhz = FREQUENCIES_MHZ[kind.nominal_hz]
        # Without a neutral that is tied to earth, their voltage says nothing.
        self._neutral_is_earthed = kind.earthing in (TN, TT)
        self._gone = Lasting(GONE_MS)
        self._low = Tally(LOW_MS)
        self._very_low = Tally(VERY_LOW_MS)
        self._high = Tally(HIGH_MS)
        self._very_high = Tally(VERY_HIGH_MS)
        self._phase_lost = Tally(PHASE_LOST_MS)
        self._off_frequency = Tally(FREQUENCY_MS)
        self._turned = Tally(SETTLED_MS)
        self._neutral_live = Tally(SETTLED_MS)
        self._good_since: int | None = None
        self._conditions = (
            self._gone, self._low, self._very_low, self._high, self._very_high, self._phase_lost, self._off_frequency,
            self._turned, self._neutral_live,
        )  # fmt: skip
        self._rests = False
        """Nothing counts, and the supply has been good: while it is, there is nothing to note."""
        self.checks = (
            # The catalogue says x1. Nothing flows any more, so opening wears nothing, and what comes back must not find
            # a car connected that nobody watches. It also lets the other rows rest meanwhile.
            Check(code.MAINS_LOSS, OPEN, 10_000, self._is_gone, self._lowest),
            # The catalogue knows x1 alone. The safety reference, which wins, opens at once in the fast band.
            Check(code.MAINS_UNDERVOLTAGE, X1, 30_000, self._is_low, self._lowest),
            Check(code.MAINS_UNDERVOLTAGE, OPEN, 30_000, self._is_very_low, self._lowest),
            Check(code.MAINS_OVERVOLTAGE, OPEN, 30_000, self._is_high, self._highest),
            Check(code.MAINS_FREQUENCY, OPEN, 60_000, self._is_off_frequency, self._frequency),
            # One contactor for all phases: a charge on the phases that are left cannot be had, so it stops, and between
            # sessions x1 keeps the next from starting. The fast band above has opened before.
            Check(code.MAINS_PHASE_LOSS, X1, 30_000, self._is_phase_lost, self._lowest),
            Check(code.MAINS_ROTATION, NONE, 10_000, self._is_turned, no_evidence),
            Check(code.MAINS_POLARITY, BLOCK, BY_SERVICE, self._is_neutral_live, self._neutral),
        )

    def observe(self, situation: "Situation", now: int) -> "int | None":
        inputs = situation.inputs
        if self._rests and self._is_good(inputs):
            return None
        wired = self._wired(inputs)
        lowest, highest = min(wired), max(wired)
        gone_due = self._gone.observe(highest < self._gone_mv, now)
        # Only while mains.loss stands do the others rest. Up to then they count on, or a supply that comes and goes
        # within its hundred milliseconds would never be judged.
        judged = not self._gone.believed
        dues = (
            gone_due,
            self._low.observe(judged and lowest < self._low_mv, now),
            self._very_low.observe(judged and lowest < self._very_low_mv, now),
            self._high.observe(highest > self._high_mv, now),
            self._very_high.observe(highest > self._very_high_mv, now),
            self._phase_lost.observe(judged and lowest < self._lost_mv, now),
            self._off_frequency.observe(judged and not self._in_frequency(inputs), now),
            self._turned.observe(judged and self._turns_wrong(inputs, lowest), now),
            self._neutral_live.observe(self._has_live_neutral(inputs), now),
        )
        self._note_good(inputs, lowest, highest, now)
        self.calm = all_rest(self._conditions)
        self._rests = self.calm and self._good_since is not None
        return soonest(dues)

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        """The supply must have been good for five seconds (safety reference, section 2, mains_ok)."""
        if self._good_since is None:
            return FOR_MAINS, None
        due = self._good_since + GOOD_MS
        return (FOR_MAINS, due) if now < due else (NOTHING, None)

    def _note_good(self, inputs: "Inputs", lowest: int, highest: int, now: int) -> None:
        in_band = self._low_mv <= lowest and highest <= self._high_mv
        if not (in_band and self._in_frequency(inputs)) or self._has_live_neutral(inputs):
            self._good_since = None
        elif self._good_since is None:
            self._good_since = now

    def _is_good(self, inputs: "Inputs") -> bool:
        """Nothing that any row or the obstacle looks for is there."""
        for phase in range(self._phases):
            if not self._low_mv <= inputs.voltage_mv[phase] <= self._high_mv:
                return False
        return inputs.rotation_ok and self._in_frequency(inputs) and not self._has_live_neutral(inputs)

    def _wired(self, inputs: "Inputs") -> "tuple[int, ...]":
        return inputs.voltage_mv[: self._phases]

    def _in_frequency(self, inputs: "Inputs") -> bool:
        return self._slowest_mhz <= inputs.mains_mhz <= self._fastest_mhz

    def _turns_wrong(self, inputs: "Inputs", lowest: int) -> bool:
        complete = self._phases == 3 and lowest >= self._lost_mv
        return complete and not inputs.rotation_ok

    def _has_live_neutral(self, inputs: "Inputs") -> bool:
        return self._neutral_is_earthed and abs(inputs.earth_neutral_mv) > NEUTRAL_MV

    def _is_gone(self, situation: "Situation") -> bool:
        return self._gone.believed

    def _is_low(self, situation: "Situation") -> bool:
        return self._low.believed

    def _is_very_low(self, situation: "Situation") -> bool:
        return self._very_low.believed

    def _is_high(self, situation: "Situation") -> bool:
        return self._high.believed or self._very_high.believed

    def _is_off_frequency(self, situation: "Situation") -> bool:
        return self._off_frequency.believed

    def _is_phase_lost(self, situation: "Situation") -> bool:
        return self._phase_lost.believed

    def _is_turned(self, situation: "Situation") -> bool:
        return self._turned.believed

    def _is_neutral_live(self, situation: "Situation") -> bool:
        return self._neutral_live.believed

    def _lowest(self, situation: "Situation") -> "dict[int, int]":
        wired = self._wired(situation.inputs)
        return {PHASE: wired.index(min(wired)) + 1, VOLTAGE_MV: min(wired)}

    def _highest(self, situation: "Situation") -> "dict[int, int]":
        wired = self._wired(situation.inputs)
        return {PHASE: wired.index(max(wired)) + 1, VOLTAGE_MV: max(wired)}

    def _frequency(self, situation: "Situation") -> "dict[int, int]":
        return {FREQUENCY_MHZ: situation.inputs.mains_mhz}

    def _neutral(self, situation: "Situation") -> "dict[int, int]":
        return {VOLTAGE_MV: situation.inputs.earth_neutral_mv}
