"""The cable in a socket-outlet: what it may carry, and whether it is still there (pilot reference, 4.1).

The reference reads every 500 ms and accepts three equal readings. Here the contact is read at every step and must be
in one band for the second that three such readings span. What is worse than the accepted band counts much sooner.
"""

import fault_codes as code
from doubt import Doubt
from faults import BY_UNPLUGGING, OPEN, X1, Check
from guard import FOR_CABLE, NOTHING, Guard
from lasting import sooner
from pilot import A, is_plugged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

PULL_UP_OHM = 1_000
REFERENCE_MV = 3_300

OPEN_ABOVE_OHM = 4_500
RANGE_ABOVE_OHM = 2_460
RATINGS = ((936, 130), (308, 200), (140, 320), (80, 630))
"""From these ohms upwards: the current in 0.1 A. What lies between two ratings of the standard is the lower one."""
ONE_PHASE_RATING = (630, 700)
"""A cable for 63 A on three phases is one for 70 A on one."""

NO_CABLE = 0
SHORT = -1
RANGE = -2
"""Readings that are no rating."""

ACCEPT_MS = 1_000
"""From the first to the third of three readings that are 500 ms apart."""
AWAY_MS = 25
"""Contacts that part under load must be open 100 ms later, and the contactor takes 50 of them."""
NOT_HOME_MS = 1_000
"""Going in or out, the two signal contacts of a plug do not touch at once; with open main contacts that may last."""
RECOVERY_MS = 10_000
PROXIMITY_OHM = 14
"""Place in `messages.EVIDENCE`."""


def resistance_ohm(pp_mv: "int | None") -> "int | None":
    """What is between the contact and earth; None for nothing at all, also where nothing was read."""
    if pp_mv is None or pp_mv >= REFERENCE_MV:
        return None
    return max(0, pp_mv) * PULL_UP_OHM // (REFERENCE_MV - pp_mv)


def read(ohm: "int | None") -> int:
    """The cable's rating in 0.1 A, or NO_CABLE, SHORT, RANGE."""
    if ohm is None or ohm > OPEN_ABOVE_OHM:
        return NO_CABLE
    if ohm > RANGE_ABOVE_OHM:
        return RANGE
    for floor_ohm, rating_da in RATINGS:
        if ohm >= floor_ohm:
            return rating_da
    return SHORT


class Proximity(Guard):
    """The accepted cable limits the offer; one that changes or goes stops it, one that goes under load opens."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.checks = (
            Check(code.PP_SHORT, X1, BY_UNPLUGGING, self._is_short, self._evidence),
            Check(code.PP_RANGE, X1, BY_UNPLUGGING, self._is_out_of_range, self._evidence),
            Check(code.PP_CHANGED, X1, BY_UNPLUGGING, self._has_changed, self._evidence),
            Check(code.PP_MISSING, OPEN, RECOVERY_MS, self._is_missing, self._evidence),
            Check(code.CONNECTOR_PARTIAL_INSERTION, X1, RECOVERY_MS, self._is_not_home, self._evidence),
        )
        self._has_one_phase = kind.phases == 1
        self._read = NO_CABLE
        self._read_since = now
        self._accepted = NO_CABLE
        self._of_plug = NO_CABLE
        self._worst = NO_CABLE
        """The least that was read since the accepted cable was last read for certain."""
        self._away = Doubt(AWAY_MS, AWAY_MS)
        self._parted = Doubt(AWAY_MS, AWAY_MS)
        self._parted_long = Doubt(NOT_HOME_MS, AWAY_MS)
        self._changed = False
        self._missing = False
        self._rests = False
        """Nothing was due: the same reading, state and coil would say the same again."""
        self._standing = 0
        self._meant = NO_CABLE
        self._from_mv = self._to_mv = REFERENCE_MV
        """From here to there voltages were found to mean that."""

    def observe(self, situation: "Situation", now: int) -> "int | None":
        found = self._found(situation.inputs.pp_mv)
        standing = situation.pilot.state << 1 | situation.contactor.energised
        if self._rests and found == self._read and standing == self._standing:
            return None
        self._standing = standing
        due = self._observe(situation, found, now)
        self.calm = self._accepted >= NO_CABLE and not (self._changed or self._missing or self._parted_long.believed)
        self._rests = due is None
        return due

    def _found(self, pp_mv: "int | None") -> int:
        """What this voltage means. Resistance rises with it, so what lies between two of one meaning has the same."""
        if pp_mv is None:
            return NO_CABLE
        if self._from_mv <= pp_mv <= self._to_mv:
            return self._meant
        found = self._rating(read(resistance_ohm(pp_mv)))
        if found == self._meant:
            self._from_mv = min(self._from_mv, pp_mv)
            self._to_mv = max(self._to_mv, pp_mv)
        else:
            self._meant = found
            self._from_mv = self._to_mv = pp_mv
        return found

    def _observe(self, situation: "Situation", found: int, now: int) -> "int | None":
        if found != self._read:
            self._read = found
            self._read_since = now
        is_open = found == NO_CABLE
        plugged = is_plugged(situation.pilot.state)
        due = self._parted.observe(is_open and plugged, now)
        due = sooner(due, self._parted_long.observe(is_open and plugged, now))
        due = sooner(due, self._accept(now))
        due = sooner(due, self._away.observe(found != self._accepted, now))
        self._worst = self._accepted if self._away.is_calm else min(self._worst, found)
        self._judge(situation)
        situation.cable_da = self._accepted if self._accepted > 0 else None
        return due

    def unplugged(self, now: int) -> None:
        self._changed = False
        self._rests = False

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        return (NOTHING if self._accepted > 0 and self._away.is_calm else FOR_CABLE), None

    def limit_da(self) -> int:
        if self._away.believed:
            return max(0, min(self._accepted, self._worst))
        return max(0, self._accepted)

    def _rating(self, found: int) -> int:
        three_phase_da, one_phase_da = ONE_PHASE_RATING
        return one_phase_da if found == three_phase_da and self._has_one_phase else found

    def _accept(self, now: int) -> "int | None":
        if self._parted.believed:
            self._accepted = NO_CABLE
        if self._read == self._accepted:
            return None
        due = self._read_since + (AWAY_MS if self._read == NO_CABLE else ACCEPT_MS)
        if now < due:
            return due
        self._accepted = self._read
        return None

    def _judge(self, situation: "Situation") -> None:
        state = situation.pilot.state
        if state == A:
            self._of_plug = NO_CABLE
        elif self._accepted > 0:
            self._changed = self._changed or self._of_plug not in (NO_CABLE, self._accepted)
            self._of_plug = self._of_plug or self._accepted
        if not is_plugged(state) or self._accepted > 0:
            self._missing = False
        elif self._parted.believed and (situation.contactor.energised or self._was_there_long_ago()):
            self._missing = True

    def _was_there_long_ago(self) -> bool:
        return self._of_plug != NO_CABLE and self._parted_long.believed

    def _is_short(self, situation: "Situation") -> bool:
        return self._accepted == SHORT

    def _is_out_of_range(self, situation: "Situation") -> bool:
        return self._accepted == RANGE

    def _has_changed(self, situation: "Situation") -> bool:
        return self._changed

    def _is_missing(self, situation: "Situation") -> bool:
        return self._missing

    def _is_not_home(self, situation: "Situation") -> bool:
        return self._parted_long.believed and self._of_plug == NO_CABLE and not self._missing

    def _evidence(self, situation: "Situation") -> "dict[int, int]":
        ohm = resistance_ohm(situation.inputs.pp_mv)
        return {} if ohm is None else {PROXIMITY_OHM: ohm}
