"""One effect, one call. A failure becomes an event for the core; nothing here decides what follows from it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.bus import News
from agent.clock import Clock
from agent.connector.inbox import Inbox
from agent.connector.meter_watch import MeterWatch
from agent.connector.ports import Devices, Neighbours
from agent.connector.recording import keep_faults, record
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    ReadMeter,
    RecordStart,
    ReportStatus,
    RequestAuthorization,
    SessionEffect,
    SetLock,
    SetStanding,
    Show,
    SignBegin,
    SignEnd,
    Tell,
)
from agent.core.session.events import EffectFailed
from agent.core.session.model import Session
from agent.errors import DriverError, DriverRejected, StoreError
from agent.values import frozen

if TYPE_CHECKING:
    from agent.core.time import Instant


@frozen(kw_only=True)
class Performer:
    """Carries out the effects of one connector's session."""

    devices: Devices
    neighbours: Neighbours
    inbox: Inbox
    watch: MeterWatch
    clock: Clock
    questions: asyncio.TaskGroup

    async def perform_all(self, session: Session, effects: tuple[SessionEffect, ...], now: Instant) -> None:
        """In order. After a failure the rest is left undone and the core hears of it before anything else.

        `now`: when they were decided, which is when what is told happened: a disk may be slow in between.
        """
        for effect in effects:
            try:
                await self._perform(session, effect, now)
            except (DriverError, StoreError) as error:
                self.inbox.post_first(EffectFailed(effect=effect, error=str(error)))
                return

    async def keep_faults(self, session: Session) -> None:
        """Those that outlive a restart, on record; what cannot be kept is told, and nothing waits for it."""
        await keep_faults(self.neighbours.keeper, session)

    def tell_dropped(self, session: Session) -> None:
        """Tell of events that found the inbox full, if there were any since the last call."""
        if count := self.inbox.take_dropped():
            now = self.clock.now()
            self.neighbours.listener.tell(
                News(name="report.dropped", at=now, connector=session.connector, fields=(("count", count),))
            )

    async def _perform(self, session: Session, effect: SessionEffect, now: Instant) -> None:
        match effect:
            case OfferCurrent():
                await self.devices.pilot.offer(effect.current_a)
            case PermitPower():
                await self.devices.contactor.permit(effect.permitted, session.plug)
            case SetStanding():
                await self._stand(effect)
            case SetLock():
                await self._lock(session, effect.locked)
            case RequestAuthorization():
                self.questions.create_task(self._ask(effect))
            case ReadMeter():
                self.watch.request(effect.purpose)
            case SignBegin() | SignEnd():
                self.watch.sign(effect)
            case ReportStatus():
                self.neighbours.listener.status_changed(effect.report)
            case Show():
                await self.devices.indicator.show(effect.signal)
            case Tell():
                news = News(name=effect.name, at=now, connector=session.connector, fields=effect.fields)
                self.neighbours.listener.tell(news)
            case RecordStart():
                await record(self.neighbours, session, effect)
                # Before whatever waits: the charge is offered nothing until it knows.
                self.inbox.post_first(self.neighbours.limiter.limit_of(effect.fact))
                # Whoever tells the network of the start gets its turn of the loop before all that follows from it.
                await asyncio.sleep(0)
            case _:
                await record(self.neighbours, session, effect)

    async def _stand(self, effect: SetStanding) -> None:
        """The contactor first, where that is this program's to open: its failure must not keep the pilot from it."""
        try:
            if (contactor := self.devices.assembled) is not None:
                await contactor.hold_open(effect.held_open)
        finally:
            await self.devices.pilot.stand(operative=effect.operative, held_open=effect.held_open)

    async def _lock(self, session: Session, locked: bool) -> None:
        """A plug that could not be locked gets no start; one that stays locked is the lock's own fault to tell."""
        lock = self.devices.lock
        if lock is not None and not await lock.set_locked(locked) and locked and session.plug is not None:
            raise DriverRejected(lock.name, "the plug could not be locked")

    async def _ask(self, effect: RequestAuthorization) -> None:
        self.inbox.post(await self.neighbours.authorizer.authorize(effect.token))
