"""Reads the temperature sensors that Linux has, each at its own pace, and tells the connectors what follows from them.

What follows is decided in agent/core/heat/: a limit of its own among the others of a connector, and faults.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import field

from agent.core.faults.model import Witness
from agent.core.faults.register import Evidence
from agent.core.heat.watch import HeatWatch, Sensor, heat_watch
from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.session.events import FaultObserved, LimitChanged
from agent.errors import DriverError
from agent.station.building import PlacedSensor
from agent.station.station import Station
from agent.supervise import Progress, Vital
from agent.values import mutable

log = logging.getLogger(__name__)

CYCLE_S = 5.0
"""A place that carries current takes minutes to warm by what counts; a 1-wire sensor measures for 0.75 s."""
READS_WITHIN_S = 10.0
"""Drivers have bounds of their own below it."""
SENSOR_BOUND_S = 60.0
"""Each sensor is read, or found missing, every 15 s at least."""


@mutable
class _Told:
    """What a connector knows from here."""

    limit_a: float | None = None
    detail: str = ""
    faults: dict[str, Evidence] = field(default_factory=dict)
    remembered: tuple[str, ...] = ()
    """Faults of the run before, until all sensors have told enough: which of them is over then is told as absent."""


class Temperatures:
    """One object a run. `run` is vital: without it a terminal would burn unseen."""

    def __init__(self, station: Station, sensors: tuple[PlacedSensor, ...], progress: Progress) -> None:
        self._station = station
        self._sensors = sensors
        self._lost: set[str] = set()
        now = station.clock.now()
        self._vitals = {
            one.key: progress.vital(f"temperature {one.driver.name}", SENSOR_BOUND_S, now.monotonic_s)
            for one in sensors
        }
        self._watches: dict[ConnectorId, HeatWatch] = {}
        self._told: dict[ConnectorId, _Told] = {}
        for connector in station.connectors:
            its = tuple(
                Sensor(key=one.key, name=one.driver.name, place=one.place)
                for one in sensors
                if one.connector in (None, connector)
            )
            rated_a = station.config.connector_current_a(connector)
            self._watches[connector] = heat_watch(its, rated_a, now)
            before = station.connectors[connector].session.faults.remembered
            ids = (one.id for one in before if Witness.TEMPERATURE_SENSOR in one.witnesses)
            self._told[connector] = _Told(remembered=tuple(ids))

    async def run(self) -> None:
        """Read them for ever; one that is slow holds up no other."""
        async with asyncio.TaskGroup() as tasks:
            for one in self._sensors:
                tasks.create_task(self._follow(one, self._vitals[one.key]))

    def warmest_c(self) -> float | None:
        """What the warmest trusted sensor told last; None where there is none."""
        told = (
            one.celsius
            for watch in self._watches.values()
            for zone in watch.zones
            for one in zone.thermometers
            if one.trusted and one.celsius is not None
        )
        return max(told, default=None)

    async def _follow(self, one: PlacedSensor, vital: Vital) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_at = loop.time() + CYCLE_S
            await self._read(one)
            vital.stamp(self._station.clock.now().monotonic_s)
            await asyncio.sleep(max(0.0, due_at - loop.time()))

    async def _read(self, one: PlacedSensor) -> None:
        try:
            async with asyncio.timeout(READS_WITHIN_S):
                sample = await one.driver.read()
        except DriverError as error:
            self._failed(one, error.what)
        except TimeoutError:
            self._failed(one, f"no answer within {READS_WITHIN_S:g} s; check its wiring")
        else:
            self._after(one, lambda watch: watch.heard(one.key, sample.celsius, sample.at))

    def _failed(self, one: PlacedSensor, why: str) -> None:
        now = self._station.clock.now()
        self._after(one, lambda watch: watch.failed(one.key, why, now))

    def _after(self, one: PlacedSensor, change: Callable[[HeatWatch], HeatWatch]) -> None:
        for connector in self._station.connectors:
            if one.connector in (None, connector):
                self._watches[connector] = watch = change(self._watches[connector])
                self._post(connector, watch)
        self._tell_loss(one)

    def _post(self, connector: ConnectorId, watch: HeatWatch) -> None:
        """What differs from what the connector knows."""
        told, post = self._told[connector], self._station.connectors[connector].post
        detail = watch.detail if watch.limit_a is not None else ""
        if (watch.limit_a, detail) != (told.limit_a, told.detail):
            told.limit_a, told.detail = watch.limit_a, detail
            post(LimitChanged(source=LimitSource.THERMAL, current_a=watch.limit_a, detail=detail))
        present = dict(watch.faults)
        for id, evidence in present.items():
            if told.faults.get(id) != evidence:
                post(FaultObserved(id=id, present=True, evidence=evidence, witness=Witness.TEMPERATURE_SENSOR))
        remembered = told.remembered if watch.is_settled else ()
        for id in [id for id in dict.fromkeys((*told.faults, *remembered)) if id not in present]:
            post(FaultObserved(id=id, present=False, witness=Witness.TEMPERATURE_SENSOR))
        told.faults = present
        if watch.is_settled:
            told.remembered = ()

    def _tell_loss(self, one: PlacedSensor) -> None:
        """Told once each way, also where others at the place go on: somebody shall replace it."""
        watch = next(self._watches[id] for id in self._station.connectors if one.connector in (None, id))
        lost = next((sensor for sensor in watch.lost if sensor.key == one.key), None)
        if (lost is not None) == (one.key in self._lost):
            return
        name, place = one.driver.name, one.place.value
        if lost is not None:
            self._lost.add(one.key)
            self._station.tell("sensor.lost", sensor=name, place=place, key=one.key, detail=lost.why)
        else:
            self._lost.remove(one.key)
            self._station.tell("sensor.returned", sensor=name, place=place, key=one.key)
