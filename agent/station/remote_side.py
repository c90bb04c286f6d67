"""The doors through which the charger is asked from afar, built on first need: most chargers are never asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agent.config.support import DataTransferScope
from agent.ids import Ids
from agent.loading import loaded
from agent.station.bounds import CONTROL_AFTER_S
from agent.station.station import Station

if TYPE_CHECKING:
    from agent.control.remote.central_system import CentralSystem, Told
    from agent.control.remote.desk import RemoteDesk
    from agent.control.remote.running import Runner
    from agent.control.remote.telling import Telling
    from agent.station.control_side import ControlSide
    from agent.station.telemetry_side import TelemetrySide
    from agent.store.orders import Orders


MOST_OF_A_KEY = 500
"""Characters of a configuration key's value (OCPP 1.6, KeyValue)."""


class RemoteSide:
    """`control` gives the charger as the verbs see it; asked for once, and not before something is asked from afar."""

    def __init__(self, station: Station, control: Callable[[], ControlSide], ids: Ids) -> None:
        self._station, self._control, self._ids = station, control, ids
        self._asks = asyncio.Event()
        self.warmest_c: Callable[[], float | None] = lambda: None
        """What the warmest sensor told last; given by the wiring."""
        self.telemetry: TelemetrySide | None = None
        self._heard = None if station.config.mqtt is None else station.bus.listener()

    def desk(self, device: str) -> RemoteDesk | None:
        """Where orders over MQTT are taken, for the charger of this name; None where the site takes none."""
        if not self._station.config.support.orders:
            return None
        from agent.control.remote.desk import RemoteDesk
        from agent.control.remote.judgement import Bench
        from agent.control.remote.keys import KeyFile

        support, now = self._station.config.support, self._station.clock.now
        keys = KeyFile(support.keys_file)
        bench = Bench(device, keys, self._orders, now, allow=self._allow, others_ms=self._contradicting_ms)
        return RemoteDesk(bench, self._runner, self._telling, note=self._station.note_security)

    def _contradicting_ms(self) -> int | None:
        """The central system's time where it contradicts ours; orders are judged by both then (core/orders/judging.py).

        Else a charger with a wrong clock could not even be asked what is wrong with it.
        """
        from agent.core.link_figures import CLOCK_WRONG_S

        now_ms, figures = self._station.clock.now().utc_ms, self._side.link_figures()
        offset_s = None if figures is None else figures.clock_offset_s
        if now_ms is None or offset_s is None or abs(offset_s) < CLOCK_WRONG_S:
            return None
        return now_ms + round(1000 * offset_s)

    async def asked(self, verb: str, data: str | None) -> Told:
        """One question of the central system."""
        return await self._central.asked(verb, data)

    def judged(self) -> tuple[str, str]:
        """The verdict on the charger, and the keys of its reasons; by what was looked at last."""
        from agent.core.health.verdict import station_judged

        whole = station_judged(self._side.health_of.judgements())
        return whole.verdict.value, ", ".join(defect.key for defect in whole.defects)[:MOST_OF_A_KEY]

    @property
    def answers_central_system(self) -> bool:
        return self._station.config.support.data_transfer is not DataTransferScope.OFF

    def works(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What has to run for it."""
        config = self._station.config
        asked = {"asked by the network": self._serve} if self.answers_central_system else {}
        told = {"telemetry": self._telemeter} if config.mqtt is not None else {}
        return {**asked, **told, **({"text for Prometheus": self._expose} if config.metrics.textfile else {})}

    def mqtt(self) -> Mapping[str, Any]:
        """How the health channel is doing, as JSON; empty where there is none."""
        figures = None if self.telemetry is None else self.telemetry.figures()
        if figures is None:
            return {}
        names = ("connected", "connections", "waiting", "waiting_bytes", "dropped", "sent", "ignored")
        told = {name: getattr(figures, name) for name in names}
        return {**told, **({"cause": figures.cause} if figures.cause else {})}

    async def broker_s(self, within_s: float) -> float:
        """Seconds until the broker acknowledges a message of this charger. Raises ConnectionError, a sentence."""
        if self.telemetry is None:
            raise ConnectionError("the health channel does not run")
        return await self.telemetry.prove(within_s)

    async def _telemeter(self) -> None:
        """Tell of the charger over MQTT, a moment after everything else; its library is loaded for that alone."""
        await asyncio.sleep(CONTROL_AFTER_S)
        from agent.station.telemetry_looks import Seen
        from agent.station.telemetry_side import TelemetrySide

        seen = Seen(self._side, self.warmest_c)
        self.telemetry = TelemetrySide(self._station, seen, self._ids, self.desk, heard=self._heard)
        await self.telemetry.run()

    async def _expose(self) -> None:
        """Write the figures for whoever watches the machine, in a file that the site file names."""
        await asyncio.sleep(CONTROL_AFTER_S)
        await loaded("agent.station.textfile")
        from agent.station.textfile import TextFile

        station = self._station
        await TextFile(station.config.metrics, self._side.exposition, lambda: station.ending is not None).run()

    async def _serve(self) -> None:
        await self._asks.wait()
        await self._central.run()

    @cached_property
    def _central(self) -> CentralSystem:
        from agent.control.remote.central_system import OCPP, CentralSystem
        from agent.control.remote.pacing import PacedDoor

        self._asks.set()
        return CentralSystem(
            self._runner,
            self._telling,
            scope=self._station.config.support.data_transfer,
            allow=self._allow,
            new_id=self._ids.message_id,
            pace=PacedDoor(OCPP, self._orders, self._station.clock.now),
        )

    @cached_property
    def _orders(self) -> Orders:
        from agent.store.orders import Orders

        return Orders(self._station.store.writer)

    @cached_property
    def _side(self) -> ControlSide:
        return self._control()

    @cached_property
    def _runner(self) -> Runner:
        from agent.control.dispatch import Dispatcher
        from agent.control.remote.running import Runner

        return Runner(Dispatcher(self._side))

    @cached_property
    def _telling(self) -> Telling:
        from agent.control.remote.telling import Telling

        return Telling(self._station.bus, self._station.clock.now)

    @property
    def _allow(self) -> frozenset[str] | None:
        allow = self._station.config.support.allow
        return None if allow is None else frozenset(allow)
