"""Faults that may be tried again a few times a day: the third within 24 h asks for a person (safety reference, 3)."""

DAY_MS = 86_400_000
TOO_MANY = 3


class Repeats:
    """How often something happened lately.

    Counted in the board's own time: it has no clock that runs without power, so a restart begins anew.
    """

    def __init__(self) -> None:
        self._at: list[int] = []

    @property
    def too_many(self) -> bool:
        """When it happened last, it was the third time within 24 h."""
        return len(self._at) >= TOO_MANY and self._at[-1] - self._at[0] < DAY_MS

    @property
    def count(self) -> int:
        """Those among the last three that lie within 24 h of the latest."""
        return len([at for at in self._at if self._at[-1] - at < DAY_MS])

    def is_recent(self, now: int) -> bool:
        """One that happened may still be the first of three."""
        return bool(self._at) and now - self._at[-1] < DAY_MS

    def note(self, now: int) -> None:
        """It happened."""
        self._at.append(now)
        if len(self._at) > TOO_MANY:
            self._at.pop(0)
