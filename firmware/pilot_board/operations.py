"""What the contactor has done in its life, by how hard it was for the contacts (safety reference, section 5, "Life").

The host weighs the counts (under load 10, at a fault 100) and warns in time. At a fault means a current beyond the
contactor's own rating: a fault of the pilot breaks no more than the load. Counts are kept over a loss of power while
the coil is off, at most once a minute because flash wears too; an opening at a fault at once, because such a fault may
take the power with it. What is lost with the power is the counts of that minute, and never more.
"""

import struct

from inputs import most_ma
from kind import METERING, STORAGE
from pilot import B
from storage import Storage, sealed, unsealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal
    from kind import Kind
    from situation import Situation

CLOSE_NO_LOAD, OPEN_NO_LOAD, OPEN_UNDER_LOAD, OPEN_AT_FAULT = range(4)
"""Places in `Operations.counts`."""
NAME = "operations"
"""What the counts are kept under."""
LAYOUT = "<B4I"
VERSION = 1
MOST = 0xFFFFFFFF
KEEP_EVERY_MS = 60_000
CALM_MS = 2_000
"""Writing stops the loop for a while: not while the contacts move and the open state is awaited."""
LOAD_MA = 500
LOAD_WITHIN_MS = 30
"""Contacts that open by themselves are seen after the current has gone: it is a mean over 20 ms."""
FAULT_WITHIN_MS = 150
"""The breaker may clear a short circuit 100 ms before the contacts open."""


class Flow:
    """Whether a current above a limit flows, or did until a moment ago."""

    def __init__(self, limit_ma: int, within_ms: int) -> None:
        self._limit_ma = limit_ma
        self._within_ms = within_ms
        self._flows = False
        self._until: int | None = None

    def observe(self, current_ma: int, now: int) -> None:
        flows = current_ma > self._limit_ma
        if self._flows and not flows:
            self._until = now
        self._flows = flows

    def is_recent(self, now: int) -> bool:
        return self._flows or (self._until is not None and now - self._until < self._within_ms)


class Operations:
    """Counts each change of the coil once, at the step after it: the contacts are still on their way then."""

    def __init__(self, kind: "Kind") -> None:
        self.counts = [0, 0, 0, 0]
        self._metering = kind.fits(METERING)
        self._has_storage = kind.fits(STORAGE)
        self._load = Flow(LOAD_MA - 1, LOAD_WITHIN_MS)
        self._over = Flow(kind.rated_da * 125, FAULT_WITHIN_MS)
        self._energised = False
        self._car_stopped = False
        self._unkept = False
        self._is_urgent = False
        self._keep_not_before = 0

    def recall(self, kept: "bytes | None") -> None:
        """Go on from what was kept; from nothing where it is absent or damaged."""
        content = unsealed(kept) if kept else None
        if content is not None and len(content) == struct.calcsize(LAYOUT) and content[0] == VERSION:
            self.counts = list(struct.unpack(LAYOUT, content))[1:]

    def packed(self) -> bytes:
        """Version and the four counts, sealed."""
        return sealed(struct.pack(LAYOUT, VERSION, *self.counts))

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Count; returns when the counts may be kept."""
        current_ma = most_ma(situation.inputs.current_ma)
        self._load.observe(current_ma, now)
        self._over.observe(current_ma, now)
        energised = situation.contactor.energised
        if energised != self._energised:
            self._energised = energised
            self._count(CLOSE_NO_LOAD if energised else self._opening(now))
        self._car_stopped = situation.pilot.state == B
        waits = self._has_storage and self._unkept and not energised and now < self._keep_not_before
        return self._keep_not_before if waits else None

    def should_keep(self, now: int) -> bool:
        """There is something new, and it is time; whoever asks knows that the coil has no current."""
        # A coil that lost its current in this very step: the opening is not counted yet, and the contacts are moving.
        if self._energised or not (self._has_storage and self._unkept):
            return False
        return self._is_urgent or now >= self._keep_not_before

    def kept(self, now: int) -> None:
        """The counts of this moment are safe."""
        self._unkept = self._is_urgent = False
        self._keep_not_before = now + KEEP_EVERY_MS

    def _opening(self, now: int) -> int:
        self._keep_not_before = max(self._keep_not_before, now + CALM_MS)
        if self._over.is_recent(now):
            self._is_urgent = True
            return OPEN_AT_FAULT
        # Without metering the current is unknown, unless the car has opened its own switch first.
        under_load = self._load.is_recent(now) if self._metering else not self._car_stopped
        return OPEN_UNDER_LOAD if under_load else OPEN_NO_LOAD

    def _count(self, place: int) -> None:
        self.counts[place] = min(self.counts[place] + 1, MOST)
        self._unkept = True


class Bookkeeping:
    """Carries the counts over a loss of power, where the board has something that keeps them."""

    def __init__(self, hal: "Hal", operations: Operations) -> None:
        self._storage = Storage(hal)
        self._operations = operations
        operations.recall(self._storage.recall(NAME))

    def turn(self, coil_off: bool, now: int) -> None:
        """Called after every step."""
        if coil_off and self._operations.should_keep(now):
            self._storage.keep(NAME, self._operations.packed())
            # A write that failed is tried again with the next operation: at once and for ever, it would stop the loop.
            self._operations.kept(now)
