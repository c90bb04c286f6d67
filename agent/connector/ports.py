"""What a running connector needs from its neighbours; `agent/app.py` passes them in."""

from __future__ import annotations

from typing import Protocol

from agent.bus import News
from agent.connector.ledger import Ledger as Ledger  # noqa: PLC0414 - one of these ports
from agent.core.availability import StatusReport
from agent.core.facts import TransactionStarted
from agent.core.identity import ConnectorId, IdToken
from agent.core.quantities import Measurand
from agent.core.session.events import AuthorizationDecided, LimitChanged
from agent.core.session.model import Session
from agent.drivers.interfaces import AssembledContactor, Contactor, ControlPilot, Indicator, Lock
from agent.drivers.interfaces import Meter as Meter  # noqa: PLC0414 - for the one who reads it
from agent.values import frozen


class Authorizer(Protocol):
    async def authorize(self, token: IdToken) -> AuthorizationDecided:
        """Local knowledge first, then the network; never raises, never waits longer than its own bound."""
        ...


class Limiter(Protocol):
    def limit_of(self, started: TransactionStarted) -> LimitChanged:
        """What the network's profiles on record leave to this charge now; returns at once and does not fail."""
        ...


class Keeper(Protocol):
    """Small facts that outlive a restart."""

    async def record_operative(self, connector: ConnectorId, operative: bool) -> None: ...

    async def record_latched_faults(self, connector: ConnectorId, session: Session) -> None:
        """Called when the set of latched faults may have changed."""
        ...


class Listener(Protocol):
    """Who hears of changes. Calls return at once and do not fail."""

    def status_changed(self, report: StatusReport) -> None: ...

    def facts_recorded(self) -> None:
        """The ledger holds something new to tell."""
        ...

    def transaction_changed(self, connector: ConnectorId) -> None:
        """A transaction began or ended: limits that depend on it are to be found anew."""
        ...

    def tell(self, news: News) -> None: ...


class SamplingSettings(Protocol):
    """The network's wishes about meter values, read anew at each use."""

    @property
    def sample_interval_s(self) -> int: ...

    @property
    def aligned_interval_s(self) -> int: ...

    @property
    def start_measurands(self) -> tuple[Measurand, ...]: ...

    @property
    def sampled_measurands(self) -> tuple[Measurand, ...]: ...

    @property
    def aligned_measurands(self) -> tuple[Measurand, ...]: ...

    @property
    def stop_sampled_measurands(self) -> tuple[Measurand, ...]: ...

    @property
    def stop_aligned_measurands(self) -> tuple[Measurand, ...]: ...


@frozen(kw_only=True)
class Devices:
    """The drivers of one connector."""

    pilot: ControlPilot
    contactor: Contactor
    meter: Meter
    indicator: Indicator
    lock: Lock | None = None

    @property
    def assembled(self) -> AssembledContactor | None:
        """The contactor, where it consists of parts that this program keeps together."""
        return self.contactor if isinstance(self.contactor, AssembledContactor) else None


class Stamp(Protocol):
    """Proof of progress for the watchdog; `agent.supervise.Vital` is one."""

    def stamp(self, now_s: float) -> None: ...


@frozen(kw_only=True)
class Stamps:
    """Of the two tasks of a connector that turn by themselves, each its own: one may be stuck without the other."""

    connector: Stamp
    meter: Stamp


@frozen(kw_only=True)
class Neighbours:
    """Everything around one connector."""

    ledger: Ledger
    authorizer: Authorizer
    keeper: Keeper
    limiter: Limiter
    listener: Listener
    sampling: SamplingSettings
