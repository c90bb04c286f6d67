"""What the link to a controller counts."""

from __future__ import annotations

from dataclasses import asdict

from agent.values import mutable


@mutable
class Counters:
    """Since start."""

    commands: int = 0
    answers: int = 0
    unanswered: int = 0
    late_answers: int = 0
    """Of another command than the one that is due, or of none."""
    notices: int = 0
    damaged_lines: int = 0
    stray_bytes: int = 0
    echoes: int = 0
    """Lines that no controller says, as our own commands that come back."""
    missed_heartbeats: int = 0
    """Times at which the controller had lowered its current by itself."""
    restarts: int = 0
    silences: int = 0
    openings: int = 0
    """Of the port."""

    @property
    def garbage(self) -> int:
        """Whatever arrived and was no line of a controller."""
        return self.damaged_lines + self.stray_bytes + self.echoes

    def as_mapping(self) -> dict[str, float]:
        """For health, metrics and the diagnostic bundle."""
        return asdict(self)
