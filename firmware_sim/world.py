"""The world of one charger: supply, outlets, boards, meters, readers, and everything that is broken in it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from firmware_sim.arguments import BadArgument, NotNow
from firmware_sim.board_kind import Words
from firmware_sim.ev import Car
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.gpio_devices import PulseRelay
from firmware_sim.gpio_lock import GpioLock
from firmware_sim.installer_adapter import InstallerAdapter
from firmware_sim.lamp import Lamp, SysfsLamp
from firmware_sim.mains import Mains
from firmware_sim.modbus_line import TcpGateway
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.outlet import Outlet
from firmware_sim.parked_cable import ParkedCable
from firmware_sim.pilot_circuit import Drive, state_shown
from firmware_sim.relay_board import RelayBoard
from firmware_sim.serial_wire import SerialWire
from firmware_sim.sml_meter import SmlMeter
from firmware_sim.timeline import Alarm, Timeline


class Board(Protocol):
    """A pilot board, whoever runs its firmware, or another EVSE controller. `firmware` says which interpreter that is.

    `slow_to_open_s`: what its make needs beyond the rules' time to open after a car has stopped asking.
    """

    firmware: str
    slow_to_open_s: float
    boots: int
    boot_id: str

    @property
    def wire(self) -> SerialWire:
        """Its line to the charger. Raises NotNow where it has none of its kind."""
        ...

    @property
    def is_running(self) -> bool: ...

    @property
    def light(self) -> str | None:
        """What the board's light means at this moment; None while it is dark."""
        ...

    def is_permitted(self) -> bool:
        """It holds a permission of its host for fresh; one that runs in another process is believed."""
        ...

    def reset(self, cause: str = "soft") -> None: ...

    def hang(self) -> None: ...

    @property
    def kept(self) -> MutableMapping[str, bytes]:
        """What the board keeps over a loss of power."""
        ...

    kind: Words
    """Its properties, as fields of the firmware's `Kind`: from its next start on."""

    def exchange(self) -> None: ...

    def close(self) -> None: ...


class Line(Protocol):
    """What a device talks to the charger over: `is_cut` carries nothing, without `has_charger` nobody is there."""

    is_cut: bool
    has_charger: bool

    @property
    def path(self) -> Path:
        """Where the charger finds it while it is there."""
        ...

    def appear(self) -> None:
        """Plug it in."""
        ...

    def vanish(self) -> None:
        """Pull it out."""
        ...


class Reader(Protocol):
    """A card reader of whatever make."""

    @property
    def wire(self) -> Line: ...

    def present(self, token: str) -> None:
        """Hold a card before it. Raises ValueError for a number that no card of its kind has."""
        ...


class TemperatureSensor(Protocol):
    """A sensor of the charger's computer, of whatever make. `faults` is what `says` may be told."""

    faults: tuple[str, ...]

    def says(self, fault: str | None) -> None:
        """What it says instead of a temperature; None mends it."""
        ...

    def vanish(self) -> None:
        """It is pulled out."""
        ...

    def appear(self) -> None:
        """It is there."""
        ...


@dataclass(frozen=True, slots=True)
class PlacedSensor:
    """A sensor, and the name of the place in `Warmth.places` that it is fastened to."""

    place: str
    sensor: TemperatureSensor


