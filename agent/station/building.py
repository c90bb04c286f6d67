"""From the configuration to devices and connectors: everything is made here, and nothing is started."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import cast

from agent.clock import Clock
from agent.config.model import BoardConfig, ConnectorConfig, DriverConfig, StationConfig
from agent.connector.ports import Devices
from agent.core.heat.places import HeatPlace
from agent.core.identity import ConnectorId
from agent.drivers import loader
from agent.drivers.interfaces import (
    CLOSES_WITHIN_S,
    Bus,
    Contactor,
    ControlPilot,
    CutOff,
    Driver,
    Indicator,
    Input,
    Lock,
    Meter,
    Switch,
    TemperatureSensor,
    TokenReader,
)
from agent.drivers.power_path.joining import joined
from agent.station.inputs import PlacedInput
from agent.station.remembered import RememberedSensor
from agent.values import frozen

log = logging.getLogger(__name__)

EQUIPMENT_CLOSES_WITHIN_S = 2 * CLOSES_WITHIN_S
NO_INDICATOR = DriverConfig(interface="indicator", driver="log_only", options={}, key="indicator")
"""A board without lights still says in its log what it would show."""


@frozen(kw_only=True)
class PlacedSensor:
    """A temperature sensor. `connector` None: it concerns all of them; `key` is its place in the board file."""

    key: str
    place: HeatPlace
    connector: ConnectorId | None
    driver: TemperatureSensor


@frozen(kw_only=True)
class Equipment:
    """All devices of the charger. `readers` by connector; None is the station's own."""

    buses: Mapping[str, Bus]
    devices: Mapping[ConnectorId, Devices]
    readers: Mapping[ConnectorId | None, TokenReader]
    sensors: tuple[PlacedSensor, ...] = ()
    inputs: tuple[PlacedInput, ...] = ()

    async def open(self, stack: AsyncExitStack) -> None:
        """Start to keep every device alive; the stack closes them."""
        stack.push_async_callback(self.aclose)
        for bus in self.buses.values():
            await bus.open()
        for driver in self._drivers():
            await driver.open()

    async def aclose(self) -> None:
        """Drivers before their buses, each kind at once; EQUIPMENT_CLOSES_WITHIN_S at most."""
        await _close_all(self._drivers())
        await _close_all(self.buses.values())

    def locks(self) -> dict[ConnectorId, Lock]:
        """Of the connectors that have one."""
        return {connector: devices.lock for connector, devices in self.devices.items() if devices.lock is not None}

    def _drivers(self) -> list[Driver]:
        each = [
            driver
            for devices in self.devices.values()
            for driver in (devices.pilot, devices.contactor, devices.meter, devices.indicator, devices.lock)
            if driver is not None
        ]
        placed = [*(one.driver for one in self.sensors), *(one.driver for one in self.inputs)]
        return [*each, *self.readers.values(), *placed]


async def _close_all(ones: Iterable[Driver | Bus]) -> None:
    try:
        async with asyncio.timeout(CLOSES_WITHIN_S), asyncio.TaskGroup() as tasks:
            for one in ones:
                tasks.create_task(one.aclose())
    except TimeoutError:
        log.warning("a device was not let go in order", extra={"limit_s": CLOSES_WITHIN_S})


def equipment(config: StationConfig, clock: Clock) -> Equipment:
    """Raises ConfigError where a driver refuses its options."""
    board = config.board
    buses = loader.create_buses((bus.name, bus.kind, bus.options) for bus in board.buses)

    def driver(of: DriverConfig) -> Driver:
        return loader.create_driver(of.interface, of.driver, of.options, buses, clock)

    def devices(connector: ConnectorConfig) -> Devices:
        drivers = connector.drivers
        lock, cut_off = drivers.get("lock"), drivers.get("cut_off")
        pilot = cast(ControlPilot, driver(drivers["control_pilot"]))
        contactor = cast(Contactor | Switch, driver(drivers["contactor"]))
        return Devices(
            pilot=pilot,
            contactor=joined(contactor, pilot, None if cut_off is None else cast(CutOff, driver(cut_off))),
            meter=cast(Meter, driver(drivers["meter"])),
            indicator=cast(Indicator, driver(drivers.get("indicator", NO_INDICATOR))),
            lock=None if lock is None else cast(Lock, driver(lock)),
        )

    readers: dict[ConnectorId | None, TokenReader] = {}
    for place, drivers in [(None, board.drivers), *((one.id, one.drivers) for one in board.connectors)]:
        if "token_reader" in drivers:
            readers[place] = cast(TokenReader, driver(drivers["token_reader"]))
    places = [(None, board.temperature_sensors), *((one.id, one.temperature_sensors) for one in board.connectors)]
    sensors = [
        PlacedSensor(
            key=one.driver.key,
            place=one.place,
            connector=connector,
            driver=RememberedSensor(cast(TemperatureSensor, driver(one.driver))),
        )
        for connector, there in places
        for one in there
    ]
    return Equipment(
        buses=buses,
        devices={connector.id: devices(connector) for connector in board.connectors},
        readers=readers,
        sensors=tuple(sensors),
        inputs=_inputs(board, driver),
    )


def _inputs(board: BoardConfig, driver: Callable[[DriverConfig], Driver]) -> tuple[PlacedInput, ...]:
    places = [(None, board.inputs), *((one.id, one.inputs) for one in board.connectors)]
    return tuple(
        PlacedInput(key=one.driver.key, means=one.means, connector=connector, driver=cast(Input, driver(one.driver)))
        for connector, wires in places
        for one in wires
    )
