"""What may be done about a charger without tools, from its socket as from afar; the wiring passes the real one in."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from agent.core.identity import ConnectorId


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

    def set_log_level(self, part: str, level: str, lasts_s: float) -> None:
        """`part`: a room of the program, as "ocpp_client". Raises BadRequest with those there are."""
        ...
