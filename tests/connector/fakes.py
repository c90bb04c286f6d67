"""A connector on small working stand-ins for its devices and neighbours, under the virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from agent.bus import News
from agent.connector.ports import Devices, Neighbours, Stamps
from agent.connector.runner import Connector
from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.limits import Limits, LimitSource
from agent.core.quantities import Measurand, MeterSample
from agent.core.schedule.profile import ChargingProfile
from agent.core.session.effects import RecordJudgement, RecordStopDecision, Signal
from agent.core.session.events import AuthorizationDecided, AuthorizationStatus, LimitChanged
from agent.core.session.model import Session, SessionSettings
from agent.core.session.step import initial
from agent.core.time import Instant
from agent.drivers.interfaces import DeviceFault, PilotReading
from agent.errors import DriverUnavailable, StoreError
from agent.ids import Ids
from agent.supervise import Vital

T = TypeVar("T")

CONNECTOR = ConnectorId(1)
CARD = IdToken("04A1B2C3D4")
BOOT = "0badcafe"
UTC_AT_START_MS = 1_800_000_000_000


class LoopClock:
    """The virtual loop's time, with a trusted wall clock."""

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        return Instant(seconds, UTC_AT_START_MS + round(seconds * 1000), "kernel-boot")

    def told(self, utc_ms: int) -> None:
        raise AssertionError(f"a trusted clock is not set: {utc_ms}")


class Level(Generic[T]):
    """The present value, and whoever follows it."""

    def __init__(self, value: T) -> None:
        self.value = value
        self._changed = asyncio.Event()

    def set(self, value: T) -> None:
        self.value = value
        self._changed.set()

    async def follow(self) -> AsyncIterator[T]:
        while True:
            self._changed.clear()
            yield self.value
            await self._changed.wait()


@dataclass
class FakePilot:
    """Control pilot, contactor and indicator of one board: it closes when permitted and the car asks."""

    name: str = "fake board"
    reading: Level[PilotReading] = field(default_factory=lambda: Level(pilot(PilotState.A)))
    contactor: Level[ContactorState] = field(default_factory=lambda: Level(ContactorState.OPEN))
    present_faults: Level[tuple[DeviceFault, ...]] = field(default_factory=lambda: Level(()))
    offered_a: float = 0.0
    permitted: bool = False
    shown: Signal | None = None
    broken: str | None = None
    """Why it takes no orders."""
    silent: bool = False
    """It takes none and tells nothing; its lease ends what it was permitted."""
    sticks: bool = False
    """Its contactor stays closed."""

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def offer(self, current_a: float) -> None:
        self._refuse_if_broken()
        self.offered_a = current_a
        self.reading.set(replace(self.reading.value, offered_a=current_a))
        self._react()

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        self._refuse_if_broken()
        self.permitted = permitted
        self._react()

    async def show(self, signal: Signal) -> None:
        self.shown = signal

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        return self.present_faults.follow()

    def pilot_shows(self, state: PilotState, insertions: int = 1) -> None:
        self.reading.set(replace(pilot(state, insertions), offered_a=self.offered_a))
        self._react()

    def falls_silent(self) -> None:
        self.silent, self.broken, self.permitted = True, "no word from the board", False
        self.reading.set(self.reading.value)

    def _react(self) -> None:
        closed = self.permitted and self.offered_a > 0 and self.reading.value.state is PilotState.C
        closed = closed or (self.sticks and self.contactor.value is ContactorState.CLOSED)
        self.contactor.set(ContactorState.CLOSED if closed else ContactorState.OPEN)

    def _refuse_if_broken(self) -> None:
        if self.broken is not None:
            raise DriverUnavailable(self.name, self.broken)


