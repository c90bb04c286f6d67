"""One connector: its inbox, its session, its loop. Everything that happens to it passes through here, one by one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from agent.clock import Clock
from agent.connector.inbox import Inbox
from agent.connector.perform import Performer
from agent.connector.ports import Devices, Neighbours
from agent.connector.sampling import ACTIVE_CYCLE_S, IDLE_CYCLE_S, MeterWatch, Sampler, open_transaction
from agent.connector.sources import follow_contactor, follow_faults, follow_pilot
from agent.core.control_pilot import ContactorState
from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.session.events import LimitChanged, MeterSampled, SessionEvent
from agent.core.session.model import Session
from agent.core.session.step import KeySource, step
from agent.errors import DriverError, StoreError

log = logging.getLogger(__name__)

STAMPS_AT_LEAST_EVERY_S = 5.0
OPENS_WITHIN_S = 8.0
"""How long the end of the program waits for the contactor: the board opens under load 6 s after the offer ended."""


class Stamp(Protocol):
    """Proof of progress for the watchdog; `agent.supervise.Vital` is one."""

    def stamp(self, now_s: float) -> None: ...


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
        vital: Stamp,
        observe: Callable[[Session, SessionEvent], None] | None = None,
    ) -> None:
        self.session = session
        self.devices = devices
        self._neighbours = neighbours
        self._clock = clock
        self._keys = keys
        self._vital = vital
        self._observe = observe
        self._inbox = Inbox()
        self._watch = MeterWatch(devices.meter, self._inbox.post, self._due_at)
        self._sampler = Sampler(session.connector, neighbours.ledger, neighbours.sampling)
        self._changed = asyncio.Condition()

    @property
    def id(self) -> ConnectorId:
        return self.session.connector

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
            tasks.create_task(follow_faults(self.devices.pilot, self.post))
            tasks.create_task(self._watch.run())
            while True:
                await self._turn(performer)

    async def until(self, holds: Callable[[Session], bool]) -> None:
        """Wait until `holds` is true of the session."""
        async with self._changed:
            await self._changed.wait_for(lambda: holds(self.session))

    async def retire(self) -> None:
        """The program is about to end: no power, and the register on record. The transaction itself stays open.

        `run` must still be running. It goes on after a restart if the same car is there (core/session/restart.py).
        """
        self.post(LimitChanged(source=LimitSource.FAILSAFE, current_a=0.0, detail="the program is ending"))
        try:
            async with asyncio.timeout(OPENS_WITHIN_S):
                await self.until(lambda session: session.contactor is not ContactorState.CLOSED)
        except TimeoutError:
            log.warning("contactor was not seen to open before the end", extra={"connector": self.id})
        try:
            await self.devices.contactor.permit(False)
            await self._keep_register()
        except (DriverError, StoreError) as error:
            log.warning("end was not in order", extra={"connector": self.id, "error": str(error)})

    async def _keep_register(self) -> None:
        key, register_wh = open_transaction(self.session), self.session.last_register_wh
        if key is not None and register_wh is not None and self.session.last_sample is not None:
            await self._neighbours.ledger.record_checkpoint(key, register_wh, self.session.last_sample.at)

    async def _turn(self, performer: Performer) -> None:
        now_s = self._clock.now().monotonic_s
        self._vital.stamp(now_s)
        look_again = now_s + STAMPS_AT_LEAST_EVERY_S
        wake_at = self.session.wake_at
        event = await self._inbox.next_event(look_again if wake_at is None else min(wake_at, look_again))
        before = self.session
        result = step(before, event, self._clock.now(), self._keys)
        self.session = result.session
        if self._observe is not None:
            self._observe(result.session, event)
        await self._keep_faults(before)
        await performer.perform_all(result.session, result.effects)
        await self._mind_samples(before, event)
        if before.contactor is not self.session.contactor or before.phase is not self.session.phase:
            async with self._changed:
                self._changed.notify_all()

    async def _keep_faults(self, before: Session) -> None:
        """Before anybody acts on a fault that outlives a restart, it is on record."""
        if before.faults is self.session.faults:
            return
        try:
            await self._neighbours.keeper.record_latched_faults(self.id, self.session)
        except StoreError as error:
            log.error("faults were not put on record", extra={"connector": self.id, "error": str(error)})  # noqa: TRY400 no traceback: the sentence says all

    async def _mind_samples(self, before: Session, event: SessionEvent) -> None:
        was, now = open_transaction(before), open_transaction(self.session)
        if was != now:
            await self._transaction_changed(before)
        if self._cycle_of(before) != self._cycle_of(self.session):
            self._watch.nudge()
        if isinstance(event, MeterSampled) and await self._sampler.consider(self.session, event.sample):
            self._neighbours.listener.facts_recorded()

    async def _transaction_changed(self, before: Session) -> None:
        session = self.session
        if open_transaction(session) is None:
            self._sampler.transaction_ended()
        else:
            self._sampler.transaction_began(self._clock.now().monotonic_s)
            if before.recording is not None and session.last_sample is not None:
                await self._sampler.record_begin(session, session.last_sample)
        self._neighbours.listener.transaction_changed(self.id)

    def _due_at(self, began: float) -> float:
        now = self._clock.now()
        marks_s = self._sampler.wait_s(now.monotonic_s, now.utc_ms)
        due = began + self._cycle_of(self.session)
        return due if marks_s is None else min(due, now.monotonic_s + marks_s)

    @staticmethod
    def _cycle_of(session: Session) -> float:
        """Without a plug nothing can be drawn."""
        return ACTIVE_CYCLE_S if session.pilot.plugged or open_transaction(session) is not None else IDLE_CYCLE_S
