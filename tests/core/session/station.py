"""A charger made of plain fields: performs a session's effects, keeps "durable" records, can fail and restart."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.core.availability import LEGAL, ConnectorStatus, StatusReport
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import OpenTransaction, TransactionStarted, TransactionStopped
from agent.core.faults.model import Reaction
from agent.core.faults.register import FaultRegister, LatchedFault
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.limits import LimitSource
from agent.core.quantities import MeterSample
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    ReadMeter,
    ReadPurpose,
    RecordAvailability,
    RecordCheckpoint,
    RecordPlug,
    RecordStart,
    RecordStop,
    RecordStopDecision,
    ReportStatus,
    RequestAuthorization,
    SessionEffect,
    SetLock,
    Show,
    Signal,
    Tell,
)
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    ContactorReported,
    DriverLost,
    DriverReturned,
    EffectFailed,
    LimitChanged,
    MeterSampled,
    PilotChanged,
    SessionEvent,
    Tick,
    TransactionFound,
)
from agent.core.session.model import Session, SessionPhase, SessionSettings
from agent.core.session.step import initial, step
from agent.core.time import Instant

CONNECTOR = ConnectorId(1)
CARD = IdToken("04A1B2C3D4")
OTHER_CARD = IdToken("04FFEEDDCC")
FAMILY = IdToken("FAMILY")
POWER_W = 3_600
"""One Wh a second: sums in the head."""
METER_TAKES_S = 0.2
BOARD_OPENS_AFTER_S = 6.0
ATTEMPTS_MAX = 60
"""More steps than this in one moment are a loop that never ends."""


@dataclass
class Row:
    """One transaction as the store holds it."""

    started: TransactionStarted
    plug: PlugIdentity | None
    kernel_boot_id: str
    registers_wh: list[int]
    last_at: Instant
    decision: RecordStopDecision | None = None
    stops: list[TransactionStopped] = field(default_factory=list)


class RecordingStation:
    """Time moves only by `advance`; everything else happens at once."""

    def __init__(self, settings: SessionSettings | None = None, *, current_a: float = 16.0) -> None:
        self.settings = settings or SessionSettings()
        self.now = Instant(1_000.0, 1_800_000_000_000, "kernel-1")
        self.rows: dict[TransactionKey, Row] = {}
        self.operative = True
        self.latched: tuple[LatchedFault, ...] = ()
        self.supply_a = current_a
        self.keys = 0

        self.register_wh = 5_000.0
        self.meter_answers = True
        self.board_answers = True
        self.store_works = True
        self.board_boot = 1
        self.insertions = 0
        self.pilot = PilotState.A
        self.contactor = ContactorState.OPEN
        self.opens_at: float | None = None
        self.board_permitted = False
        self.board_offer_a = 0.0
        self.locked = False
        self.shown: Signal | None = None

        self.answers: dict[IdToken, tuple[AuthorizationStatus, IdToken | None]] = {}
        self.authorizes_by_itself = True
        self.asked: list[IdToken] = []
        self.fails: Callable[[SessionEffect], bool] = lambda effect: False
        self.performed: list[SessionEffect] = []
        self.news: list[Tell] = []
        self.statuses: list[StatusReport] = []
        self.begin()

    # --- life of the program -------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The program starts on whatever is durable."""
        self.inbox: deque[SessionEvent] = deque()
        self.reading_due: list[tuple[float, ReadPurpose]] = []
        self.session: Session = initial(
            CONNECTOR,
            self.settings,
            self.now,
            operative=self.operative,
            faults=FaultRegister.restored(self.latched, self.now),
        )
        self.statuses = []
        for row in self.open_rows():
            self.feed(TransactionFound(record=self._found(row), kernel_restarted=self._other_kernel(row)))
        self.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=self.supply_a, detail="site"))
        self.levels()

    def restart(self, *, kernel: bool = False, down_s: float = 1.0) -> None:
        """The program dies between two effects and starts anew; with `kernel` the controller does."""
        self.latched = self.session.faults.latched()
        self._pass(down_s)
        if down_s > 2:
            self._lease_expires()
        if kernel:
            boot = int(self.now.boot_id.split("-")[1]) + 1
            self.now = Instant(50.0, self.now.utc_ms, f"kernel-{boot}")
            self.opens_at = None if self.opens_at is None else 50.0 + BOARD_OPENS_AFTER_S
        self.begin()

    def levels(self) -> None:
        """Drivers say how things are."""
        if self.board_answers:
            self.feed(self._pilot())
            self.feed(ContactorReported(self.contactor))
        else:
            self.feed(DriverLost(interface="pilot_board", detail="no answer"))
        if not self.meter_answers:
            self.feed(DriverLost(interface="meter", detail="no answer"))

    def _found(self, row: Row) -> OpenTransaction:
        decision = row.decision
        return OpenTransaction(
            key=row.started.key,
            connector=CONNECTOR,
            token=row.started.token,
            started_at=row.started.at,
            start_wh=row.started.register_wh,
            last_wh=row.registers_wh[-1],
            last_at=row.last_at,
            plug=row.plug,
            kernel_boot_id=row.kernel_boot_id,
            stop_requested=decision.reason if decision else None,
            stop_token=decision.token if decision else None,
        )

    def _other_kernel(self, row: Row) -> bool:
        return row.last_at.boot_id != self.now.boot_id

    # --- the world -----------------------------------------------------------------------------------------------

    def plug_in(self, state: PilotState = PilotState.B) -> None:
        self.insertions += 1
        self.pilot_is(state)

    def pilot_is(self, state: PilotState) -> None:
        self.pilot = state
        self._board_rules()
        if self.board_answers:
            self.feed(self._pilot())

    def unplug(self) -> None:
        self.pilot_is(PilotState.A)

    def board_restarts(self, *, plugged: bool) -> None:
        """The board reboots; a car that is still there counts as a new insertion."""
        self.board_boot += 1
        self.insertions = int(plugged)
        self.pilot = PilotState.B if plugged else PilotState.A
        self.board_permitted, self.board_offer_a = False, 0.0
        self._contactor_is(ContactorState.OPEN)
        if self.board_answers:
            self.feed(self._pilot())

    def board_falls_silent(self) -> None:
        if self.board_answers:
            self.board_answers = False
            self._lease_expires()
            self.feed(DriverLost(interface="pilot_board", detail="no frame for 2 s"))

    def board_is_back(self) -> None:
        if not self.board_answers:
            self.board_answers = True
            self.feed(DriverReturned("pilot_board"))
            self.levels()

    def meter_falls_silent(self) -> None:
        if self.meter_answers:
            self.meter_answers = False
            self.feed(DriverLost(interface="meter", detail="no answer from address 1"))

    def meter_is_back(self) -> None:
        if not self.meter_answers:
            self.meter_answers = True
            self.feed(DriverReturned("meter"))

    def sample(self, purpose: ReadPurpose | None = None) -> None:
        if self.meter_answers:
            reading = MeterSample(at=self.now, register_wh=int(self.register_wh), power_w=0.0)
            self.feed(MeterSampled(sample=reading, purpose=purpose))

    def advance(self, seconds: float, *, sample_every_s: float | None = 1.0) -> None:
        """Let time pass, with the meter's ordinary cycle and the core's wake times."""
        until = self.now.monotonic_s + seconds
        next_sample = self.now.monotonic_s + sample_every_s if sample_every_s else float("inf")
        while True:
            wake = self.session.wake_at if self.session.wake_at is not None else float("inf")
            due = self.reading_due[0][0] if self.reading_due else float("inf")
            opens = self.opens_at if self.opens_at is not None else float("inf")
            moment = min(wake, due, opens, next_sample, until)
            self._pass(moment - self.now.monotonic_s)
            if self.opens_at is not None and moment >= self.opens_at:
                self._contactor_is(ContactorState.OPEN)
            elif self.reading_due and moment >= due:
                self._answer(self.reading_due.pop(0)[1])
            elif moment >= wake:
                self.feed(Tick())
            elif moment >= next_sample and sample_every_s:
                next_sample += sample_every_s
                self.sample()
            elif moment >= until:
                return

    def _pass(self, seconds: float) -> None:
        if self.contactor is ContactorState.CLOSED and self.pilot.asks_for_power:
            self.register_wh += POWER_W * max(seconds, 0) / 3600
        self.now = self.now.plus(max(seconds, 0))

    def _answer(self, purpose: ReadPurpose) -> None:
        if self.meter_answers:
            self.sample(purpose)
        else:
            self.feed(EffectFailed(effect=ReadMeter(purpose), error="no answer"))

    def _pilot(self) -> PilotChanged:
        boot_id = f"board-{self.board_boot}"
        plug = PlugIdentity(boot_id, self.insertions) if self.pilot is not PilotState.A else None
        return PilotChanged(state=self.pilot, plug=plug, board_boot_id=boot_id)

    def _lease_expires(self) -> None:
        self.board_permitted, self.board_offer_a = False, 0.0
        self._board_rules()

    def _board_rules(self) -> None:
        """The board closes only for a car that asks and with permission; it opens at once when the car stops asking."""
        if not self.pilot.asks_for_power:
            self._contactor_is(ContactorState.OPEN)
        elif self.board_permitted and self.board_offer_a >= 6:
            self.opens_at = None
            self._contactor_is(ContactorState.CLOSED)
        elif self.contactor is ContactorState.CLOSED and self.opens_at is None:
            self.opens_at = self.now.monotonic_s + BOARD_OPENS_AFTER_S

    def _contactor_is(self, state: ContactorState) -> None:
        if state is ContactorState.OPEN:
            self.opens_at = None
        if self.contactor is not state:
            self.contactor = state
            if self.board_answers:
                self.inbox.append(ContactorReported(state))
                if not self._working:
                    self._work()

    # --- the shell -----------------------------------------------------------------------------------------------

    _working = False

    def feed(self, event: SessionEvent) -> None:
        self.inbox.append(event)
        if not self._working:
            self._work()

    def _work(self) -> None:
        self._working = True
        steps = 0
        while self.inbox:
            steps += 1
            assert steps < ATTEMPTS_MAX, f"the core never comes to rest: {self.performed[-6:]}"
            result = step(self.session, self.inbox.popleft(), self.now, self)
            self.session = result.session
            self._check_wake()
            for effect in result.effects:
                if self._refused(effect):
                    self.inbox.appendleft(EffectFailed(effect=effect, error="it failed"))
                    break
                self.perform(effect)
        self._working = False

    def transaction_key(self) -> TransactionKey:
        self.keys += 1
        return TransactionKey(f"tx-{self.keys}")

    def _check_wake(self) -> None:
        wake_at = self.session.wake_at
        assert wake_at is None or wake_at > self.now.monotonic_s or self.session.recording is not None

    def _refused(self, effect: SessionEffect) -> bool:
        if isinstance(effect, OfferCurrent | PermitPower | SetLock) and not self.board_answers:
            return True
        if type(effect).__name__.startswith("Record") and not self.store_works:
            return True
        return self.fails(effect)

    def perform(self, effect: SessionEffect) -> None:
        self.performed.append(effect)
        match effect:
            case OfferCurrent(current_a):
                self._check_offer(current_a)
                self.board_offer_a = current_a
                self._board_rules()
            case PermitPower(permitted):
                self._check_permission(permitted)
                self.board_permitted = permitted
                self._board_rules()
            case SetLock(locked):
                self.locked = locked
            case RequestAuthorization(token):
                self.asked.append(token)
                if self.authorizes_by_itself:
                    self.answer(token)
            case ReadMeter(purpose):
                self.reading_due.append((self.now.monotonic_s + METER_TAKES_S, purpose))
            case ReportStatus(report):
                self._check_status(report)
                self.statuses.append(report)
            case Show(signal):
                self.shown = signal
            case Tell():
                self.news.append(effect)
            case RecordAvailability(operative):
                self.operative = operative
            case _:
                self._record(effect)

    def _record(self, effect: SessionEffect) -> None:
        match effect:
            case RecordStart(fact=fact, plug=plug):
                assert fact.key not in self.rows, "a start was recorded twice"
                assert not self.open_rows(), "a second transaction began beside an open one"
                assert fact.register_wh <= self.register_wh
                self.rows[fact.key] = Row(fact, plug, self.now.boot_id, [fact.register_wh], self.now)
            case RecordStopDecision(key=key):
                self.rows[key].decision = effect
            case RecordCheckpoint(key=key, register_wh=register_wh, at=at):
                self._check_register(self.rows[key], register_wh)
                self.rows[key].registers_wh.append(register_wh)
                self.rows[key].last_at = at
            case RecordPlug(key=key, plug=plug):
                self.rows[key].plug = plug
            case RecordStop(fact=fact):
                row = self.rows[fact.key]
                assert not row.stops, "a stop was recorded twice"
                self._check_register(row, fact.register_wh)
                row.stops.append(fact)
            case _:
                raise AssertionError(f"{effect} is no record")

    def answer(self, token: IdToken) -> None:
        status, group = self.answers.get(token, (AuthorizationStatus.ACCEPTED, None))
        self.feed(AuthorizationDecided(token=token, status=status, group=group, detail="the test"))

    # --- what must hold at every effect --------------------------------------------------------------------------

    def _check_offer(self, current_a: float) -> None:
        assert current_a == 0 or 6 <= current_a <= 80
        assert all(current_a <= limit.current_a for limit in self.session.limits.entries), "an offer above a limit"
        assert current_a == 0 or self.session.phase is SessionPhase.CHARGING

    def _check_permission(self, permitted: bool) -> None:
        if permitted:
            transaction = self.session.transaction
            assert self.session.phase is SessionPhase.CHARGING
            assert self.session.pending_stop is None
            assert transaction is not None and not transaction.deauthorized
            assert self.session.faults.reaction not in (Reaction.OPEN, Reaction.X1)
            assert self.pilot.plugged
            assert [row.started.key for row in self.open_rows()] == [transaction.key], "power without a durable start"

    def _check_register(self, row: Row, register_wh: int) -> None:
        assert register_wh >= row.registers_wh[-1], "a register fell"
        assert register_wh <= self.register_wh, "a register above the meter's"

    def _check_status(self, report: StatusReport) -> None:
        if self.statuses and self.statuses[-1].status is not report.status:
            before = self.statuses[-1].status
            assert report.status in LEGAL[before], f"{before} to {report.status} is illegal"
        if report.status is ConnectorStatus.FINISHING:
            assert not self.open_rows(), "finishing was told before the stop was durable"

    # --- questions -----------------------------------------------------------------------------------------------

    def open_rows(self) -> list[Row]:
        return [row for row in self.rows.values() if not row.stops]

    # Methods and not fields, so that asking twice in a test is not the same question to the type checker.

    def phase(self) -> SessionPhase:
        return self.session.phase

    def status(self) -> ConnectorStatus:
        return self.statuses[-1].status

    def signal(self) -> Signal | None:
        return self.shown

    def has_permission(self) -> bool:
        return self.board_permitted

    def offer_a(self) -> float:
        return self.board_offer_a

    def is_locked(self) -> bool:
        return self.locked

    def is_operative(self) -> bool:
        return self.operative

    def told(self, name: str) -> list[dict[str, object]]:
        return [dict(tell.fields) for tell in self.news if tell.name == name]

    def stops(self) -> list[TransactionStopped]:
        return [stop for row in self.rows.values() for stop in row.stops]
