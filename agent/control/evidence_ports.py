"""What `evsectl evidence` needs of the charger."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from agent.core.wear.model import Wear
from agent.store.claims import ClaimRow


class EvidenceDesk(Protocol):
    """Counters of wear, and the bundles that rest on them. Raises StoreError and Busy, in words for a person."""

    @property
    def wear(self) -> Wear: ...

    def parts(self) -> tuple[str, ...]:
        """Every part that is counted here, by its id."""
        ...

    async def make(self) -> tuple[Path, dict[str, Any]]:
        """The file, and what is to be known of it."""
        ...

    async def claims(self) -> tuple[ClaimRow, ...]:
        """Oldest first."""
        ...

    async def replaced(self, part: str, serial: str, model: str) -> Wear:
        """Another part was fitted. Raises BadRequest for one that this charger has not."""
        ...

    async def named(self, part: str, serial: str, model: str) -> Wear:
        """Who it is that is fitted; "" says nothing. Raises BadRequest also where it has another serial number."""
        ...


class HasEvidence(Protocol):
    """A charger that keeps it."""

    @property
    def evidence(self) -> EvidenceDesk: ...
