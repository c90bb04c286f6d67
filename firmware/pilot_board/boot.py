"""What a start finds in the storage: how many starts before it were short, and which program should be running."""

from own_image import differs
from startup import kept_starts, starts_of
from storage import Storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal
    from situation import Situation

STARTS = "boots"
ORDERED = "soft"
"""The reset cause of such a start (`Hal.reset_cause`)."""
MANIFEST = "manifest"
FOLDER = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."


class Boot:
    """Tells `situation` at the start and keeps its count of short lives: one write at the start, one after a minute.

    A start that the program before ordered itself, after a clear or an update, adds none.
    """

    def __init__(self, hal: "Hal", situation: "Situation", folder: str = FOLDER) -> None:
        self._storage = Storage(hal)
        self._situation = situation
        self._kept = -1
        if not self._storage.is_fitted:
            return
        before = self._storage.recall(STARTS)
        situation.short_starts = starts_of(before) + (0 if situation.reset_cause == ORDERED else 1)
        # Nothing has current yet. A start that dies in its first step has counted all the same.
        if before != kept_starts(situation.short_starts) and (before or situation.short_starts):
            self._storage.keep(STARTS, kept_starts(situation.short_starts))
        self._kept = situation.short_starts
        manifest = self._storage.recall(MANIFEST)
        situation.image_differs = manifest is None or differs(manifest, folder, hal.watchdog_feed)

    def turn(self, coil_is_off: bool) -> None:
        """Keep the count when it has changed, tried once for each change."""
        if self._situation.short_starts == self._kept or not (coil_is_off and self._storage.is_fitted):
            return
        self._kept = self._situation.short_starts
        self._storage.keep(STARTS, kept_starts(self._kept))
