"""One connector: its inbox, its session, its loop. Everything that happens to it passes through here, one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.clock import Clock
from agent.connector.inbox import Inbox
from agent.connector.meter_watch import ACTIVE_CYCLE_S, IDLE_CYCLE_S, MeterWatch
from agent.connector.perform import Performer
from agent.connector.ports import Devices, Neighbours, Stamps
from agent.connector.sampling import Sampler, open_transaction
from agent.connector.sources import follow_contactor, follow_faults, follow_lock, follow_parts, follow_pilot
from agent.core.session.events import MeterSampled, RegisterRecorded, SessionEvent
from agent.core.session.model import Session
from agent.core.session.step import KeySource, Step, Took, step

if TYPE_CHECKING:
    from agent.core.time import Instant

STAMPS_AT_LEAST_EVERY_S = 5.0


class Connector:
    """Runs the session of one connector until it is cancelled."""

    def __init__(
        self,
        session: Session,
        devices: Devices,
        neighbours: Neighbours,
        *,
        clock: Clock,
        keys: KeySource,
        stamps: Stamps,
        observe: Callable[[Session, SessionEvent], None] | None = None,
        took: Took | None = None,
    ) -> None:
        self.session = session
        self.devices = devices
        self._neighbours = neighbours
        self._clock = clock
        self._keys = keys
        self._stamps = stamps
        self._observe = observe
        self._took = took
        self._inbox = Inbox()
        self._watch = MeterWatch(devices.meter, self._inbox.post, self._due_at, stamps.meter)
        self._sampler = Sampler(session.connector, neighbours.ledger, neighbours.sampling)
        self._changed = asyncio.Condition()

    def post(self, event: SessionEvent) -> None:
        """Something happened that concerns this connector."""
        self._inbox.post(event)

    async def run(self) -> None:
        """Follow the devices and work off what happens. A failure in here ends the program: this task is vital."""
        async with asyncio.TaskGroup() as tasks:
            performer = Performer(
                devices=self.devices,
                neighbours=self._neighbours,
                inbox=self._inbox,
                watch=self._watch,
                clock=self._clock,
                questions=tasks,
            )
            tasks.create_task(follow_pilot(self.devices.pilot, self.post))
            tasks.create_task(follow_contactor(self.devices.contactor, self.post))
            remembered = self.session.faults.remembered
            tasks.create_task(follow_faults(self.devices.pilot, self.post, remembered))
            tasks.create_task(follow_lock(self.devices.lock, self.post, remembered))
            if (contactor := self.devices.assembled) is not None:
                tasks.create_task(contactor.run())
                tasks.create_task(follow_parts(contactor, self.post, remembered))
            tasks.create_task(self._watch.run())
            while True:
                await self._turn(performer)

    async def until(self, holds: Callable[[Session], bool]) -> None:
        """Wait until `holds` is true of the session."""
        async with self._changed:
            await self._changed.wait_for(lambda: holds(self.session))

    async def _turn(self, performer: Performer) -> None:
        now_s = self._clock.now().monotonic_s
        self._stamps.connector.stamp(now_s)
        performer.tell_dropped(self.session)
        look_again = now_s + STAMPS_AT_LEAST_EVERY_S
        wake_at = self.session.wake_at
        event = await self._inbox.next_event(look_again if wake_at is None else min(wake_at, look_again))
        before, now = self.session, self._clock.now()
        result = self._decide(before, event, now)
        self.session = result.session
        if self._observe is not None:
            self._observe(result.session, event)
        if before.faults is not self.session.faults:
            # Before anybody acts on a fault that outlives a restart, it is on record.
            await performer.keep_faults(self.session)
        await performer.perform_all(result.session, result.effects, now)
        await self._mind_samples(before, event)
        if before is not self.session:
            async with self._changed:
                self._changed.notify_all()

    def _decide(self, before: Session, event: SessionEvent, now: Instant) -> Step:
        decided = None
        try:
            decided = step(before, event, now, self._keys)
        finally:
            # What the core could not work off is what somebody will want to look at most.
            if self._took is not None:
                self._took(before, event, now, decided)
        return decided

    async def _mind_samples(self, before: Session, event: SessionEvent) -> None:
        was, now = open_transaction(before), open_transaction(self.session)
        if was != now:
            await self._transaction_changed(before)
        if self._cycle_of(before) != self._cycle_of(self.session):
            self._watch.nudge()
        if not isinstance(event, MeterSampled):
            return
        recorded = await self._sampler.consider(self.session, event.sample)
        if recorded.is_told:
            self._neighbours.listener.facts_recorded()
        if recorded.register_wh is not None:
            self._inbox.post(RegisterRecorded(register_wh=recorded.register_wh))

    async def _transaction_changed(self, before: Session) -> None:
        session = self.session
        if open_transaction(session) is None:
            self._sampler.transaction_ended()
        else:
            self._sampler.transaction_began(self._clock.now().monotonic_s)
            sample = session.last_sample if before.recording is not None else None
            if sample is not None and await self._sampler.record_begin(session, sample):
                self._neighbours.listener.facts_recorded()
        self._neighbours.listener.transaction_changed(session.connector)

    def _due_at(self, began: float) -> float:
        now = self._clock.now()
        marks_s = self._sampler.wait_s(now.monotonic_s, now.utc_ms)
        due = began + self._cycle_of(self.session)
        return due if marks_s is None else min(due, now.monotonic_s + marks_s)

    @staticmethod
    def _cycle_of(session: Session) -> float:
        """Without a plug nothing can be drawn."""
        return ACTIVE_CYCLE_S if session.pilot.plugged or open_transaction(session) is not None else IDLE_CYCLE_S
