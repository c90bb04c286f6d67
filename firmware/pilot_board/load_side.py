"""What is live behind the contactor, and whether that fits coil and mirror: P4 to P6 of the safety reference, and its
section 5.

Dead is judged on every phase, live on the wired ones that have a supply. Without metering nobody knows the supply: then
a load side that is dead on all phases while the contactor is closed may be an outage and no contradiction.

The check of the open state is not made every five seconds but at every look. Poles one by one cannot be checked with
one contactor; that needs two.
"""

import fault_codes as code
from faults import BY_SERVICE, OPEN, Check
from guard import FOR_OPEN_CHECK, NOTHING, Guard
from kind import METERING
from lasting import Lasting, sooner
from pilot import A

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contactor import Contactor
    from kind import Kind
    from situation import Situation

LIVE_EDGES = 4
"""Within 30 ms."""
OPEN_SEEN_MS = 100
OUTPUT_LIVE_MS = 100
MISMATCH_MS = 250
FIRST_LOOK_MS = 500
"""After an opening, and after a start, which may have been one: capacitors in the car hold the load side up."""
WELD_MS = 1_000
CLOSE_VERDICT_MS = 250
NEWS_MS = 50
"""Edges are counted over 30 ms and the supply over 20 ms: a phase that has just returned shows as supplied first."""
NOTHING_SEEN = -1
SOME_EDGES = 1 << 3
SUPPLIED_PLACE, STANDING_PLACE, VERDICTS_PLACE = 4, 7, 10
"""What is seen, as bits: from these on, after the three of the live phases."""
LIVE = 17
"""The number of `messages.EVIDENCE`: a bit for each live phase."""


class LoadSide(Guard):
    """Sets `situation.live`, and adds what the load side proves to the verdicts of the contactor."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.checks = (
            Check(code.OUTPUT_LIVE, OPEN, BY_SERVICE, self._output_is_live, self._live),
            Check(code.CONTACTOR_MISMATCH, OPEN, BY_SERVICE, self._contradicts, self._live),
        )
        self._wired = tuple(range(kind.phases))
        self._least_mv = kind.nominal_mv // 2 if kind.fits(METERING) else None
        self._open = Lasting(OPEN_SEEN_MS)
        self._must_not_live = Lasting(OUTPUT_LIVE_MS)
        self._missing = Lasting(NEWS_MS)
        self._mismatch = Lasting(MISMATCH_MS)
        self._seen = NOTHING_SEEN
        """What the last look saw if nothing was due after it."""
        self._switched_at = now
        self._used = False
        """The contactor has closed since the plug was out."""
        self._close_awaited = False
        self._weld_awaited = False
        self._open_from = now + FIRST_LOOK_MS
        """Open contacts count as proven from here on."""

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Read the sense, then judge a closed contactor by what is missing and an open one by what is there."""
        contactor = situation.contactor
        seen = self._see(situation)
        if seen == self._seen and contactor.switched_at == self._switched_at:
            # Nothing was due either, and what was judged once is judged alike again.
            return None
        self._switched_at = contactor.switched_at
        due = self._judge(situation, not seen & SOME_EDGES, now)
        self._seen = seen if due is None else NOTHING_SEEN
        return due

    def _see(self, situation: "Situation") -> int:
        """Sets `situation.live`; everything that is judged here, in one number: its lowest bits are the live phases."""
        inputs = situation.inputs
        contactor = situation.contactor
        live = 0
        some = 0
        for phase in range(3):
            edges = inputs.load_edges[phase]
            if edges:
                some = SOME_EDGES
            if edges >= LIVE_EDGES:
                live |= 1 << phase
            if self._least_mv is not None and inputs.voltage_mv[phase] >= self._least_mv:
                some |= 1 << phase + SUPPLIED_PLACE
        situation.live = live
        verdicts = contactor.welded << 1 | contactor.contradicted
        standing = contactor.energised << 2 | contactor.mirror_open << 1 | (situation.pilot.state == A)
        return live | some | standing << STANDING_PLACE | verdicts << VERDICTS_PLACE

    def _judge(self, situation: "Situation", dead: bool, now: int) -> "int | None":
        contactor = situation.contactor
        proven_at = self._open.observe(not contactor.energised and contactor.mirror_open and dead, now)
        judge = self._observe_closed if contactor.energised else self._observe_open
        due = sooner(proven_at, judge(situation, contactor, now))
        self.calm = not (self._must_not_live.believed or self._mismatch.believed)
        if contactor.contradicted != self._mismatch.believed:
            contactor.contradicted = self._mismatch.believed
            # The contactor has judged this moment by what was believed before.
            return now + 1
        return due

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        """Contacts that were not proven open since they last moved."""
        if self._open.since is None or self._weld_awaited:
            return FOR_OPEN_CHECK, None
        proven_at = max(self._open.since + OPEN_SEEN_MS, self._open_from)
        return (NOTHING, None) if now >= proven_at else (FOR_OPEN_CHECK, proven_at)

    def _observe_closed(self, situation: "Situation", contactor: "Contactor", now: int) -> "int | None":
        if not self._weld_awaited:
            self._used = self._close_awaited = self._weld_awaited = True
        self._must_not_live.observe(False, now)
        verdict_at = contactor.switched_at + CLOSE_VERDICT_MS
        missing = self._is_missing(situation, at_close=self._close_awaited)
        self._missing.observe(missing, now)
        if self._close_awaited:
            self._mismatch.observe(False, now)
            if now < verdict_at:
                return verdict_at
            self._close_awaited = False
            if self._missing.believed:
                contactor.failed_to_close(now)
        missing = self._is_missing(situation, at_close=False)
        return self._mismatch.observe(missing and not contactor.mirror_open, now)

    def _observe_open(self, situation: "Situation", contactor: "Contactor", now: int) -> "int | None":
        self._missing.observe(False, now)
        self._close_awaited = False
        if self._weld_awaited:
            self._mismatch.observe(False, now)
            return self._await_open(situation, contactor, now)
        if situation.pilot.state == A:
            self._used = False
        if now < self._open_from:
            return self._open_from
        forbidden = situation.live != 0 and not self._used
        denied = situation.live != 0 if contactor.mirror_open else self._is_missing(situation, at_close=False)
        return sooner(self._must_not_live.observe(forbidden, now), self._mismatch.observe(denied, now))

    def _await_open(self, situation: "Situation", contactor: "Contactor", now: int) -> "int | None":
        """After an opening: one second for everything to come to rest, and no verdict of another kind meanwhile."""
        verdict_at = contactor.switched_at + WELD_MS
        if now < verdict_at:
            return verdict_at
        if situation.live:
            contactor.welded = True
        if contactor.welded or self._open.believed:
            self._weld_awaited = False
            self._open_from = now
            return now + 1
        return None

    def _is_missing(self, situation: "Situation", at_close: bool) -> bool:
        """A wired phase that has a supply is not live, as far as the supply is known."""
        if self._least_mv is None:
            wired = sum([1 << phase for phase in self._wired])
            return situation.live & wired != wired and (at_close or situation.live != 0)
        for phase in self._wired:
            if situation.inputs.voltage_mv[phase] >= self._least_mv and not situation.live >> phase & 1:
                return True
        return False

    def _output_is_live(self, situation: "Situation") -> bool:
        return self._must_not_live.believed and not situation.contactor.welded

    def _contradicts(self, situation: "Situation") -> bool:
        contactor = situation.contactor
        return contactor.contradicted and not (contactor.welded or self._must_not_live.believed)

    def _live(self, situation: "Situation") -> "dict[int, int]":
        return {LIVE: situation.live}
