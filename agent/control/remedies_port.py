"""What may be done about a charger without tools, from its socket as from afar; the wiring passes the real one in."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from agent.core.identity import ConnectorId

if TYPE_CHECKING:
    from agent.core.network_check.radio import ModemBack
    from agent.drivers.board_service import BoardService


class Unlocked(Enum):
    """What became of a lock. STUCK: it was told to open and did not."""

    OPEN = "open"
    STUCK = "stuck"
    NONE = "none"


class Restart(Enum):
    """What starts anew: this program, or the controller with everything on it."""

    SERVICE = "service"
    SYSTEM = "system"


class Remedies(Protocol):
    async def unlock(self, connector: ConnectorId) -> Unlocked:
        """As UnlockConnector of the network: what may be live stays locked, and then it is STUCK."""
        ...

    async def restart(self, what: Restart, reason: str, *, forced: bool) -> None:
        """The answer still leaves. Raises Busy where a charge runs; forced: each is stopped first, in order.

        Raises Busy too where the system does not let itself be restarted.
        """
        ...

    async def restart_modem(self, reason: str) -> ModemBack:
        """Returns once it is in its network again, or a minute and a half later. No charge rests on it.

        Raises Busy where there is none, the system does not let it be restarted, or it is being restarted already.
        """
        ...

    async def restart_board(self, connector: ConnectorId, board: BoardService, reason: str) -> float | None:
        """As `BoardService.restart`, told as ordered. Raises Busy where that is being done already, and DriverError."""
        ...

    def set_log_level(self, part: str, level: str, lasts_s: float) -> None:
        """`part`: a room of the program, as "ocpp_client". Raises BadRequest with those there are."""
        ...
