"""A severed tethered cable: pilot and connector's sensor open together, with a car in (fault catalogue, cable.cut).

A plug that comes out leaves the lead whole, and a lead that breaks leaves the pilot: only both within a second are a
cut. Shears may short the wires on their way, so the second counts from when the lead was last whole; one that flickers
was not. Without a car in, a cut looks like any broken lead, which temp.sensor tells.

The contacts are open by the pilot already: this keeps them open until somebody has seen the cable.
"""

import fault_codes as code
from doubt import Doubt
from faults import BY_SERVICE, OPEN, Check
from guard import Guard
from inputs import CONNECTOR_NTC
from kind import SOCKET
from lasting import Lasting, sooner
from ntc import OPEN_ABOVE, SHORT_BELOW
from thermometer import BROKEN_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

TOGETHER_MS = 1_000
NOTHING_SEEN = -1

HIGH_MV = 0
SENSOR = 13
"""Places in `messages.EVIDENCE`; a sensor's number is its place in `Inputs.ntc_codes`."""


class Cable(Guard):
    """Watches a tethered cable whose connector has a sensor. Part: TEMPERATURES."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self._is_watched = not kind.fits(SOCKET) and bool(kind.sensors & 1 << CONNECTOR_NTC)
        # Broken until proven: after a start nobody knows for how long the lead has been open.
        self._broken = Doubt(0, TOGETHER_MS, believed=True)
        self._severed = Lasting(BROKEN_MS)
        self._plugged = False
        self._broke_at: int | None = None
        self._left_at: int | None = None
        self._seen = NOTHING_SEEN
        """What the last look saw if nothing was due after it."""
        if self._is_watched:
            self.checks = (Check(code.CABLE_CUT, OPEN, BY_SERVICE, self._is_severed, evidence),)

    def observe(self, situation: "Situation", now: int) -> "int | None":
        if not self._is_watched:
            return None
        ntc_code = situation.inputs.ntc_codes[CONNECTOR_NTC]
        is_open = ntc_code > OPEN_ABOVE
        plugged = situation.pilot.plugged
        seen = is_open | (ntc_code < SHORT_BELOW) << 1 | plugged << 2
        if seen == self._seen:
            # Nothing was due either, and what was judged once is judged alike again.
            return None
        due = self._observe_lead(is_open or ntc_code < SHORT_BELOW, now)
        if self._plugged and not plugged:
            self._left_at = now
        self._plugged = plugged
        due = sooner(due, self._severed.observe(is_open and not plugged and self._was_together(), now))
        self.calm = self._severed.rests
        self._seen = seen if due is None else NOTHING_SEEN
        return due

    def _observe_lead(self, is_broken: bool, now: int) -> "int | None":
        was_whole = self._broken.is_calm
        due = self._broken.observe(is_broken, now)
        if was_whole and is_broken:
            self._broke_at = now
        return due

    def _was_together(self) -> bool:
        if self._broke_at is None or self._left_at is None:
            return False
        return abs(self._broke_at - self._left_at) <= TOGETHER_MS

    def _is_severed(self, situation: "Situation") -> bool:
        return self._severed.believed


def evidence(situation: "Situation") -> "dict[int, int]":
    """The pilot's level, and whose lead is open."""
    return {HIGH_MV: situation.inputs.high_mv, SENSOR: CONNECTOR_NTC}
