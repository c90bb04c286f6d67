"""What `evsectl report` and `evsectl handover` need of the charger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from agent.core.commissioning.model import Job
from agent.core.commissioning.steps import Site
from agent.core.time import Instant
from agent.store.reports import ReportRow


class Reports(Protocol):
    """Sealed reports and the hand-over. Raises StoreError and SecurityError, in words for a person."""

    async def seal(self, job: Job, site: Site) -> Mapping[str, Any]:
        """The report of the job as it stands: `report_id`, `number`, `complete`, `missing`, `hash`, `signed`."""
        ...

    async def listed(self) -> tuple[ReportRow, ...]:
        """Oldest first."""
        ...

    async def file(self, number: int) -> bytes:
        """The sealed file. Raises StoreError where it is gone."""
        ...

    async def public_key(self) -> str:
        """Of this charger, hexadecimal."""
        ...

    async def ticks(self) -> Mapping[str, Instant]: ...

    async def tick(self, item: str) -> bool:
        """Whether it was not ticked before."""
        ...

    async def draw_owner_code(self) -> str:
        """A new one, told this once; any earlier one no longer counts."""
        ...

    async def use_owner_code(self, code: str) -> bool: ...

    async def owner_code_state(self) -> str:
        """ "none", "drawn" or "used"."""
        ...