class Actuated(Protocol):
    """A contact that a person, or a part of the cabinet, moves."""

    def actuate(self, actuated: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class PlacedContact:
    """Of which connector, 0 for the station, and what it means ("emergency_stop", "door", "button")."""

    connector: int
    means: str
    contact: Actuated


class CentralSystem(Protocol):
    """The ways in which a central system in this world misbehaves."""

    silent: bool
    delay_s: float

    def close_connections(self) -> None: ...

    def refuse(self, refused: bool) -> None: ...

    def be_hostile(self, frames: int) -> None: ...


class World:
    """Everything outside the controller. Connectors are numbered as in the board file."""

    def __init__(self, timeline: Timeline, seed: int) -> None:
        self.timeline = timeline
        self.random = random.Random(seed)
        self.mains = Mains()
        self._standing_mains = self.mains
        self._dip_over = Alarm(timeline, lambda: self._feed(self._standing_mains))
        self.outlets: dict[int, Outlet] = {}
        self.boards: dict[int, Board] = {}
        self.meters: dict[int, ModbusMeter] = {}
        self.heads: dict[int, SmlMeter] = {}
        """Meters that send by themselves, each on a wire of its own."""
        self.meter_wires: dict[int, SerialWire] = {}
        self.gateways: list[TcpGateway] = []
        self.readers: dict[int, Reader] = {}
        """By connector; 0 is the station's own."""
        self.locks: dict[int, GpioLock] = {}
        """Of the sockets whose lock hangs on lines of the charger's computer."""
        self.lamps: dict[int, Lamp | SysfsLamp] = {}
        """By connector, those that are not a pilot board's."""
        self.sensors: dict[int, list[PlacedSensor]] = {}
        """Of temperature, that the charger's computer reads; by connector, 0 is the station's own."""
        self.relays: dict[int, tuple[RelayBoard, int]] = {}
        """Of the coils that a relay board on a Modbus line carries: the board, and the channel from 1."""
        self.chips: dict[str, GpioChip] = {}
        """Of the charger's computer, by bus."""
        self.contacts: list[PlacedContact] = []
        self.cut_offs: dict[int, PulseRelay] = {}
        self.central_system: CentralSystem | None = None
        self.observers: list[Callable[[Outlet], None]] = []
        """Told after each change of an outlet, in order."""
        self.broken: dict[tuple[str, int], Callable[[], None]] = {}
        """What is broken now, by name and connector (0: no connector's own), and how to mend it."""

    def add_outlet(self, outlet: Outlet) -> None:
        outlet.settled = lambda: self._tell(outlet)
        self.outlets[outlet.number] = outlet

    def outlet(self, connector: int | None) -> Outlet:
        """The outlet of that number; the only one when no number is given. Raises ValueError."""
        if connector is None and len(self.outlets) == 1:
            return next(iter(self.outlets.values()))
        if connector is None:
            raise ValueError(f"connector: is missing; this world has {self._numbers()}")
        if connector not in self.outlets:
            raise ValueError(f"connector: there is no {connector}; this world has {self._numbers()}")
        return self.outlets[connector]

    def car(self, connector: int | None) -> Car:
        """The car at that connector. Raises NotNow when there is none."""
        outlet = self.outlet(connector)
        if isinstance(outlet.plugged, Car):
            return outlet.plugged
        raise NotNow(f"connector {outlet.number} has no car; plug_in first")

    def press(self, what: str, connector: int | None, pressed: bool) -> None:
        """The emergency stop ("estop"), the "door" or the "button", of that connector and the station, or all.

        Raises BadArgument.
        """
        means = {"estop": "emergency_stop"}.get(what, what)
        contacts = [
            one for one in self.contacts if one.means == means and one.connector in (0, connector or one.connector)
        ]
        if what == "estop":
            for outlet in self.outlets.values() if connector is None else [self.outlet(connector)]:
                outlet.press_emergency_stop(pressed)
        elif not contacts:
            raise BadArgument(f"what: nothing in this world is connected to a {what}; run a board that has one")
        for one in contacts:
            one.contact.actuate(pressed)

    def board_wire(self, number: int) -> SerialWire | None:
        """The serial line of that connector's board; None where there is none, or it hangs on a network."""
        try:
            return self.boards[number].wire
        except (KeyError, NotNow):
            return None

    def set_mains(self, mains: Mains) -> None:
        """All outlets hang on one supply."""
        self._dip_over.clear()
        self._standing_mains = mains
        self._feed(mains)

    def dip(self, mains: Mains, for_s: float) -> None:
        """The supply is different for that long, and then as it was before all dips; the latest one ends them."""
        self._dip_over.set(for_s)
        self._feed(mains)

    def _feed(self, mains: Mains) -> None:
        self.mains = mains
        for outlet in self.outlets.values():
            outlet.set_mains(mains)

    async def until(self, connector: int, holds: Callable[[Outlet], bool], timeout_s: float) -> bool:
        """Wait until `holds` is true of that outlet; False when it was not within `timeout_s`."""
        outlet = self.outlet(connector)
        if holds(outlet):
            return True
        happened = asyncio.Event()

        def look(changed: Outlet) -> None:
            if changed is outlet and holds(changed):
                happened.set()

        self.observers.append(look)
        try:
            async with asyncio.timeout(timeout_s):
                await happened.wait()
        except TimeoutError:
            return False
        finally:
            self.observers.remove(look)
        return True

    def status(self) -> dict[str, Any]:
        """The whole world as plain values."""
        return {
            "time_s": round(self.timeline.now_us() / 1e6, 6),
            "mains": {"volts": self.mains.volts, "hz": self.mains.hz, "phases": self.mains.phases},
            "connectors": [self._connector_status(outlet) for outlet in self.outlets.values()],
            "faults": [{"name": name, "connector": number or None} for name, number in self.broken],
        }

    def _numbers(self) -> str:
        return ", ".join(map(str, self.outlets)) or "none"

    def _tell(self, outlet: Outlet) -> None:
        for observer in tuple(self.observers):
            observer(outlet)

    def _connector_status(self, outlet: Outlet) -> dict[str, Any]:
        contactor, number = outlet.contactor, outlet.number
        return {
            "connector": number,
            "pilot": _pilot_status(outlet),
            "contactor": "closed" if contactor.main_closed else "open",
            "mirror": "open" if contactor.mirror_open else "closed",
            "closings": contactor.closings,
            "unplugged_under_load": outlet.unplugged_under_load,
            "current_a": [phase_ma / 1000 for phase_ma in outlet.phase_ma()],
            "power_w": sum(outlet.phase_uw()) / 1e6,
            "meter": self._meter_status(outlet),
            "plugged": _plugged_status(outlet.plugged),
            "board": self._board_status(number),
            "faults": [name for name, broken in self.broken if broken == number],
        }

    def _meter_status(self, outlet: Outlet) -> Mapping[str, Any]:
        meter = self.meters.get(outlet.number) or self.heads.get(outlet.number)
        exact_wh = outlet.registers.total_wh()
        step_wh = meter.model.energy_step_wh if meter is not None else 1
        return {
            "model": meter.model.id if meter is not None else None,
            "register_wh": exact_wh - exact_wh % step_wh,
        }

    def _board_status(self, number: int) -> Mapping[str, Any] | None:
        board = self.boards.get(number)
        if board is None:
            return None
        return {
            "firmware": board.firmware,
            "boot_id": board.boot_id,
            "boots": board.boots,
            "running": board.is_running,
            "light": board.light,
        }


def _pilot_status(outlet: Outlet) -> Mapping[str, Any]:
    window, generator = outlet.pilot_window(), outlet.generator
    return {
        "state": state_shown(window),
        "high_v": window.high_mv / 1000,
        "low_v": None if window.low_mv is None else window.low_mv / 1000,
        "drive": generator.drive.name.lower(),
        "duty_percent": generator.duty / 100 if generator.drive is Drive.X2 else None,
        "offered_a": outlet.offered_a(),
    }


def _plugged_status(plugged: object) -> Mapping[str, Any] | None:
    if isinstance(plugged, Car):
        return {
            "kind": "car",
            "asks_for_power": plugged.asks_for_power,
            "suspended": plugged.suspended,
            "full": plugged.is_full,
            "current_a": plugged.current_a,
            "energy_wh": round(plugged.energy_wh, 3),
        }
    if isinstance(plugged, ParkedCable):
        return {"kind": "cable"}
    if isinstance(plugged, InstallerAdapter):
        return {"kind": "adapter", "state": plugged.state, "load_a": plugged.load_a}
    return None
