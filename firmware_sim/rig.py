"""From a board file to a running world: makes every wire, hangs the devices on them, writes where they are.

Works for any board whose devices the simulator can be; every port in the file is replaced, whatever it named.
"""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType

from firmware_sim import board_file
from firmware_sim.bench_keys import write_labels
from firmware_sim.board_file import BoardUnusable, ConnectorPlan, Table
from firmware_sim.board_kind import Words
from firmware_sim.controllers import MAKERS, Place
from firmware_sim.energy import EnergyRegisters, RegisterFile, RegisterStore
from firmware_sim.gpio_fittings import wire_fittings
from firmware_sim.gpio_wiring import make_chips, wire_board
from firmware_sim.meter_models import MODELS
from firmware_sim.meter_readings import readings_of
from firmware_sim.meters.points import Reading
from firmware_sim.modbus_line import RtuLine, TcpGateway
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.modbus_unit import Unit
from firmware_sim.outlet import Outlet
from firmware_sim.parts.specimen import NOMINAL, drawn
from firmware_sim.parts.warmth import BOARD
from firmware_sim.pilot_board import OpenWire
from firmware_sim.readers import MAKERS as READERS
from firmware_sim.readers import ReaderPlace
from firmware_sim.relay_wiring import wire_relays
from firmware_sim.serial_wire import SerialWire
from firmware_sim.signing_meter import SigningMeter
from firmware_sim.sml_meter import SmlMeter
from firmware_sim.temperature_sensors import MAKERS as SENSORS
from firmware_sim.temperature_sensors import SensorPlace
from firmware_sim.timeline import Timeline
from firmware_sim.world import Board, PlacedSensor, World

PLACE_OF_SENSORS: dict[str, str] = {"controller": BOARD}
"""The charger's computer sits beside the pilot board, and is as warm."""
BOARD_COPY = "board.toml"
REGISTER_FILE = "meter.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RigOptions:
    """`directory` takes the wires. `micropython` is the interpreter's path, None runs the firmware in CPython.

    `registers` None keeps the meters' counters in the directory; a fresh meter starts at `meter_wh`. `boot_ids` None
    draws the boards' boot ids from `seed` too: who starts a world twice with one seed must give something better.
    `kind` are properties of the boards other than the simulator's own and the board file's rating
    (firmware/pilot_board/kind.py); `spread` builds boards and cars anywhere inside their tolerances instead of at their
    nominal values.
    """

    directory: Path
    seed: int = 0
    meter_wh: int = 0
    micropython: Path | None = None
    registers: RegisterStore | None = None
    boot_ids: random.Random | None = None
    kind: Words | None = None
    spread: bool = False


