"""What the link to a controller on Modbus counts; times and errors of its requests are the line's to count."""

from __future__ import annotations

from dataclasses import asdict

from agent.values import mutable


@mutable
class Counters:
    """Since start. A set-point is looked at in three steps: it was taken, it is read back, it shows in the offer."""

    looks: int = 0
    writes: int = 0
    writes_refused: int = 0
    set_points_not_kept: int = 0
    """Taken, and read back as something else."""
    set_points_without_effect: int = 0
    """Read back as they were set, and nothing is offered to the car that is there."""
    disobediences: int = 0
    """More offered than was wished, for long."""
    restarts: int = 0
    """Times at which the device had forgotten what it was told, or somebody else had stopped it."""
    senseless_answers: int = 0
    silences: int = 0

    def as_mapping(self) -> dict[str, float]:
        """For health, metrics and the diagnostic bundle."""
        return asdict(self)