@dataclass
class PilotOf:
    """The control pilot's side of the fake board."""

    board: FakePilot
    name: str = "fake pilot"

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def offer(self, current_a: float) -> None:
        await self.board.offer(current_a)

    async def stand(self, *, operative: bool, held_open: bool) -> None: ...

    async def states(self) -> AsyncIterator[PilotReading]:
        async for reading in self.board.reading.follow():
            if self.board.silent:
                raise DriverUnavailable(self.name, "no word from the board")
            yield reading

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        return self.board.faults()


@dataclass
class ContactorOf:
    """The contactor's side of the fake board."""

    board: FakePilot
    name: str = "fake contactor"

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        await self.board.permit(permitted, plug)

    def states(self) -> AsyncIterator[ContactorState]:
        return self.board.contactor.follow()


def pilot(state: PilotState, insertions: int = 1) -> PilotReading:
    plug = PlugIdentity(BOOT, insertions) if state.plugged else None
    return PilotReading(state=state, plug=plug, high_v=9.0, low_v=-12.0, offered_a=0.0, board_boot_id=BOOT)


@dataclass
class FakeMeter:
    """Counts one Wh a second while the contactor is closed. `answers_in_s` is its time on the wire."""

    board: FakePilot
    clock: LoopClock
    name: str = "fake meter"
    answers_in_s: float = 0.05
    silent: bool = False
    misreads_by_wh: int = 0
    reads: list[float] = field(default_factory=list)
    _counted_wh: float = 10_000.0
    _counted_at: float = 0.0

    @property
    def register_wh(self) -> int:
        return int(self._counted_wh)

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def read(self) -> MeterSample:
        self.reads.append(self.clock.now().monotonic_s)
        await asyncio.sleep(self.answers_in_s)
        if self.silent:
            raise DriverUnavailable(self.name, "no answer")
        now = self.clock.now()
        self._count(now.monotonic_s)
        return MeterSample(at=now, register_wh=int(self._counted_wh) + self.misreads_by_wh, power_w=3600.0)

    def _count(self, now_s: float) -> None:
        if self.board.contactor.value is ContactorState.CLOSED:
            self._counted_wh += now_s - self._counted_at
        self._counted_at = now_s


@dataclass
class FakeLedger:
    """Keeps everything in lists; `full` refuses every record, `takes_s` is how long the card stalls over each."""

    starts: list[TransactionStarted] = field(default_factory=list)
    stops: list[TransactionStopped] = field(default_factory=list)
    decisions: list[RecordStopDecision] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    samples: list[TransactionSampled] = field(default_factory=list)
    kept_for_stop: list[TransactionSampled] = field(default_factory=list)
    full: bool = False
    takes_s: float = 0.0

    async def record_start(
        self, fact: TransactionStarted, plug: PlugIdentity | None, profile: ChargingProfile | None
    ) -> None:
        await self._works()
        self.starts.append(fact)

    async def record_stop_decision(self, decision: RecordStopDecision) -> None:
        await self._works()
        self.decisions.append(decision)

    async def record_checkpoint(self, key: TransactionKey, register_wh: int, at: Instant) -> None:
        await self._works()
        self.checkpoints.append(register_wh)

    async def record_plug(self, key: TransactionKey, plug: PlugIdentity | None) -> None:
        await self._works()

    async def record_judgement(self, judgement: RecordJudgement) -> None:
        await self._works()

    async def record_sample(self, fact: TransactionSampled, *, for_network: bool, for_stop: bool) -> None:
        await self._works()
        (self.samples if for_network else self.kept_for_stop).append(fact)

    async def record_stop(self, fact: TransactionStopped) -> None:
        await self._works()
        self.stops.append(fact)

    async def _works(self) -> None:
        if self.takes_s:
            await asyncio.sleep(self.takes_s)
        if self.full:
            raise StoreError("no space left")


@dataclass
class FakeAuthorizer:
    answer: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    takes_s: float = 0.1

    async def authorize(self, token: IdToken) -> AuthorizationDecided:
        await asyncio.sleep(self.takes_s)
        return AuthorizationDecided(token=token, status=self.answer, detail="the test says so")


