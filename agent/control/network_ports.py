"""What a verb may ask of the way to the central system, and of what happened on the way to the first paid energy."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Protocol

from agent.core.metrics.records import ChargerRecords
from agent.core.network_check.model import Finding
from agent.secret import Secret

if TYPE_CHECKING:
    from agent.core.network_check.scan import Scan
    from agent.core.network_check.variants import Tried, Variant


class NetworkChecks(Protocol):
    """Looks at the way to the central system, one at a time."""

    def network_check(self, slot: int | None) -> AsyncGenerator[Finding, None]:
        """Layer by layer, up to the first that fails; for an address in a slot, or without a number the one in use.

        Raises Busy where a check runs already, and where there is no such slot.
        """
        ...

    async def wifi_scans(self) -> tuple[Scan, ...]:
        """Which networks each Wi-Fi interface hears, some seconds long; none where there is no Wi-Fi."""
        ...

    def connection_tries(
        self, forms: Sequence[Variant], identity: str, password: Secret | None
    ) -> AsyncGenerator[Tried, None]:
        """What each form of an address comes to, up to the first that answers. Nothing is said over it."""
        ...


class History(Protocol):
    """What happened to the charger between the wall and its first paid energy."""

    async def metrics_records(self) -> ChargerRecords:
        """As they are on record at this moment. Raises StoreError."""
        ...
