"""What the link counts."""

from __future__ import annotations

from dataclasses import asdict

from agent.values import mutable


@mutable
class Counters:
    """Since start. `foreign_frames` are sound frames that say nothing of the message table."""

    statuses: int = 0
    wishes: int = 0
    questions: int = 0
    requests: int = 0
    damaged_frames: int = 0
    foreign_frames: int = 0
    overlong_frames: int = 0
    lost_statuses: int = 0
    repeated_statuses: int = 0
    restarts: int = 0
    silences: int = 0
    openings: int = 0
    """Of the port."""

    @property
    def garbage(self) -> int:
        """Whatever arrived and was no message."""
        return self.damaged_frames + self.foreign_frames + self.overlong_frames

    def as_mapping(self) -> dict[str, float]:
        """For health, metrics and the diagnostic bundle."""
        return asdict(self)


GARBAGE_TOLD_AFTER_S = 10.0
GARBAGE_TOLD_EVERY_S = 600.0


class GarbageNews:
    """When garbage is worth a line: once with a count soon after it began, then at most every ten minutes."""

    def __init__(self) -> None:
        self._told = 0
        self._tell_at: float | None = None

    def due(self, total: int, now: float) -> int:
        """How many pieces to report now; 0 where there is nothing to say, or not yet."""
        if total == self._told:
            return 0
        if self._tell_at is None:
            self._tell_at = now + GARBAGE_TOLD_AFTER_S
        if now < self._tell_at:
            return 0
        count, self._told = total - self._told, total
        self._tell_at = now + GARBAGE_TOLD_EVERY_S
        return count
