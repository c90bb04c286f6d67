"""What a verb may ask of the record of service: outages, planned maintenance, attempts to charge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from agent.control.evidence_ports import HasEvidence
from agent.core.uptime.model import ServiceRecords, Window
from agent.core.visits.model import Attempt
from agent.store.config_history import ConfigChange

T = TypeVar("T")


class Service(Protocol):
    """`agent.station.service_desk.ServiceDesk` is one. What is async raises StoreError."""

    async def records(self) -> ServiceRecords:
        """Everything that uptime is computed from."""
        ...

    async def computed(self, work: Callable[[ServiceRecords], T]) -> T:
        """`work` of the records, beside the loop."""
        ...

    async def attempts(self) -> tuple[Attempt, ...]:
        """Every plug-in on record, oldest first."""
        ...

    async def month(self) -> Mapping[int, Mapping[str, Any]]:
        """This month so far, by port: month, percent where it is known, outage_min, excluded_min."""
        ...

    def windows(self) -> tuple[Window, ...]: ...

    def open_now(self) -> Window | None:
        """The maintenance window that is open."""
        ...

    async def open_window(self, window: Window) -> Window:
        """With its number; durable when it returns."""
        ...

    async def close_window(self, number: int) -> None:
        """It ends now."""
        ...

    async def config_changes(self) -> tuple[ConfigChange, ...]:
        """How the configuration came to be, oldest first."""
        ...

    def settings(self) -> Mapping[str, str]:
        """What the network may write, as it is now, by its name in OCPP 2.0.1."""
        ...

    def factory_settings(self) -> Mapping[str, str]:
        """The same where nobody wrote them."""
        ...

    async def judge(self, number: int, verdict: str, by: str, why: str) -> bool:
        """What a person says of an outage; False where there is none of that number."""
        ...


class HasService(HasEvidence, Protocol):
    @property
    def service(self) -> Service:
        """Outages, planned maintenance, attempts."""
        ...

    async def uptime(self) -> Mapping[int, Mapping[str, Any]]:
        """`Service.month`, for health. Raises StoreError."""
        ...
