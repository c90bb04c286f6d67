"""Protective earth of the supply (safety reference, P8 and section 6).

The sense between L1 and earth gives ten edges in 100 ms at 50 Hz, twelve at 60 Hz; fewer than 8 of 10 is an earth that
does not carry. In an IT network and on a split phase the sense is irregular by nature: there pe.lost is not judged, and
the installation needs another protection or a written reason.

Without L1 there are no edges either. With metering that is told apart; a board without takes it for a lost earth, the
safer of the two.
"""

import fault_codes as code
from faults import OPEN, Check
from guard import FOR_MAINS, NOTHING, Guard
from kind import METERING, TN, TT
from lasting import Lasting, Tally, sooner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs
    from kind import Kind
    from situation import Situation

LEAST_EDGES, EDGES_AT_HZ = 8, 50
LOST_MS = 500
MAINS_GONE_PERCENT, MAINS_GONE_MS = 20, 100
L1_LOST_PERCENT, L1_LOST_MS = 50, 500
"""Levels and times of mains.loss and of under-voltage's fast band: the contacts are open by those, so nothing stays
closed because earth is not judged."""

EDGES = 16
"""Place in `messages.EVIDENCE`."""


class Earth(Guard):
    """Watches the supply's earth. Part: EARTH_SENSE."""

    def __init__(self, kind: "Kind", now: int) -> None:
        self._judges = kind.earthing in (TN, TT)
        self._hz = kind.nominal_hz
        self._gone_mv = kind.nominal_mv * MAINS_GONE_PERCENT // 100
        self._l1_lost_mv = kind.nominal_mv * L1_LOST_PERCENT // 100
        self._phases = kind.phases
        self._knows_mains = kind.fits(METERING)
        self._mains_gone = Lasting(MAINS_GONE_MS)
        self._l1_lost = Lasting(L1_LOST_MS)
        self._lost = Tally(LOST_MS)
        self._rests = False
        """Nothing counts."""
        self.checks = (Check(code.PE_LOST, OPEN, 5_000, self._is_lost, self._edges),)

    def observe(self, situation: "Situation", now: int) -> "int | None":
        inputs = situation.inputs
        if self._rests and self._is_good(inputs):
            return None
        mains_due = self._observe_mains(inputs, now)
        fed = not (self._mains_gone.believed or self._l1_lost.believed)
        due = sooner(mains_due, self._lost.observe(fed and self._is_weak(inputs), now))
        self.calm = self._lost.rests
        self._rests = self.calm and self._mains_gone.rests and self._l1_lost.rests
        return due

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        """No closing on an earth that looks bad, long before it is called lost."""
        return (FOR_MAINS if self._is_weak(situation.inputs) else NOTHING), None

    def _observe_mains(self, inputs: "Inputs", now: int) -> "int | None":
        if not self._knows_mains:
            return None
        gone = max(inputs.voltage_mv[: self._phases]) < self._gone_mv
        l1_low = inputs.voltage_mv[0] < self._l1_lost_mv
        return sooner(self._mains_gone.observe(gone, now), self._l1_lost.observe(l1_low, now))

    def _is_good(self, inputs: "Inputs") -> bool:
        """Enough edges, and L1 is there: so the supply is not gone either."""
        fed = not self._knows_mains or inputs.voltage_mv[0] >= self._l1_lost_mv
        return fed and not self._is_weak(inputs)

    def _is_weak(self, inputs: "Inputs") -> bool:
        return self._judges and inputs.earth_edges * EDGES_AT_HZ < LEAST_EDGES * self._hz

    def _is_lost(self, situation: "Situation") -> bool:
        return self._lost.believed

    def _edges(self, situation: "Situation") -> "dict[int, int]":
        return {EDGES: situation.inputs.earth_edges}
