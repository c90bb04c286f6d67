"""What a verb may ask of the charger's records: tokens, sessions, events, frames of the wire; and of its network."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from agent.bus import News
from agent.control.bundle_ports import HasBundle
from agent.control.network_ports import History, NetworkChecks
from agent.control.service_ports import HasService
from agent.core.identity import IdToken
from agent.store.journal import Command
from agent.store.signed_sessions import SignedSession
from agent.store.tokens import KnownToken
from agent.store.transactions import SessionRecord
from agent.store.wire_trace import TracedFrame

__all__ = [
    "EventLog",
    "FrameFollower",
    "FrameTrace",
    "HasBundle",
    "HasService",
    "History",
    "NetworkChecks",
    "Records",
    "TokenList",
]


class TokenList(Protocol):
    """The list kept at this charger; `agent.store.tokens.Tokens` is one. Raises StoreError."""

    async def listed(self) -> tuple[KnownToken, ...]: ...

    async def add(self, known: KnownToken) -> KnownToken:
        """As it is on the list now: a label stays where the new word has none."""
        ...

    async def remove(self, token: IdToken) -> bool: ...


class Records(Protocol):
    """The ledger as people read it; `agent.store.ledger.Ledger` is one. Raises StoreError."""

    async def sessions(self, limit: int = 20) -> tuple[SessionRecord, ...]: ...

    async def signed_sessions(self, limit: int) -> tuple[SignedSession, ...]:
        """Those of the newest charges of which the meter was to sign something, newest first."""
        ...

    async def signed_session(self, wanted: str) -> SignedSession | None:
        """One by our key, or by the network's id."""
        ...

    def queued(self) -> int: ...


class EventLog(Protocol):
    """Events and commands on record; `agent.store.journal.Journal` is one. Raises StoreError."""

    async def events(self, limit: int = 50) -> tuple[News, ...]: ...

    async def commands(self, limit: int = 50) -> tuple[Command, ...]: ...

    def note(self, command: Command) -> None: ...

    async def record(self, command: Command) -> None: ...


class FrameFollower(Protocol):
    """What goes over the wire from now on."""

    async def arrived(self) -> None: ...

    def drain(self) -> list[TracedFrame]: ...


class FrameTrace(Protocol):
    """Masked frames of the wire; `agent.station.wire_trace.WireTrace` is one."""

    async def newest(self, limit: int) -> tuple[TracedFrame, ...]:
        """Oldest first. Raises OSError."""
        ...

    def follower(self) -> AbstractContextManager[FrameFollower]: ...
