"""A charge decided by the core alone: its effects are answered at once, its time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.limits import LimitSource
from agent.core.quantities import MeterSample
from agent.core.session.effects import PermitPower, ReadMeter, RecordStart, RequestAuthorization, SessionEffect
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    ContactorReported,
    LimitChanged,
    MeterSampled,
    PilotChanged,
    SessionEvent,
    Tick,
    TokenPresented,
)
from agent.core.session.model import Session, SessionSettings
from agent.core.session.step import initial, step
from agent.core.time import Instant

BOOT = "benchmark"
CARD = IdToken("04A1B2C3D4CAFE")
PLUG = PlugIdentity(BOOT, 1)
CURRENT_A, POWER_W = 16.0, 11_040.0


class Keys:
    """The source of transaction keys."""

    def transaction_key(self) -> TransactionKey:
        return TransactionKey("benchmark")


class CoreCharger:
    """One session; `second()` lets one second of it pass."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.steps = 0
        self._keys = Keys()
        self.session: Session = initial(ConnectorId(1), SessionSettings(), self._now())
        self.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=CURRENT_A, detail="benchmark"))

    def charge(self) -> None:
        """A car, a card, and power flows."""
        self.feed(ContactorReported(ContactorState.OPEN))
        self.feed(MeterSampled(sample=self.sample()))
        for state in (PilotState.A, PilotState.B):
            plug = None if state is PilotState.A else PLUG
            self.feed(PilotChanged(state=state, plug=plug, high_v=9.0, board_boot_id=BOOT))
        self.feed(TokenPresented(CARD))
        self.feed(PilotChanged(state=PilotState.C, plug=PLUG, high_v=6.0, board_boot_id=BOOT))
        self.feed(ContactorReported(ContactorState.CLOSED))

    def second(self) -> None:
        """A reading of the meter, and a look where the core wants one."""
        self.now_s += 1.0
        if self.session.wake_at is not None and self.session.wake_at <= self.now_s:
            self.feed(Tick())
        self.feed(MeterSampled(sample=self.sample()))

    def feed(self, event: SessionEvent) -> None:
        """One event and everything that follows from it."""
        waiting = deque([event])
        while waiting:
            result = step(self.session, waiting.popleft(), self._now(), self._keys)
            self.session = result.session
            self.steps += 1
            for effect in result.effects:
                waiting.extend(self._answers(effect))

    def sample(self) -> MeterSample:
        """What a meter would say now."""
        currents_a = (CURRENT_A, CURRENT_A, CURRENT_A)
        register_wh = int((self.now_s - 1000.0) * POWER_W / 3600)
        return MeterSample(at=self._now(), register_wh=register_wh, power_w=POWER_W, currents_a=currents_a)

    def _answers(self, effect: SessionEffect) -> Iterator[SessionEvent]:
        match effect:
            case RequestAuthorization(token):
                yield AuthorizationDecided(token=token, status=AuthorizationStatus.ACCEPTED)
            case ReadMeter(purpose):
                yield MeterSampled(sample=self.sample(), purpose=purpose)
            case RecordStart(fact=fact):
                yield LimitChanged(source=LimitSource.NETWORK, current_a=None, transaction=fact.key)
            case PermitPower(False):
                yield ContactorReported(ContactorState.OPEN)
            case _:
                return

    def _now(self) -> Instant:
        return Instant(self.now_s, 1_800_000_000_000 + round(self.now_s * 1000), BOOT)
