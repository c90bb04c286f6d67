"""What a start finds in the storage: how many starts before it were short, and which program should be running."""

from own_image import differs
from startup import HANGS, hangs_of, kept_starts, starts_of
from storage import Storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal
    from situation import Situation

STARTS = "boots"
RESETS = "hangs"
WATCHDOG = "watchdog"
ORDERED = "soft"
"""Reset causes (`Hal.reset_cause`)."""
MANIFEST = "manifest"
UNDER_TEST, UNDER_WAY = "testing", b"1"
"""Kept while a test with power is under way."""
FOLDER = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."


class Boot:
    """Tells `situation` at the start and keeps its count of short lives: one write at the start, one after a minute.

    A start that the program before ordered itself, after a clear or an update, adds none. Resets by the watchdog are
    counted beside: one write each, and one after a day without another. One in a test with power is counted against
    nobody: whoever tests may order it, three times if need be.
    """

    def __init__(self, hal: "Hal", situation: "Situation", folder: str = FOLDER) -> None:
        self._storage = Storage(hal)
        self._situation = situation
        self._kept = self._kept_hangs = -1
        if not self._storage.is_fitted:
            return
        before = self._storage.recall(STARTS)
        situation.short_starts = starts_of(before) + (0 if situation.reset_cause == ORDERED else 1)
        # Nothing has current yet. A start that dies in its first step has counted all the same.
        if before != kept_starts(situation.short_starts) and (before or situation.short_starts):
            self._storage.keep(STARTS, kept_starts(situation.short_starts))
        self._kept = situation.short_starts
        self._count_hangs(situation)
        manifest = self._storage.recall(MANIFEST)
        situation.image_differs = manifest is None or differs(manifest, folder, hal.watchdog_feed)

    def _count_hangs(self, situation: "Situation") -> None:
        before = self._kept_hangs = hangs_of(self._storage.recall(RESETS))
        in_test = self._storage.recall(UNDER_TEST) == UNDER_WAY
        if situation.reset_cause == WATCHDOG and not in_test:
            situation.hangs = min(before + 1, HANGS)
        elif situation.reset_cause != ORDERED:
            situation.hangs = before
        self._keep_hangs(situation)

    def _keep_hangs(self, situation: "Situation") -> None:
        if situation.hangs != self._kept_hangs:
            self._kept_hangs = situation.hangs
            self._storage.keep(RESETS, bytes((self._kept_hangs,)))

    def turn(self, coil_is_off: bool) -> None:
        """Keep what has changed, tried once for each change."""
        situation = self._situation
        if not (coil_is_off and self._storage.is_fitted):
            return
        if situation.short_starts != self._kept:
            self._kept = situation.short_starts
            self._storage.keep(STARTS, kept_starts(self._kept))
        self._keep_hangs(situation)
