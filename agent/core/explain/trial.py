"""A charger in thought: a copy of a session, and a world around it that does as it is told, as far as it is well.

What is known to be wrong stays wrong until a change of `applying.py` mends it; what is not known is taken for well.
Time passes here only. Whatever is decided, the core decides: `step` is asked as it is when the charger runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import IdToken, PlugIdentity, TransactionKey
from agent.core.limits import LimitSource
from agent.core.quantities import MeterSample
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    ReadMeter,
    RecordStart,
    RequestAuthorization,
    SessionEffect,
    SetLock,
    SignBegin,
    SignEnd,
)
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    ContactorReported,
    EffectFailed,
    LimitChanged,
    MeterSampled,
    MeterSigned,
    OfferReported,
    PilotChanged,
    SessionEvent,
    Tick,
)
from agent.core.session.model import Session, SessionPhase
from agent.core.session.step import step
from agent.core.signatures import SignedEdge, SignedValue
from agent.core.time import Instant

MOST_STEPS = 160
"""Of one trial; a charge that begins takes some twenty."""
LONGEST_S = 300.0
"""The longest wait that counts as "it starts": the rest between two beginnings, and the longest hold of a fault."""
BOOT_IN_THOUGHT = "in thought"
Goal = Callable[[Session], bool]
Thinking = Generator[None, None, bool]
"""Pauses after each look ahead, so that a long one holds nobody up; tells in the end whether the goal was reached."""


@dataclass(slots=True, kw_only=True)
class Well:
    """What works in this world. Faults and limits are the session's own."""

    board: bool = True
    """The pilot board speaks; while it does not, whatever is plugged in or out is seen by nobody."""
    store: bool = True
    meter: bool = True
    signs: bool = True
    lock: bool = True
    board_closes: bool = True
    board_offers: bool = True
    car_asks: bool = True
    reads_cards: bool = True
    judges: bool = True
    """The card that is shown is accepted; False: nobody can be asked about it."""


