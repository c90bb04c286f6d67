"""The health of this charger as one document, gathered in small turns of the loop and without a write to the disk.

The store is read by its own thread, the files of the system by one beside the loop. A verdict alone can be asked for at
any time: it is drawn from what was looked at last.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from agent.bus import News
from agent.clock import time_quality
from agent.control.explanation import scene_of
from agent.control.moments import utc_text
from agent.control.ports import BoardState
from agent.control.sharing import supply_of
from agent.core.health.document import fitted
from agent.core.health.model import Defect, Judgement
from agent.core.health.verdict import ports_with, station_judged
from agent.core.identity import ConnectorId
from agent.core.load_profile.flexibility import NOTHING, Flexibility, flexibility_of, together
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.drivers.interfaces import TemperatureSample
from agent.errors import StoreError
from agent.host import process
from agent.station import health_sections as sections
from agent.station.remembered import RememberedSensor
from agent.station.verdicts import LOOKS_WITHIN_S, Verdicts
from agent.station.way_out import way_out

if TYPE_CHECKING:
    from agent.core.explain.sharing import SharedSupply
    from agent.station.control_side import ControlSide
    from agent.station.station import Station
    from agent.station.upkeep import Upkeep

EVENTS_TOLD = 50
UPTIME_EVERY_S = 60.0
AHEAD_S = 86_400


def size_of(value: Any) -> int:
    """Bytes of its JSON at the most: a writer that does not escape needs fewer."""
    return len(json.dumps(value, separators=(",", ":")))


class StationHealth(Verdicts):
    """One object a run."""

    def __init__(self, side: ControlSide, station: Station, upkeep: Upkeep) -> None:
        super().__init__(side, station, upkeep)
        self.uptime: Mapping[int, Mapping[str, Any]] = {}
        self._uptime_at: float | None = None
        self._way: Mapping[str, Any] = {}

    # The document.

    async def document(self) -> dict[str, Any]:
        """Below 64 KiB, within two seconds; every look that hangs is left out. Others get their turn in between."""
        news = await self._looked()
        now = self._side.now()
        around = self._around(now)
        ports: dict[int, Judgement] = {}
        bodies, flexible, shared = [], [], supply_of(self._side)
        for connector in self._side.connectors():
            await asyncio.sleep(0)
            ports[int(connector)] = judgement = self._judged(connector, around)
            able, until = await self.flexible(connector, now)
            flexible.append(able)
            await asyncio.sleep(0)
            bodies.append(
                self._port(connector, judgement, shared, now) | {"flexibility": sections.flexibility(able, until)}
            )
        whole = station_judged(ports)
        document: dict[str, Any] = {}
        for name, value in chain(
            self._of_ports(whole, ports, bodies, flexible, now),
            () if shared is None else (("supply", sections.supply(shared)),),
            self._of_link_and_storage(now),
            self._of_program(now),
            (("events", sections.events(news, now)),),
        ):
            document[name] = sections.without_people(value)
            await asyncio.sleep(0)
        return fitted(document, size_of)

    def _of_ports(
        self,
        whole: Judgement,
        ports: Mapping[int, Judgement],
        bodies: list[dict[str, Any]],
        flexible: list[Flexibility],
        now: Instant,
    ) -> Iterator[tuple[str, Any]]:
        yield "identity", sections.identity(self._station.config, self._boards())
        yield "verdict", whole.verdict.value
        yield "reasons", [self._reason(one, ports, now) for one in whole.defects]
        yield "ports", bodies
        yield "flexibility", sections.flexibility(together(flexible))

    def _port(
        self, connector: ConnectorId, judgement: Judgement, shared: SharedSupply | None, now: Instant
    ) -> dict[str, Any]:
        from agent.core.explain.explain import explain

        session, board = self._side.session(connector), self._side.board(connector)
        status, _ = connector_status(session)
        explained = explain(scene_of(self._side, connector))
        sample, transaction = session.last_sample, session.transaction
        energy_wh = None
        if transaction is not None and session.last_register_wh is not None:
            energy_wh = session.last_register_wh - transaction.start_wh
        return {
            "port": int(connector),
            "verdict": judgement.verdict.value,
            "reasons": [sections.defect(one, now) for one in judgement.defects],
            "state": status.value,
            **sections.told(session.phase_since, now, "state_since", "state_age_s"),
            "headline": explained.headline,
            "charging": explained.charging,
            "offered_a": session.encoded_a,
            "limits": sections.limits(session, shared, now),
            "faults": [sections.fault(one, session, now) for one in session.faults.faults],
            **sections.known(
                register_wh=session.last_register_wh,
                power_w=None if sample is None else sample.power_w,
                session_energy_wh=energy_wh,
                lock=None if board is None or board.lock == "none" else board.lock,
            ),
            "contactor": sections.contactor(session, self._upkeep.wear.wear),
            "temps": self._temps(connector),
            **({"uptime": dict(uptime)} if (uptime := self.uptime.get(int(connector))) else {}),
        }

    def _of_link_and_storage(self, now: Instant) -> Iterator[tuple[str, Any]]:
        station, side, room = self._station, self._side, self._room
        state = side.network()
        yield "clock", self._clock(now)
        yield "network", sections.network(state, side.link_figures(), now, self._way)
        yield (
            "storage",
            sections.known(
                free_bytes=None if room is None else room.free_bytes,
                total_bytes=None if room is None else room.total_bytes,
                written_bytes=process.written_bytes(),
                wear_percent=self._wear.get("life_used_percent"),
                pre_eol=self._wear.get("pre_eol"),
                device=self._wear.get("device"),
            ),
        )
        yield "certificates", sections.certificates(self.certificates, now)
        yield (
            "queues",
            {
                "facts": station.store.ledger.queued(),
                "unanswered": state.unanswered_facts,
                "security_events": station.store.logs.security.waiting(),
                **sections.known(mqtt=self._upkeep.mqtt().get("waiting")),
            },
        )
        if mqtt := self._upkeep.mqtt():
            yield "broker", mqtt

    def _of_program(self, now: Instant) -> Iterator[tuple[str, Any]]:
        station, agent, life = self._station, self._side.agent(), self._upkeep.life
        trend = sections.known(rss_trend_kb_per_day=life.memory_trend_kb_per_day())
        yield "temps", self._temps(None)
        yield "process", process.process() | trend | {"uptime_s": round(now.since(station.started_at))}
        yield "boots", sections.boots(life.runs, now)
        yield "boards", sections.boards(self._boards(), self._upkeep.wear.wear)
        yield "devices", sections.devices(agent.devices)
        yield "notices", [*station.config.notices, *agent.notices]
        yield "commissioned", self._commissioned(now)
        yield "support", {}

    def _clock(self, now: Instant) -> dict[str, Any]:
        figures, was_set = self._side.link_figures(), self._upkeep.life.clock_set
        return sections.known(
            quality=time_quality(self._station.clock),
            utc=utc_text(now, now),
            set_by_s=None if was_set is None else round(was_set[1], 1),
            offset_s=None if figures is None or figures.clock_offset_s is None else round(figures.clock_offset_s, 3),
        )

    def _commissioned(self, now: Instant) -> dict[str, Any]:
        service, record = self._side.tests.service, self._station.store.commissioning.jobs.service
        return {
            "in_service": service.is_in_service,
            **({"why": service.why} if service.why else {}),
            **({} if record is None else {"job": record.job, **sections.told(record.since, now)}),
        }

    def _temps(self, connector: ConnectorId | None) -> list[dict[str, Any]]:
        """Of one connector's sensors; None: of those that concern all of them. What was not read is left out."""
        rows = []
        for one in self._side.sensors():
            sample = one.driver.latest if isinstance(one.driver, RememberedSensor) else None
            if one.connector == connector and isinstance(sample, TemperatureSample):
                rows.append({"place": one.place.value, "key": one.key, "temp_c": round(sample.celsius, 1)})
        return rows

    def _boards(self) -> dict[int, BoardState | None]:
        return {int(one): self._side.board(one) for one in self._side.connectors()}

    async def flexible(self, connector: ConnectorId, now: Instant) -> tuple[Flexibility, str | None]:
        """What could be shed or raised on this port, and until when its limit holds. Cheap where there is nothing."""
        able = flexibility_of(self._side.session(connector), now)
        return able, None if able == NOTHING else await self._until(connector, now)

    async def _until(self, connector: ConnectorId, now: Instant) -> str | None:
        """When a profile changes next what this port may draw; None where none does within a day."""
        schedule = await self._side.composite_schedule(connector, AHEAD_S)
        if schedule.start_ms is None or len(schedule.periods) < 2:
            return None
        return utc_text(Instant(0.0, schedule.start_ms + schedule.periods[1].start_s * 1000), now)

    @staticmethod
    def _reason(one: Defect, ports: Mapping[int, Judgement], now: Instant) -> dict[str, Any]:
        """Named with its port where it is not the station's."""
        having = ports_with(one, ports)
        only = {"port": having[0]} if len(having) == 1 and len(ports) > 1 else {}
        return sections.defect(one, now) | only

    # What is looked at.

    async def look(self) -> None:
        """Everything that has to be waited for, side by side, but for the events. Does not fail."""
        await asyncio.gather(
            *(self._upkeep.life.look(), self.look_at_elements(), self.look_at_files(), self._look_at_uptime())
        )

    async def _looked(self) -> tuple[News, ...]:
        """The same, the newest events on record, and by what the network is reached."""
        async with asyncio.TaskGroup() as looks:
            events = looks.create_task(self._events())
            way = looks.create_task(way_out(LOOKS_WITHIN_S))
            looks.create_task(self.look())
        self._way = way.result()
        return events.result()

    async def _events(self) -> tuple[News, ...]:
        try:
            async with asyncio.timeout(LOOKS_WITHIN_S):
                return await self._station.store.logs.journal.events(EVENTS_TOLD)
        except (StoreError, TimeoutError):
            return ()

    async def _look_at_uptime(self) -> None:
        """A month is worked out of every outage on record; what it comes to is looked at by the minute."""
        now_s = self._side.now().monotonic_s
        if self._uptime_at is not None and now_s - self._uptime_at < UPTIME_EVERY_S:
            return
        try:
            async with asyncio.timeout(LOOKS_WITHIN_S):
                self.uptime = await self._side.uptime()
        except (StoreError, TimeoutError):
            return
        self._uptime_at = now_s
