"""How long the contactor takes to close and to release, as a trend over its last movements (safety reference, 5)."""

MOVEMENTS = 8
"""Judged is the mean of as many; fewer say nothing."""
CLOSE_MS = 100
RELEASE_MS = 50


class Travel:
    """From the coil's change to the mirror contact's. A movement that never came is a matter for a verdict."""

    def __init__(self) -> None:
        self._closings: list[int] = []
        self._releases: list[int] = []
        self.slow_ms: int | None = None
        """The mean that is too long, that of closing before that of releasing; None for a contactor in good health."""

    def _judge(self) -> "int | None":
        for movements, limit_ms in ((self._closings, CLOSE_MS), (self._releases, RELEASE_MS)):
            total_ms = sum(movements)
            if len(movements) == MOVEMENTS and total_ms > MOVEMENTS * limit_ms:
                return total_ms // MOVEMENTS
        return None

    def closed(self, milliseconds: int) -> None:
        """The mirror contact released so long after the coil got current."""
        self._take(self._closings, milliseconds)

    def released(self, milliseconds: int) -> None:
        """The mirror contact came back so long after the coil lost it."""
        self._take(self._releases, milliseconds)

    def _take(self, movements: "list[int]", milliseconds: int) -> None:
        movements.append(milliseconds)
        if len(movements) > MOVEMENTS:
            movements.pop(0)
        self.slow_ms = self._judge()