@dataclass(slots=True)
class Trial:
    """One look ahead. `card` is the one that a person would show."""

    session: Session
    now: Instant
    card: IdToken
    well: Well
    of_next_charge: tuple[float | None, str] | None = None
    """What the profiles leave to a charge that begins, in amperes, and which one does; None: as the limit says now."""
    is_released: bool = False
    """The emergency stop, which only an unplugging acknowledges then."""
    _ends_at: float = 0.0
    _steps: int = 0
    _keys: int = 0
    _plugs: int = 0
    _permitted: bool = False
    _offered_a: float = 0.0
    _inbox: deque[SessionEvent] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._ends_at = self.now.monotonic_s + LONGEST_S
        self._permitted, self._offered_a = self.session.permitted, self.session.offered_a

    def transaction_key(self) -> TransactionKey:
        """As `KeySource` has it."""
        self._keys += 1
        return TransactionKey(f"in thought {self._keys}")

    def feed(self, event: SessionEvent) -> None:
        """Something happens, and whatever follows from it at once."""
        self._inbox.append(event)
        while self._inbox and not self.is_exhausted:
            self._steps += 1
            decided = step(self.session, self._inbox.popleft(), self.now, self)
            self.session = decided.session
            self._perform_all(decided.effects)
            if not self._inbox and (follows := self._reaction()) is not None:
                self._inbox.append(follows)

    def until(self, goal: Goal) -> Thinking:
        """Let time pass until `goal` holds, or nothing more comes of it."""
        while not goal(self.session):
            yield
            wake_at = self.session.wake_at
            if wake_at is None or wake_at > self._ends_at or self.is_exhausted or self._is_stuck():
                return False
            self.reach(wake_at)
            self.feed(Tick())
        return True

    def reach(self, moment_s: float) -> None:
        """It is then: exactly, so that what waits for it does not miss it by a rounding."""
        passed = self.now.plus(max(0.0, moment_s - self.now.monotonic_s))
        self.now = Instant(max(moment_s, self.now.monotonic_s), passed.utc_ms, self.now.boot_id)

    @property
    def is_exhausted(self) -> bool:
        """It led nowhere so long that it never will."""
        return self._steps >= MOST_STEPS

    def _is_stuck(self) -> bool:
        """An end that no record takes is tried for ever."""
        return self.session.phase is SessionPhase.STOPPING and not self.well.store

    # The world.

    def pilot_reads(self, state: PilotState, plug: PlugIdentity | None, boot_id: str | None = None) -> None:
        """The pilot board reports a level; a silent one reports none, or it would be heard again by that alone."""
        if not self.well.board:
            return
        session = self.session
        cable_in = None if session.cable_in is None else state.plugged
        boot = boot_id or session.board_boot_id
        self.feed(PilotChanged(state=state, plug=plug, board_boot_id=boot, cable_in=cable_in))

    def another_plug(self, boot_id: str | None = None) -> PlugIdentity:
        """One that was not in before."""
        self._plugs += 1
        last = self.session.plug.insertions if self.session.plug is not None else 1_000_000
        return PlugIdentity(boot_id or self.session.board_boot_id or BOOT_IN_THOUGHT, last + self._plugs)

    def sample(self) -> MeterSample:
        """What a meter reads that nothing flowed through."""
        return MeterSample(at=self.now, register_wh=self.session.last_register_wh or 0)

    def _reaction(self) -> SessionEvent | None:
        """What board and car do next about what they were told; None: they are content."""
        session = self.session
        if not session.board_speaks:
            return None
        offer_a = self._offered_a if self.well.board_offers else 0.0
        if session.board_offered_a is not None and session.board_offered_a != offer_a:
            own = session.limits.named(LimitSource.PILOT_BOARD)
            limit_a, detail = (None, "") if own is None else (own.current_a, own.detail)
            return OfferReported(offered_a=offer_a, limit_a=limit_a, detail=detail)
        if session.pilot is PilotState.B and offer_a > 0 and self.well.car_asks:
            return PilotChanged(
                state=PilotState.C,
                plug=session.plug,
                board_boot_id=session.board_boot_id,
                cable_in=session.cable_in,
            )
        closes = self._permitted and offer_a > 0 and session.pilot.asks_for_power and self.well.board_closes
        wanted = ContactorState.CLOSED if closes else ContactorState.OPEN
        return None if session.contactor is wanted else ContactorReported(wanted)

    def _perform_all(self, effects: tuple[SessionEffect, ...]) -> None:
        for effect in effects:
            if self._fails(effect):
                self._inbox.appendleft(EffectFailed(effect=effect, error="it would fail now"))
                return
            self._perform(effect)

    def _fails(self, effect: SessionEffect) -> bool:
        if type(effect).__name__.startswith("Record"):
            return not self.well.store
        return (isinstance(effect, SetLock) and not self.well.lock) or (
            isinstance(effect, ReadMeter) and not self.well.meter
        )

    def _perform(self, effect: SessionEffect) -> None:
        """Those that something comes back of; whatever else is ordered is done."""
        match effect:
            case OfferCurrent(current_a):
                self._offered_a = current_a
            case PermitPower(permitted):
                self._permitted = permitted
            case ReadMeter(purpose):
                self._inbox.append(MeterSampled(sample=self.sample(), purpose=purpose))
            case RequestAuthorization(token) if token == self.card:
                status = AuthorizationStatus.ACCEPTED if self.well.judges else AuthorizationStatus.UNREACHABLE
                self._inbox.append(AuthorizationDecided(token=token, status=status))
            case SignBegin(key=key) | SignEnd(key=key):
                edge = SignedEdge.BEGIN if isinstance(effect, SignBegin) else SignedEdge.END
                self._inbox.append(MeterSigned(key=key, edge=edge, value=self._signed()))
            case RecordStart(fact=fact):
                # First of all, as the shell does: what the profiles leave to this very charge.
                self._inbox.appendleft(self._told_at_start(fact.key))
            case _:
                pass

    def _signed(self) -> SignedValue | None:
        if not (self.well.signs and self.well.meter):
            return None
        register_wh = self.session.last_register_wh or 0
        return SignedValue(data="in thought", encoding="", method="", public_key="", signed_wh=register_wh)

    def _told_at_start(self, key: TransactionKey) -> LimitChanged:
        if self.of_next_charge is None:
            return self.network_says(key)
        current_a, detail = self.of_next_charge
        return LimitChanged(source=LimitSource.NETWORK, current_a=current_a, detail=detail, transaction=key)

    def network_says(self, key: TransactionKey | None) -> LimitChanged:
        """The network's limit as it is, said of that charge."""
        known = self.session.limits.named(LimitSource.NETWORK)
        current_a, detail = (None, "") if known is None else (known.current_a, known.detail)
        return LimitChanged(source=LimitSource.NETWORK, current_a=current_a, detail=detail, transaction=key)
