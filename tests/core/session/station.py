"""A charger made of plain fields: performs a session's effects, keeps records, can fail, crash and restart."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from agent.core.availability import NO_BOOKINGS, Bookings, ConnectorStatus, StatusReport
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import TransactionStopped
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.limits import Limits, LimitSource
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    ReadMeter,
    ReadPurpose,
    RecordStart,
    ReportStatus,
    RequestAuthorization,
    SessionEffect,
    SetLock,
    SetStanding,
    Show,
    Signal,
    SignBegin,
    SignEnd,
    Tell,
)
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    BookingsChanged,
    ContactorReported,
    EffectFailed,
    LimitChanged,
    SessionEvent,
    Tick,
    TokenPresented,
    TransactionFound,
)
from agent.core.session.model import Session, SessionPhase, SessionSettings
from agent.core.session.step import initial, step
from agent.core.signatures import Signature
from agent.core.time import Instant
from tests.core.session.charger import BOARD_OPENS_AFTER_S, Charger
from tests.core.session.durable import Durable, Row
from tests.core.session.orders import (
    check_acceptance,
    check_offer,
    check_permission,
    check_signing,
    check_status,
    check_wake,
)

CONNECTOR = ConnectorId(1)
CARD = IdToken("04A1B2C3D4")
OTHER_CARD = IdToken("04FFEEDDCC")
FAMILY = IdToken("FAMILY")
METER_TAKES_S = 0.2
SIGNING_TAKES_S = 0.7
ATTEMPTS_MAX = 60
"""More steps than this in one moment are a loop that never ends."""


class Crashed(Exception):
    """The program died between two effects; `restart` begins it anew."""


class RecordingStation(Charger):
    """Time moves only by `advance`; everything else happens at once."""

    def __init__(self, settings: SessionSettings | None = None, *, current_a: float = 16.0) -> None:
        super().__init__()
        self.settings = settings or SessionSettings()
        self.durable = Durable()
        self.supply_a = current_a
        self.keys = 0
        self.bookings = NO_BOOKINGS
        """What the store holds for this connector."""
        self.used: list[int] = []
        """Reservations that a start on record has used up."""
        self.store_works = True
        self.signs_in_s = SIGNING_TAKES_S
        self.unsigned_allowed: set[TransactionKey] = set()
        """Charges that began while the site insisted on no signature."""
        self.shown: Signal | None = None
        self.answers: dict[IdToken, tuple[AuthorizationStatus, IdToken | None]] = {}
        self.authorizes_by_itself = True
        self.asked: list[IdToken] = []
        self.fails: Callable[[SessionEffect], bool] = lambda effect: False
        self.crashes_before: int | None = None
        """So many effects from now the program dies."""
        self.performed: list[SessionEffect] = []
        self.news: list[Tell] = []
        self.statuses: list[StatusReport] = []
        self.begin()

    # --- life of the program -------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The program starts on whatever is durable."""
        self._working = False
        self.inbox: deque[SessionEvent] = deque()
        self.reading_due: list[tuple[float, ReadPurpose]] = []
        self.signing_due: list[tuple[float, SignBegin | SignEnd]] = []
        self.offer_changed_at = None
        self.session: Session = initial(
            CONNECTOR,
            self.settings,
            self.now,
            operative=self.durable.operative,
            limits=self._limits_on_record(),
            faults=FaultRegister.restored(self.durable.latched, self.now),
        )
        self.statuses = []
        for row in self.durable.open_rows():
            self.feed(TransactionFound(record=row.found(), kernel_restarted=row.last_at.boot_id != self.now.boot_id))
        self.feed(BookingsChanged(self.bookings))
        self.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=self.supply_a, detail="site"))
        self.levels()

    def _limits_on_record(self) -> Limits:
        limits = Limits()
        for row in self.durable.open_rows():
            current_a = self.durable.network_limit_a[row.started.key]
            limits = limits.with_limit(LimitSource.NETWORK, current_a, "on record", self.now)
        return limits

    def restart(self, *, kernel: bool = False, down_s: float = 1.0) -> None:
        """The program dies between two steps and starts anew; with `kernel` the controller does."""
        self.crashes_before = None
        self._working = True
        self.left_alone(down_s)
        if kernel:
            boot = int(self.now.boot_id.split("-")[1]) + 1
            self.now = Instant(50.0, self.now.utc_ms, f"kernel-{boot}")
            self.opens_at = None if self.opens_at is None else 50.0 + BOARD_OPENS_AFTER_S
        self.begin()

    def advance(self, seconds: float, *, sample_every_s: float | None = 1.0) -> None:
        """Let time pass, with the meter's ordinary cycle and the core's wake times."""
        until = self.now.monotonic_s + seconds
        next_sample = self.now.monotonic_s + sample_every_s if sample_every_s else float("inf")
        turns_left = 1_000 + 20 * seconds
        while True:
            turns_left -= 1
            assert turns_left > 0, (
                f"the core never comes to rest: wake {self.session.wake_at}, now {self.now.monotonic_s}"
            )
            wake = self.session.wake_at if self.session.wake_at is not None else float("inf")
            due = self.reading_due[0][0] if self.reading_due else float("inf")
            signs = min((at for at, _ in self.signing_due), default=float("inf"))
            opens = self.opens_at if self.opens_at is not None else float("inf")
            moment = min(wake, due, signs, opens, next_sample, until)
            self._reach(moment)
            if self.opens_at is not None and moment >= self.opens_at:
                self.contactor_is(ContactorState.OPEN)
            elif self.reading_due and moment >= due:
                self._answer_reading(self.reading_due.pop(0)[1])
            elif moment >= signs:
                order = next(one for one in self.signing_due if one[0] == signs)
                self.signing_due.remove(order)
                self.feed(self.sign(order[1]))
            elif moment >= wake:
                self.feed(Tick())
            elif moment >= next_sample and sample_every_s:
                next_sample += sample_every_s
                self.sample()
            elif moment >= until:
                return

    def _reach(self, moment: float) -> None:
        """Exactly this moment: what waits for it must not miss it by a rounding."""
        self.pass_time(moment - self.now.monotonic_s)
        self.now = Instant(max(moment, self.now.monotonic_s), self.now.utc_ms, self.now.boot_id)

    def _answer_reading(self, purpose: ReadPurpose) -> None:
        if self.meter_answers:
            self.sample(purpose)
        else:
            self.feed(EffectFailed(effect=ReadMeter(purpose), error="no answer"))

    # --- the shell -----------------------------------------------------------------------------------------------

    def feed(self, event: SessionEvent) -> None:
        self.inbox.append(event)
        if not self._working:
            self._work()

    def booked(self, bookings: Bookings) -> None:
        """The reservations of this connector are others from now on."""
        self.bookings = bookings
        self.feed(BookingsChanged(bookings))

    def is_moved(self, *, permitted: bool, offer_a: float, locked: bool) -> None:
        """By somebody else than the session."""
        if self.board_answers:
            self.board_permitted, self.board_offer_a = permitted, offer_a
            self.locked = locked and self.settings.has_lock
            self.offer_changed_at = None
            self.reflexes()

    def report_contactor(self) -> None:
        self.feed(ContactorReported(self.contactor))

    def network_limits(self, current_a: float | None, *, transaction: TransactionKey | None) -> None:
        """The network's profiles say this of what ran when they were asked: `transaction`, or nothing."""
        if transaction in [row.started.key for row in self.open_rows()]:
            assert transaction is not None
            self.durable.network_limit_a[transaction] = current_a
        self.feed(
            LimitChanged(source=LimitSource.NETWORK, current_a=current_a, detail="TxProfile 7", transaction=transaction)
        )

    def limited(self, current_a: float | None) -> None:
        """The network limits the running charge."""
        transaction = self.session.transaction
        self.network_limits(current_a, transaction=None if transaction is None else transaction.key)

    def _work(self) -> None:
        self._working = True
        try:
            self._work_off()
        finally:
            self._working = False

    def _work_off(self) -> None:
        steps = 0
        while self.inbox:
            steps += 1
            assert steps < ATTEMPTS_MAX, f"the core never comes to rest: {self.performed[-6:]}"
            result = step(self.session, self.inbox.popleft(), self.now, self)
            self.session = result.session
            self.durable.latched = self.session.faults.latched()
            check_wake(self)
            for effect in result.effects:
                self._maybe_crash()
                if self._refused(effect):
                    self.inbox.appendleft(EffectFailed(effect=effect, error="it failed"))
                    break
                self.perform(effect)

    def _maybe_crash(self) -> None:
        if self.crashes_before == 0:
            raise Crashed
        if self.crashes_before is not None:
            self.crashes_before -= 1

    def transaction_key(self) -> TransactionKey:
        self.keys += 1
        return TransactionKey(f"tx-{self.keys}")

    def _refused(self, effect: SessionEffect) -> bool:
        if isinstance(effect, OfferCurrent | PermitPower | SetStanding | SetLock) and not self.board_answers:
            return True
        if type(effect).__name__.startswith("Record") and not self.store_works:
            return True
        return self.fails(effect)

    def perform(self, effect: SessionEffect) -> None:  # noqa: PLR0912 - one case a kind
        self.performed.append(effect)
        if self.session.loan is not None:
            assert not isinstance(effect, OfferCurrent | PermitPower | SetLock | Show), "a lent device was moved"
        match effect:
            case OfferCurrent(current_a):
                check_offer(self, current_a)
                if current_a != self.board_offer_a:
                    self.board_offer_a, self.offer_changed_at = current_a, self.now.monotonic_s
                self.reflexes()
            case PermitPower(permitted):
                check_permission(self, permitted)
                self.board_permitted = permitted
                self.reflexes()
            case SetStanding():
                self.standing = effect
                self.reflexes()
            case SetLock(locked):
                self.locked = locked
            case RequestAuthorization(token):
                self.asked.append(token)
                if self.authorizes_by_itself:
                    self.answer(token)
            case ReadMeter(purpose):
                self.reading_due.append((self.now.monotonic_s + METER_TAKES_S, purpose))
            case SignBegin() | SignEnd():
                check_signing(self, effect)
                self.signing_due.append((self.now.monotonic_s + self.signs_in_s, effect))
            case ReportStatus(report):
                check_status(self, report)
                self.statuses.append(report)
            case Show(signal):
                self.shown = signal
            case Tell():
                check_acceptance(self, effect)
                self.news.append(effect)
            case RecordStart(fact=fact):
                if self.session.settings.signature is not Signature.REQUIRED:
                    self.unsigned_allowed.add(fact.key)
                self.durable.keep(effect, self.highest_wh, self.now)
                self._use_up(fact.reservation_id)
                # First of all that waits, as the shell does.
                known_a = self.durable.network_limit_a[fact.key]
                said = LimitChanged(source=LimitSource.NETWORK, current_a=known_a, detail="", transaction=fact.key)
                self.inbox.appendleft(said)
            case _:
                self.durable.keep(effect, self.highest_wh, self.now)

    def answer(self, token: IdToken) -> None:
        status, group = self.answers.get(token, (AuthorizationStatus.ACCEPTED, None))
        self.feed(AuthorizationDecided(token=token, status=status, group=group, detail="the test"))

    def _use_up(self, reservation_id: int | None) -> None:
        if reservation_id is not None:
            assert reservation_id not in self.used, "a reservation was used twice"
            self.used.append(reservation_id)
            self.bookings = self.bookings.without(reservation_id)

    # --- questions -----------------------------------------------------------------------------------------------

    @property
    def rows(self) -> dict[TransactionKey, Row]:
        return self.durable.rows

    def open_rows(self) -> list[Row]:
        return self.durable.open_rows()

    def stops(self) -> list[TransactionStopped]:
        return self.durable.stops()

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
        return self.durable.operative

    def told(self, name: str) -> list[dict[str, object]]:
        return [dict(tell.fields) for tell in self.news if tell.name == name]


def charging(settings: SessionSettings | None = None) -> RecordingStation:
    """A station ten seconds into a charge."""
    station = RecordingStation(settings)
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(1)
    station.pilot_is(PilotState.C)
    station.advance(10)
    assert station.phase() is SessionPhase.CHARGING
    return station
