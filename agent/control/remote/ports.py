"""What this room needs of its neighbours; the wiring passes the real ones in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from agent.core.orders.envelope import Order
from agent.core.orders.remembering import Seen
from agent.core.time import Instant


class Reply(Protocol):
    """The way back over the broker; `agent/telemetry/ports.py` says the same from its side."""

    @property
    def nonce(self) -> str: ...

    @property
    def nonce_age_s(self) -> float: ...

    def renew_nonce(self) -> None: ...

    async def say(self, body: Mapping[str, Any]) -> None: ...

    async def send_blob(self, id: str, name: str, content_type: str, file: Path) -> dict[str, Any]: ...


class MovesOnRecord(Protocol):
    """The log of commands. Raises StoreError."""

    async def moved(self, via: str) -> Sequence[tuple[str, Instant]]:
        """What was done last through that door of what is done only so often: verbs with their times, oldest first."""
        ...


class TakenOrders(MovesOnRecord, Protocol):
    """The orders that were taken, on disk. Raises StoreError."""

    async def seen(self) -> Seen: ...

    async def take(self, order: Order, now_ms: int | None) -> None:
        """On disk when it returns; among what is seen at once, before it waits for anything."""
        ...
