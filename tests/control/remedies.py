"""What may be done about a charger, on plain fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.control.remedies_port import Restart, Unlocked
from agent.core.identity import ConnectorId
from agent.core.network_check.radio import ModemBack
from agent.drivers.board_service import BoardService
from agent.errors import Busy


@dataclass
class RecordingRemedies:
    """`lock` is what becomes of each lock that is told to open; `modem` None: there is none."""

    lock: Unlocked = Unlocked.OPEN
    unlocked: list[int] = field(default_factory=list)
    restarts: list[tuple[Restart, str, bool]] = field(default_factory=list)
    modem: ModemBack | None = None
    modem_restarts: list[str] = field(default_factory=list)
    board_restarts: list[tuple[int, str]] = field(default_factory=list)
    levels: list[tuple[str, str, float]] = field(default_factory=list)

    async def unlock(self, connector: ConnectorId) -> Unlocked:
        self.unlocked.append(int(connector))
        return self.lock

    async def restart_board(self, connector: ConnectorId, board: BoardService, reason: str) -> float | None:
        self.board_restarts.append((int(connector), reason))
        return await board.restart()

    async def restart(self, what: Restart, reason: str, *, forced: bool) -> None:
        self.restarts.append((what, reason, forced))

    async def restart_modem(self, reason: str) -> ModemBack:
        if self.modem is None:
            raise Busy("there is no modem that could be restarted: mmcli is not installed")
        self.modem_restarts.append(reason)
        return self.modem

    def set_log_level(self, part: str, level: str, lasts_s: float) -> None:
        self.levels.append((part, level, lasts_s))
