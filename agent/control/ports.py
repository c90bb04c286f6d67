"""What a verb may ask of the running charger; `agent/app.py` passes it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from agent.bus import Bus
from agent.config.model import StationConfig
from agent.control.records_ports import (
    EventLog,
    FrameTrace,
    HasBundle,
    HasService,
    History,
    NetworkChecks,
    Records,
    TokenList,
)
from agent.core.cost.display import Display
from agent.core.explain.scene import NO_NETWORK as NO_NETWORK  # noqa: PLC0414 - a verb asks for it here
from agent.core.explain.scene import BoardState as BoardState  # noqa: PLC0414
from agent.core.explain.scene import NetworkState as NetworkState  # noqa: PLC0414
from agent.core.identity import ConnectorId, IdToken
from agent.core.schedule.composite import CompositeSchedule
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.security.events import SecurityEvent
from agent.values import frozen

if TYPE_CHECKING:
    from agent.control.commissioning_ports import CommissioningDesk
    from agent.control.remedies_port import Remedies
    from agent.control.report_ports import Reports
    from agent.core.crash_loop import CrashLoop
    from agent.core.link_figures import LinkFigures
    from agent.core.load_profile.days import Day
    from agent.core.schedule.compose import ScheduledLimit
    from agent.core.visits.model import Attempt
    from agent.drivers.board_service import BoardService
    from agent.drivers.interfaces import Bus as DeviceBus


@frozen(kw_only=True)
class DeviceState:
    """One device on a wire and its counters since start; units end their names."""

    name: str
    answering: bool
    detail: str = ""
    counters: tuple[tuple[str, float], ...] = ()


@frozen(kw_only=True)
class ElementState:
    """An input or a temperature sensor as it is now. `problem` is why there is no reading, and what to check."""

    readings: Mapping[str, float | bool] = field(default_factory=dict)
    problem: str = ""


@frozen(kw_only=True)
class VitalTask:
    """A task the charger cannot do without. `age_s`: seconds since it last proved progress."""

    name: str
    age_s: float
    bound_s: float

    @property
    def is_overdue(self) -> bool:
        return self.age_s > self.bound_s


@frozen(kw_only=True)
class AgentState:
    """The program itself. `notices` are standing warnings beyond those of the configuration."""

    version: str
    started_at: Instant
    vitals: tuple[VitalTask, ...] = ()
    devices: tuple[DeviceState, ...] = ()
    notices: tuple[str, ...] = field(default=())
    crash_loop: CrashLoop | None = None
    """It starts again and again after ends that were not in order."""


class StationPort(NetworkChecks, History, HasService, HasBundle, Protocol):
    """The charger as a person at it may see and move it. What is not async returns at once and does not fail."""

    @property
    def config(self) -> StationConfig: ...

    @property
    def bus(self) -> Bus: ...

    @property
    def tokens(self) -> TokenList: ...

    @property
    def records(self) -> Records: ...

    @property
    def journal(self) -> EventLog: ...

    def now(self) -> Instant: ...

    def note_security(self, event: SecurityEvent, info: str) -> None:
        """For the security log and the central system. `info` never holds a secret, nor a person's name."""
        ...

    def agent(self) -> AgentState: ...

    @property
    def remedies(self) -> Remedies: ...

    @property
    def commissioning(self) -> CommissioningDesk | None:
        """Where a commissioning is kept and tested; None where nothing can be."""
        ...

    @property
    def reports(self) -> Reports:
        """Sealed reports of the commissioning, and what goes to the owner."""
        ...

    def connectors(self) -> tuple[ConnectorId, ...]: ...

    def session(self, connector: ConnectorId) -> Session: ...

    def board(self, connector: ConnectorId) -> BoardState | None:
        """None where the connector has no board that reports."""
        ...

    def board_service(self, connector: ConnectorId) -> BoardService | None:
        """What a person with tools may ask of that board; None where it offers nothing of the kind."""
        ...

    def no_restart(self, connector: ConnectorId) -> str:
        """Why its device is not started anew by order, where `board_service` has nobody to ask."""
        ...

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        """Of its meter, DER in hexadecimal digits; "" before it has told it, None where it does not sign."""
        ...

    def wires(self) -> Mapping[str, DeviceBus]:
        """The buses of the board file by name, for looks that change nothing."""
        ...

    async def elements(self) -> Mapping[str, ElementState]:
        """Inputs and temperature sensors by their place in the board file. Does not fail."""
        ...

    def network(self) -> NetworkState: ...

    async def crashes(self, limit: int) -> Sequence[str]:
        """What runs of the program left that died, the newest first, 17 kB each at most. Does not fail."""
        ...

    async def health(self) -> dict[str, Any]:
        """The whole charger at this moment, JSON below 64 KiB without tokens (docs/health.md). Does not fail."""
        ...

    async def health_history(self, limit: int, connector: ConnectorId | None) -> Sequence[Mapping[str, Any]]:
        """How each port, or this one, stood from change to change, the newest first, as JSON. Raises StoreError."""
        ...

    async def exposition(self) -> str:
        """What Prometheus may know of it, in its text format (docs/prometheus.md). Does not fail."""
        ...

    async def load_days(self, first: int, last: int) -> tuple[Day, ...]:
        """Power by quarters of an hour, of the days from one to another, counted from 1970. Raises StoreError."""
        ...

    def display(self, connector: ConnectorId, language: str | None) -> Display:
        """What the driver should be able to read there; None: in the language of the settings."""
        ...

    async def composite_schedule(self, connector: ConnectorId, duration_s: int) -> CompositeSchedule:
        """What the connector may draw from now on, and which profile says so."""
        ...

    def firmware_waits(self) -> bool:
        """New firmware is to be installed once no car charges, and no charge begins before."""
        ...

    def failed_start(self, connector: ConnectorId) -> Attempt | None:
        """The last start that a fault of the charger kept from coming about; None once one came about."""
        ...

    def limit_of_next_charge(self, connector: ConnectorId) -> ScheduledLimit:
        """What the charging profiles would leave to a charge that begins there now."""
        ...

    def link_figures(self) -> LinkFigures | None:
        """How the link to the central system is doing; None where none is configured."""
        ...

    async def use_slot(self, slot: int) -> None:
        """Let the next connection, opened at once, go to this slot. Raises Busy where it may not, and StoreError."""
        ...

    @property
    def trace(self) -> FrameTrace: ...

    def objection_to(self, token: IdToken) -> str:
        """Why nobody may charge with `token`: the network could never be told of it. "" where one may."""
        ...

    def request_start(self, connector: ConnectorId, token: IdToken) -> None:
        """StartRequested with `authorize` true; the session shows the outcome."""
        ...

    def request_stop(self, connector: ConnectorId) -> None:
        """StopRequested with StopReason.LOCAL; the session shows the outcome."""
        ...

    def clear_fault(self, connector: ConnectorId, id: str) -> None:
        """FaultReleased; the session shows the outcome."""
        ...

    async def restart_with(self, change: Callable[[], Awaitable[None]]) -> None:
        """Let no charge begin any more, make `change`, and end the process a second or two after this returned.

        Raises Busy where a charge began all the same, without the change, and what `change` raises; the process ends in
        either case.
        """
        ...

    async def factory_reset(self, *, lose_untold: bool) -> int:
        """Empty the store but what it keeps (store/reset.py), and end the process a second or two after this returned.

        Not sooner: the command is put on record and answered in between. The verb has checked that no charge runs and
        that nothing untold is lost unasked; none begins from here on, and then both are looked at again. Returns how
        many records were lost untold. Raises Busy where a charge began all the same, or left records that only
        `lose_untold` gives up, and StoreError with what is left and what to do; the process ends in either case.
        """
        ...
