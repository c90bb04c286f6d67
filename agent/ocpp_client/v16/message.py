"""What a file of `messages/` provides, and the folder as the registry of commands.

The file's name is the action's: `remote_start_transaction.py` handles RemoteStartTransaction. It holds `MESSAGE`, is
loaded when the first such command arrives, and its schema's check is written by tools/generate_validators.py.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from agent.core.identity import ConnectorId
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.maintenance_port import MaintenancePort, SupportPort
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.price_port import PricePort
from agent.ocpp_client.schema import action_name, module_name
from agent.ocpp_client.security_port import SecurityPort
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.checks import CODES
from agent.values import frozen

FOLDER = Path(__file__).parent / "messages"


@frozen
class Charger:
    """What a command may look at and move."""

    station: StationPort
    settings: NetworkSettings
    security: SecurityPort | None = None
    maintenance: MaintenancePort | None = None
    prices: PricePort | None = None
    support: SupportPort | None = None

    @property
    def maintained(self) -> MaintenancePort:
        """For commands about files and firmware. Raises PeerViolation where this charger has none to do with."""
        if self.maintenance is None:
            raise PeerViolation(CODES.not_supported, "this charger sends no files and fetches none")
        return self.maintenance

    @property
    def secured(self) -> SecurityPort:
        """For commands about keys and certificates. Raises PeerViolation where this charger has none to do with."""
        if self.security is None:
            raise PeerViolation(CODES.not_supported, "this charger keeps no keys and certificates")
        return self.security

    def connector(self, number: int) -> ConnectorId | None:
        """The connector of this number, None where there is none; 0 is none either."""
        return next((connector for connector in self.station.connectors() if connector == number), None)


Handle = Callable[[Payload, Charger], Awaitable[Answered]]
"""The payload has passed its schema. Waits for commits only; raises PeerViolation for a CALLERROR."""


@frozen
class Message:
    """`while_pending` is the answer before registration was accepted; None: the command is carried out all the same."""

    handle: Handle
    while_pending: Payload | None = None


@cache
def actions() -> frozenset[str]:
    """Every command that is carried out."""
    stems = (file.stem for file in FOLDER.glob("*.py"))
    return frozenset(action_name(stem) for stem in stems if not stem.startswith("_"))


def load(action: str) -> Message:
    """The message of an action that `actions` names."""
    message = importlib.import_module(f"agent.ocpp_client.v16.messages.{module_name(action)}").MESSAGE
    assert isinstance(message, Message)
    return message


def status(word: str) -> Answered:
    """The answer most commands have."""
    return Answered({"status": word})
