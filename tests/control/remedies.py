"""What may be done about a charger, on plain fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.control.remedies_port import Restart, Unlocked
from agent.core.identity import ConnectorId


@dataclass
class RecordingRemedies:
    """`lock` is what becomes of each lock that is told to open."""

    lock: Unlocked = Unlocked.OPEN
    unlocked: list[int] = field(default_factory=list)
    restarts: list[tuple[Restart, str, bool]] = field(default_factory=list)
    levels: list[tuple[str, str, float]] = field(default_factory=list)

    async def unlock(self, connector: ConnectorId) -> Unlocked:
        self.unlocked.append(int(connector))
        return self.lock

    async def restart(self, what: Restart, reason: str, *, forced: bool) -> None:
        self.restarts.append((what, reason, forced))

    def set_log_level(self, part: str, level: str, lasts_s: float) -> None:
        self.levels.append((part, level, lasts_s))