class Rig:
    """`async with Rig(board, options) as rig:` the world runs inside.

    `rig.world` is it, `rig.board` the board file with the created ports.
    """

    def __init__(self, board: Table, options: RigOptions) -> None:
        self.board = copy.deepcopy(board)
        self._options = options
        self._plans = board_file.connectors(board)
        self._stack = AsyncExitStack()
        self._units: dict[str, list[Unit]] = {}
        """By the bus that has their line."""
        self._line_wires: dict[str, SerialWire] = {}
        self.world: World
        self._timeline: Timeline

    async def __aenter__(self) -> Rig:
        self._options.directory.mkdir(parents=True, exist_ok=True)
        self._timeline = Timeline(asyncio.get_running_loop())
        self.world = World(self._timeline, self._options.seed)
        try:
            await self._build()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    @property
    def board_path(self) -> Path:
        """The copy with the created ports, for a site file to name."""
        return self._options.directory / BOARD_COPY

    async def _build(self) -> None:
        store = self._options.registers or RegisterFile(self._options.directory / REGISTER_FILE)
        self.world.chips = make_chips(board_file.buses(self.board), self._options.directory, self._timeline)
        for plan in self._plans:
            outlet = self._outlet(plan, store)
            self.world.boards[plan.number] = self._controller(plan, outlet, store)
            if plan.meter is not None:
                self._units_on(plan.meter.bus).append(self._meter(plan, outlet))
        wire_relays(self.board, self.world, self._units_on)
        for bus, units in self._units.items():
            await self._open_modbus(bus, units)
        self._open_heads()
        self._open_readers()
        self._place_sensors()
        wire_board(self.board, self.world.chips, self.world)
        wire_fittings(self.board, self.world.chips, self.world, self._options.directory)
        for chip in self.world.chips.values():
            chip.appear()
            self._stack.callback(chip.close)
        write_labels(self._options.directory)
        self.board_path.write_text(board_file.emit(self.board))

    def _outlet(self, plan: ConnectorPlan, store: RegisterStore) -> Outlet:
        registers = EnergyRegisters(self._timeline, store, f"connector {plan.number}", self._options.meter_wh)
        # Streams of their own: what else is drawn in this world stays as it was.
        chance = random.Random(f"{self._options.seed} parts {plan.number}")
        specimen = drawn(chance) if self._options.spread else NOMINAL
        outlet = Outlet(
            plan.number,
            self._timeline,
            self.world.mains,
            registers,
            tethered=plan.tethered,
            specimen=specimen,
            chance=chance,
        )
        self.world.add_outlet(outlet)
        self._stack.callback(registers.read_pj)  # an ordered end forgets nothing
        return outlet

    def _controller(self, plan: ConnectorPlan, outlet: Outlet, store: RegisterStore) -> Board:
        bus = board_file.buses(self.board)[plan.pilot_bus]
        below = bus.get("bus")
        place = Place(
            outlet=outlet,
            timeline=self._timeline,
            bus=bus,
            open_wire=_has_no_port if below is not None else self._wire_for(plan.pilot_bus, bus),
            join=lambda unit: self._units_on(str(below)).append(unit),
            shared_wire=lambda: self._line_wires.get(str(below)),
            ids=self._options.boot_ids or random.Random(self.world.random.getrandbits(64)),
            store=store,
            directory=self._options.directory,
            kind={**board_file.rating(self.board), **(self._options.kind or {})},
            micropython=self._options.micropython,
        )
        board = MAKERS[plan.controller](place)
        self._stack.callback(board.close)
        return board

    def _meter(self, plan: ConnectorPlan, outlet: Outlet) -> ModbusMeter:
        assert plan.meter is not None
        model = MODELS.get(plan.meter.map)
        if model is None:
            known = ", ".join(sorted(MODELS))
            raise BoardUnusable(f"connector {plan.number}: no simulated meter {plan.meter.map!r}; there are {known}")
        noise = random.Random(self.world.random.getrandbits(64))
        measure = partial(self._measured, outlet)
        if plan.meter.signs:
            meter: ModbusMeter = SigningMeter(plan.meter.address, model, measure, noise, self._timeline.now_us)
        else:
            meter = ModbusMeter(plan.meter.address, model, measure, noise)
        self.world.meters[plan.number] = meter
        return meter

    def _units_on(self, bus: str) -> list[Unit]:
        return self._units.setdefault(bus, [])

    async def _open_modbus(self, name: str, units: list[Unit]) -> None:
        bus = board_file.buses(self.board)[name]
        if bus["kind"] == "modbus_tcp":
            gateway = TcpGateway(self._timeline, units)
            bus["host"], bus["port"] = "127.0.0.1", await gateway.open()
            self._stack.push_async_callback(gateway.aclose)
            self.world.gateways.append(gateway)
            return
        line = RtuLine(self._timeline, units, board_file.whole(bus, "baud", 9600))
        line.wire = self._wire_for(name, bus)(line.received)
        self._stack.callback(line.wire.vanish)
        self._line_wires[name] = line.wire
        for number, meter in self.world.meters.items():
            if meter in units:
                self.world.meter_wires[number] = line.wire

    def _open_heads(self) -> None:
        for number, table in board_file.pushing_meters(self.board).items():
            outlet = self.world.outlets[number]
            measure = partial(self._measured, outlet)
            noise = random.Random(self.world.random.getrandbits(64))
            meter = SmlMeter(self._timeline, self._wire_for(f"head{number}", table), measure, noise)
            meter.become(replace(meter.model, kermit=table.get("checksum") == "kermit"))
            self._stack.callback(meter.wire.vanish)
            self.world.heads[number] = meter
            self.world.meter_wires[number] = meter.wire

    def _measured(self, outlet: Outlet) -> dict[str, Reading]:
        return readings_of(outlet, self._timeline.now_us())

    def _open_readers(self) -> None:
        for number, (driver, table) in board_file.token_readers(self.board).items():
            place = ReaderPlace(
                timeline=self._timeline,
                table=table,
                path=self._options.directory / ("reader" if number == 0 else f"reader{number}"),
                noise=random.Random(self.world.random.getrandbits(64)),
                chips=self.world.chips,
            )
            reader = READERS[driver](place)
            self._stack.callback(reader.wire.vanish)
            self.world.readers[number] = reader

    def _place_sensors(self) -> None:
        for count, (number, table) in enumerate(board_file.temperature_sensors(self.board)):
            place = SensorPlace(table=table, folder=self._options.directory, number=count)
            sensor = SENSORS[table["driver"]](place)
            # Whatever is not at a connector is near the first one.
            outlet = self.world.outlets[number or min(self.world.outlets)]
            name = PLACE_OF_SENSORS.get(str(table["place"]), str(table["place"]))
            warm = outlet.parts.warmth.places[name]
            sensor.show(warm.shown_c)
            sensor.appear()
            warm.watchers.append(sensor.show)
            self.world.sensors.setdefault(number, []).append(PlacedSensor(name, sensor))

    def _wire_for(self, name: str, table: Table) -> OpenWire:
        """Makes the line when asked, and writes its path into the table."""
        path = self._options.directory / name
        table["port"] = str(path.absolute())
        noise = random.Random(self.world.random.getrandbits(64))

        def open_wire(received: Callable[[bytes], None]) -> SerialWire:
            return SerialWire(self._timeline.loop, path, received, noise)

        return open_wire


def _has_no_port(_received: Callable[[bytes], None]) -> SerialWire:
    raise BoardUnusable("a device on another bus has no port of its own")