@dataclass
class FakeLimiter:
    """What the network leaves to every charge."""

    current_a: float | None = None

    def limit_of(self, started: TransactionStarted) -> LimitChanged:
        return LimitChanged(
            source=LimitSource.NETWORK, current_a=self.current_a, detail="the test", transaction=started.key
        )


@dataclass
class FakeKeeper:
    operative: dict[ConnectorId, bool] = field(default_factory=dict)
    latched: list[tuple[str, ...]] = field(default_factory=list)
    takes_s: float = 0.0

    async def record_operative(self, connector: ConnectorId, operative: bool) -> None:
        self.operative[connector] = operative

    async def record_latched_faults(self, connector: ConnectorId, session: Session) -> None:
        await asyncio.sleep(self.takes_s)
        self.latched.append(tuple(fault.id for fault in session.faults.latched()))


@dataclass
class FakeListener:
    statuses: list[StatusReport] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    facts: int = 0
    transactions: int = 0

    def status_changed(self, report: StatusReport) -> None:
        self.statuses.append(report)

    def facts_recorded(self) -> None:
        self.facts += 1

    def transaction_changed(self, connector: ConnectorId) -> None:
        self.transactions += 1

    def tell(self, news: News) -> None:
        self.news.append(news)

    def told(self) -> list[ConnectorStatus]:
        return [report.status for report in self.statuses]


@dataclass
class FakeSampling:
    sample_interval_s: int = 0
    aligned_interval_s: int = 0
    start_measurands: tuple[Measurand, ...] = ()
    sampled_measurands: tuple[Measurand, ...] = (Measurand.ENERGY_IMPORT_REGISTER,)
    aligned_measurands: tuple[Measurand, ...] = (Measurand.ENERGY_IMPORT_REGISTER,)
    stop_sampled_measurands: tuple[Measurand, ...] = ()
    stop_aligned_measurands: tuple[Measurand, ...] = ()


class Bench:
    """One running connector and everything around it. `async with Bench() as bench`."""

    def __init__(self, sampling: FakeSampling | None = None, session: Session | None = None) -> None:
        self.clock = LoopClock()
        self.board = FakePilot()
        self.meter = FakeMeter(self.board, self.clock)
        self.ledger = FakeLedger()
        self.authorizer = FakeAuthorizer()
        self.keeper = FakeKeeper()
        self.limiter = FakeLimiter()
        self.listener = FakeListener()
        self.vital = Vital("connector 1", 20.0, 0.0)
        self.meter_vital = Vital("meter 1", 20.0, 0.0)
        self.connector = Connector(
            session or self._session(),
            Devices(
                pilot=PilotOf(self.board), contactor=ContactorOf(self.board), meter=self.meter, indicator=self.board
            ),
            Neighbours(
                ledger=self.ledger,
                authorizer=self.authorizer,
                keeper=self.keeper,
                limiter=self.limiter,
                listener=self.listener,
                sampling=sampling or FakeSampling(),
            ),
            clock=self.clock,
            keys=Ids(),
            stamps=Stamps(connector=self.vital, meter=self.meter_vital),
        )
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Bench:
        await self._tasks.__aenter__()
        self._running = self._tasks.create_task(self.connector.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _session(self) -> Session:
        limits = Limits().with_limit(LimitSource.HARDWARE, 16.0, "the board", Instant(0.0))
        return initial(CONNECTOR, SessionSettings(), Instant(0.0), limits=limits)


@dataclass
class FakeReader:
    """Gives what it is told to give; `away` makes it fail at once, as a reader without its port does."""

    name: str = "fake reader"
    away: bool = False
    shown: asyncio.Queue[IdToken] = field(default_factory=asyncio.Queue)

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def tokens(self) -> AsyncIterator[IdToken]:
        while True:
            if self.away:
                raise DriverUnavailable(self.name, "no such port")
            try:
                async with asyncio.timeout(1.0):
                    token = await self.shown.get()
            except TimeoutError:
                continue
            yield token
