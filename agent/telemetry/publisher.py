"""What is told of the charger, and when: status on change, meters by the clock, health seldom, events as they come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.bus import News, Reader
from agent.core.settling import Settling
from agent.core.time import Instant
from agent.ids import Ids
from agent.telemetry.client import Client
from agent.telemetry.flexible import Moves, without
from agent.telemetry.letters import Fate, Letter
from agent.telemetry.levels import OUTAGE_EVENTS, SESSION_EVENT, fields_of, is_of_orders, level_of
from agent.telemetry.ports import Source
from agent.telemetry.profile import Level

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 5.0
"""At statuses that may have changed without an event: a limit that ended, a session that went on."""
NOT_AGAIN_WITHIN_S = 3600.0
"""A broker that kept the session kept the health document, too; a link that flaps does not send it each time."""
JITTER = 0.1


class Publisher:
    """One object a run, beside its client."""

    def __init__(self, source: Source, client: Client, ids: Ids) -> None:
        self._source, self._client, self._ids = source, client, ids
        self.heard: Reader | None = None
        """It has listened since the start of the program, where there is one."""
        self._profile = client.profile
        self._statuses = {port: self._profile.status.bucket() for port in source.ports()}
        self._moves = {port: Moves(self._profile) for port in source.ports()}
        self._told_status: dict[int, Mapping[str, Any]] = {}
        self._told_verdicts: Mapping[str, Any] = {}
        self._seen_verdicts: Mapping[str, Any] = {}
        self._settling = Settling()
        self._verdicts = self._profile.verdict.bucket()
        self._info, self._grave = self._profile.info.bucket(), self._profile.grave.bucket()
        self._orders = self._profile.orders.bucket()
        self._health_at: Instant | None = None
        self._lost = 0

    async def run(self) -> None:
        """Tell, for ever. Events are heard also while there is no link; they wait."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_events())
            tasks.create_task(self._follow_statuses())
            tasks.create_task(self._follow_health())
            for port in self._source.ports():
                tasks.create_task(self._follow_meter(port))
            if self._profile.sends_load:
                tasks.create_task(self._follow_load())

    async def again(self, known: bool = False) -> None:
        """After a birth of ours, the broker's or a home's: all that is retained. `known`: it kept the session."""
        self._told_status.clear()
        for port in self._source.ports():
            self._tell_status(port, await self._source.port_status(port))
        age_s = None if self._health_at is None else self._source.now().since(self._health_at)
        if not known or age_s is None or age_s >= NOT_AGAIN_WITHIN_S:
            await self._tell_health()

    # Events.

    async def _follow_events(self) -> None:
        if self.heard is not None:
            await self._tell_all(self.heard)
            return
        with self._source.bus.reader() as reader:
            await self._tell_all(reader)

    async def _tell_all(self, reader: Reader) -> None:
        async for news in reader:
            self._lost += reader.lost
            reader.lost = 0
            self._tell_event(news)

    def _tell_event(self, news: News) -> None:
        level = level_of(news)
        if level.value < self._profile.least_level.value:
            return
        bucket = self._info if level is Level.INFO else self._grave
        bucket = self._orders if is_of_orders(news) else bucket
        if not bucket.take(news.at.monotonic_s):
            self._client.outbox.skipped(level, by_rate=True)
            return
        self._client.post(self._letter_of(news, level))

    def _letter_of(self, news: News, level: Level) -> Letter:
        topics, port = self._client.topics, {} if news.connector is None else {"port": int(news.connector)}
        fields: dict[str, Any] = fields_of(news.fields, news.name)
        if news.name == SESSION_EVENT:
            return Letter(topic=topics.session, at=news.at, body={**port, **fields}, level=level)
        if news.name in OUTAGE_EVENTS:
            body = {**port, "edge": OUTAGE_EVENTS[news.name], **fields}
            return Letter(topic=topics.outage, at=news.at, body=body, level=level)
        untold, to_rate = self._client.outbox.take_untold()
        lost, to_rate = self._lost + untold, self._lost + to_rate
        self._lost = 0
        missing = {**({"lost": lost} if lost else {}), **({"lost_to_rate": to_rate} if to_rate else {})}
        body = {"event": news.name, **port, "fields": fields, **missing}
        return Letter(topic=topics.event, at=news.at, body=body, level=level)

    # Statuses.

    async def _follow_statuses(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            await self._client.is_linked.wait()
            for port, bucket in self._statuses.items():
                status = await self._source.port_status(port)
                now_s = self._source.now().monotonic_s
                self._moves[port].look(status)
                if bucket.wait_s(now_s) <= 0.0 and self._is_news(port, status, now_s):
                    bucket.take(now_s)
                    self._tell_status(port, status)

    def _is_news(self, port: int, status: Mapping[str, Any], now_s: float) -> bool:
        told, moves = self._told_status.get(port), self._moves[port]
        if told is None:
            return True
        if without(status) != without(told):
            return not moves.waits(told, now_s)
        return moves.is_due(told, now_s)

    def _tell_status(self, port: int, status: Mapping[str, Any]) -> None:
        self._told_status[port] = status
        topic = self._client.topics.port_status(port)
        self._client.post(Letter(topic=topic, at=self._source.now(), body=status, retain=True, fate=Fate.NEWEST))

    # Health.

    async def _follow_health(self) -> None:
        while True:
            await self._client.is_linked.wait()
            await asyncio.sleep(LOOKS_EVERY_S * self._ids.between(1.0 - JITTER, 1.0 + JITTER))
            now = self._source.now()
            is_due = self._health_at is None or now.since(self._health_at) >= self._profile.health_s
            if is_due or (self._has_another_verdict(now.monotonic_s) and self._verdicts.take(now.monotonic_s)):
                await self._tell_health()

    def _has_another_verdict(self, now_s: float) -> bool:
        """Another than was told, and it has settled."""
        before, self._seen_verdicts = self._seen_verdicts, self._source.verdicts()
        is_other, is_still = self._seen_verdicts != self._told_verdicts, self._seen_verdicts == before
        return self._settling.is_over(now_s, is_other=is_other, is_still=is_still)

    async def _tell_health(self) -> None:
        # Before the document is drawn: what changes meanwhile may not be in it.
        now, self._told_verdicts = self._source.now(), self._source.verdicts()
        document = await self._source.health()
        self._health_at = now
        self._settling.told()
        letter = Letter(topic=self._client.topics.health, at=now, body=document, retain=True, fate=Fate.NEWEST)
        self._client.post(letter)

    # Meters and load.

    async def _follow_meter(self, port: int) -> None:
        """The first reading when a charge begins, the last when it ends, and in between by the clock."""
        was_charging, told_s = False, float("-inf")
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            await self._client.is_linked.wait()
            reading, now_s = self._source.port_meter(port), self._source.now().monotonic_s
            if reading is None:
                continue
            is_charging = bool(reading["charging"])
            wait_s = self._profile.meter_charging_s if is_charging else self._profile.meter_idle_s
            if is_charging != was_charging or now_s - told_s >= wait_s:
                was_charging, told_s = is_charging, now_s
                self._tell_meter(port, reading)

    def _tell_meter(self, port: int, reading: Mapping[str, Any]) -> None:
        topic = self._client.topics.port_meter(port)
        letter = Letter(topic=topic, at=self._source.now(), body=reading, qos=0, level=Level.INFO, fate=Fate.MOMENTARY)
        self._client.post(letter)

    async def _follow_load(self) -> None:
        """Of each day soon after it is over; of none where the time of day is not known."""
        told = ""
        while True:
            await asyncio.sleep(900.0 * self._ids.between(0.5, 1.5))
            yesterday = _day_before(self._source.now())
            if not yesterday or yesterday == told:
                continue
            profile = await self._source.load_profile(yesterday)
            told = yesterday
            if profile is not None:
                self._client.post(Letter(topic=self._client.topics.load, at=self._source.now(), body=profile))


def _day_before(now: Instant) -> str:
    """The day that is over, UTC; "" where the time is not known."""
    if now.utc_ms is None:
        return ""
    return f"{datetime.fromtimestamp(now.utc_ms / 1000, UTC) - timedelta(days=1):%Y-%m-%d}"
