"""The first second after a start, and starts that come too often (safety reference, sections 9 and 10).

What every start waits for before the first closing: half a second of pilot readings in x1, the contactor seen open, and
one look of every guard. The last needs no rule: within one step all guards observe and all checks are judged before
anything closes. What takes longer, such as the residual current self-test, is its own guard's obstacle.
"""

import fault_codes as code
from faults import BLOCK, BY_SERVICE, OPEN, Check, no_evidence
from guard import FOR_RESTART, NOTHING, Guard
from hal import X1
from lease import FRESH
from repeats import DAY_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

X1_MS = 500
LIVES_MS = 60_000
SHORT_LIVES = 3
"""The third start in a row of which none lived a minute is held; this one counts."""
HANGS = 3
"""Resets by the watchdog, between any two of which no start lived a day, after which a person has to come (P27)."""
WRITTEN_BY_MS = 61_000
"""By then the storage knows that this start has lived a minute."""
SCRATCH_BYTES = 1_024
PATTERNS = (0x55, 0xAA, 0x00)
PRIME = 251
"""Bytes that repeat with this distance differ at every two addresses that differ in one line."""

COUNT = 5
"""The place in `messages.EVIDENCE`."""


def memory_holds(scratch: bytearray) -> bool:
    """Whether every byte takes each pattern, and keeps its own number while the others take theirs."""
    for pattern in PATTERNS:
        for place in range(len(scratch)):
            scratch[place] = pattern
        for held in scratch:
            if held != pattern:
                return False
    for place in range(len(scratch)):
        scratch[place] = place % PRIME
    return all(held == place % PRIME for place, held in enumerate(scratch))


def starts_of(kept: "bytes | None") -> int:
    """The count that `kept_starts` wrote: starts in a row that did not live a minute.

    Nothing kept is none. What is no count might hide many: it holds the board until the host confirms.
    """
    if kept == b"":
        return 0
    if kept is None or len(kept) != 1 or kept[0] > SHORT_LIVES:
        return SHORT_LIVES
    return kept[0]


def hangs_of(kept: "bytes | None") -> int:
    """The resets by the watchdog that were kept. What is no count is none: it alone is no reason to call a person."""
    return kept[0] if kept and len(kept) == 1 and kept[0] <= HANGS else 0


def kept_starts(starts: int) -> bytes:
    """One byte. More than the limit is the limit: how many more makes no difference, and wears nothing out."""
    return bytes((min(starts, SHORT_LIVES),))


class Startup(Guard):
    """Holds the board in x1 from the third short life in a row on, until the host confirms.

    It confirms by taking its `commissioned` back and giving it anew after this start: the last wish of a host that just
    goes on repeating itself is no confirmation. The count begins anew with it, or when a start that is not held has
    lived a minute.

    A start after a short one closes nothing within its first minute. The storage rests while the coil has current, so
    a supply that fails during three charges in a row would otherwise look like three short lives.

    `mcu.selftest` stands for a pattern in one kilobyte of RAM and for the program's files (`own_image.py`). Not
    checked: RAM that the interpreter uses itself, the interpreter's own flash, and the clock. No second clock can be
    read here; the external window watchdog sees one that is far off.
    """

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self._started_at = now
        self._x1_since: int | None = None
        self._pilot_read = False
        self._seen_open = False
        self._after_short_one = False
        self._memory_ok = memory_holds(bytearray(SCRATCH_BYTES))
        self._withdrawn = False
        self.checks = (
            Check(code.MCU_RESTARTS, BLOCK, 0, self._is_held, self._how_often),
            Check(code.MCU_SELFTEST, OPEN, BY_SERVICE, self._is_broken, no_evidence),
        )

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Returns when the half second or the minute is over."""
        self._seen_open = self._seen_open or situation.contactor.mirror_open
        self._after_short_one = self._after_short_one or situation.short_starts > 1
        self._hear_host(situation)
        lives_from = self._started_at + LIVES_MS
        if now >= lives_from and not self._is_held(situation):
            situation.short_starts = 0
        if now >= self._started_at + DAY_MS and situation.hangs < HANGS:
            # The board has no clock that goes on without power: its own life has to last the day.
            situation.hangs = 0
        due = self._observe_pilot(situation, now)
        if due is None and now < lives_from:
            return lives_from
        return due

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        """Until pilot and contactor have been seen, and until the minute after a short life is over."""
        written_at = self._started_at + WRITTEN_BY_MS
        if self._after_short_one and now < written_at:
            return FOR_RESTART, written_at
        return (NOTHING if self._pilot_read and self._seen_open else FOR_RESTART), None

    def _observe_pilot(self, situation: "Situation", now: int) -> "int | None":
        if self._pilot_read:
            return None
        reads = situation.inputs.samples_high > 0 and not situation.inputs.frozen
        if not reads or situation.drive_mode != X1:
            self._x1_since = None
            return None
        if self._x1_since is None:
            self._x1_since = now
        self._pilot_read = now >= self._x1_since + X1_MS
        return None if self._pilot_read else self._x1_since + X1_MS

    def _hear_host(self, situation: "Situation") -> None:
        lease = situation.lease
        if lease.standing != FRESH:
            return
        if not lease.commissioned:
            self._withdrawn = True
        elif self._withdrawn and self._is_held(situation):
            situation.short_starts = 0

    def _is_held(self, situation: "Situation") -> bool:
        return situation.short_starts >= SHORT_LIVES

    def _how_often(self, situation: "Situation") -> "dict[int, int]":
        return {COUNT: situation.short_starts}

    def _is_broken(self, situation: "Situation") -> bool:
        return not self._memory_ok or situation.image_differs
