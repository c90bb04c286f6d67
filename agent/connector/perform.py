"""One effect, one call. A failure becomes an event for the core; nothing here decides what follows from it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import assert_never

from agent.bus import News
from agent.clock import Clock
from agent.connector.inbox import Inbox
from agent.connector.ports import Devices, Neighbours
from agent.connector.sampling import MeterWatch, edge_readings
from agent.core.facts import TransactionStopped
from agent.core.identity import IdToken
from agent.core.quantities import ReadingContext
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    ReadMeter,
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
    Tell,
)
from agent.core.session.events import EffectFailed
from agent.core.session.model import Session
from agent.errors import DriverError, StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """Carries out the effects of one connector's session."""

    devices: Devices
    neighbours: Neighbours
    inbox: Inbox
    watch: MeterWatch
    clock: Clock
    questions: asyncio.TaskGroup

    async def perform_all(self, session: Session, effects: tuple[SessionEffect, ...]) -> None:
        """In order. After a failure the rest is left undone and the core hears of it before anything else."""
        for effect in effects:
            try:
                await self._perform(session, effect)
            except (DriverError, StoreError) as error:
                self.inbox.post_first(EffectFailed(effect=effect, error=str(error)))
                return

    async def _perform(self, session: Session, effect: SessionEffect) -> None:
        match effect:
            case OfferCurrent():
                await self.devices.pilot.offer(effect.current_a)
            case PermitPower():
                await self.devices.contactor.permit(effect.permitted)
            case SetLock():
                if self.devices.lock is not None:
                    await self.devices.lock.set_locked(effect.locked)
            case RequestAuthorization():
                self.questions.create_task(self._ask(effect.token))
            case ReadMeter():
                self.watch.request(effect.purpose)
            case ReportStatus():
                self.neighbours.listener.status_changed(effect.report)
            case Show():
                await self.devices.indicator.show(effect.signal)
            case Tell():
                now = self.clock.now()
                news = News(name=effect.name, at=now, connector=session.connector, fields=effect.fields)
                self.neighbours.listener.tell(news)
            case _:
                await self._record(session, effect)

    async def _record(
        self,
        session: Session,
        effect: RecordStart | RecordStopDecision | RecordCheckpoint | RecordStop | RecordPlug | RecordAvailability,
    ) -> None:
        ledger = self.neighbours.ledger
        match effect:
            case RecordStart():
                await ledger.record_start(effect.fact, effect.plug)
                self.neighbours.listener.facts_recorded()
            case RecordStopDecision():
                await ledger.record_stop_decision(effect)
            case RecordCheckpoint():
                await ledger.record_checkpoint(effect.key, effect.register_wh, effect.at)
            case RecordStop():
                await ledger.record_stop(self._with_last_reading(session, effect.fact))
                self.neighbours.listener.facts_recorded()
            case RecordPlug():
                await ledger.record_plug(effect.key, effect.plug)
            case RecordAvailability():
                await self.neighbours.keeper.record_operative(session.connector, effect.operative)
            case _:
                assert_never(effect)

    def _with_last_reading(self, session: Session, fact: TransactionStopped) -> TransactionStopped:
        """The stop and, where the network wants it, the reading at its end; a sample of another register is none."""
        sample = session.last_sample
        measurands = self.neighbours.sampling.stop_sampled_measurands
        if sample is None or sample.register_wh != fact.register_wh or not measurands:
            return fact
        end = edge_readings(sample, ReadingContext.END, measurands, session.offered_a)
        return replace(fact, history=(end,)) if end.readings else fact

    async def _ask(self, token: IdToken) -> None:
        self.inbox.post(await self.neighbours.authorizer.authorize(token))
