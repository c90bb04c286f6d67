"""A board file as the simulator reads it: which devices hang on which wires, and the same file with other ports."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_sim.controllers import MAKERS
from firmware_sim.readers import MAKERS as READERS
from firmware_sim.temperature_sensors import MAKERS as SENSORS

BOARD_CONFIGS = Path(__file__).resolve().parent.parent / "board_configs"
BOARD_FOLDERS = (
    BOARD_CONFIGS,  # a checkout
    Path(sys.prefix) / "share/evse-agent/board_configs",  # a virtual environment
    Path("/usr/share/evse-agent/board_configs"),  # a Debian package
)

Table = dict[str, Any]

SWITCHES = ("gpio_relay", "modbus_relay")
"""Drivers of contactors that the charger's computer switches beside the controller of the pilot."""

SIGNING_METERS = {"iskra_wm3m4c": "iskra-wm3m4c"}
"""Drivers of meters that sign, and the kind of meter each is for."""

PUSHING_METER = "sml"
"""The driver of a meter on a port of its own, which is asked nothing."""


class BoardUnusable(ValueError):
    """The board file cannot be simulated; the text says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPlace:
    """A meter: on which bus, with which unit id, and what kind of meter it is."""

    bus: str
    address: int
    map: str
    signs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorPlan:
    """What hangs on one connector; None where the board has nothing the simulator can be."""

    number: int
    tethered: bool
    controller: str
    """A key of MAKERS."""
    pilot_bus: str
    meter: MeterPlace | None


def find(name: str) -> Path:
    """The board file of that name ("sim-dual" is board_configs/sim_dual.toml) or at that path."""
    path = Path(name)
    is_path = path.suffix == ".toml" or path.parent != Path()
    places = [path] if is_path else [folder / f"{name.replace('-', '_')}.toml" for folder in BOARD_FOLDERS]
    for place in places:
        if place.is_file():
            return place
    files = [file for folder in BOARD_FOLDERS for file in folder.glob("*.toml")]
    known = ", ".join(sorted({file.stem.replace("_", "-") for file in files}))
    raise BoardUnusable(f"board {name!r}: there is no {places[0]}; known boards: {known}")


def read(path: Path) -> Table:
    """The file's tables."""
    try:
        return tomllib.loads(path.read_text())
    except ValueError as error:  # no TOML, or no text at all
        raise BoardUnusable(f"{path}: {error}") from error


def buses(board: Table) -> Mapping[str, Table]:
    """The bus tables by name."""
    named = board.get("bus")
    return {name: table for name, table in named.items() if isinstance(table, dict)} if isinstance(named, dict) else {}


def connectors(board: Table) -> list[ConnectorPlan]:
    """The plan of every connector. Raises BoardUnusable for a driver the simulator has no device for."""
    tables = board.get("connector")
    if not _is_tables(tables):
        raise BoardUnusable("this board has no [[connector]]")
    plans = [_connector(board, table) for table in board["connector"]]
    pilots = [plan.pilot_bus for plan in plans]
    if len(pilots) != len(dict.fromkeys(pilots)):
        raise BoardUnusable("two connectors share a pilot board; a simulated board has one pilot")
    return plans


def whole(table: Table, key: str, default: int) -> int:
    """A whole number above 0 of this table. Raises BoardUnusable for anything else under that key."""
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BoardUnusable(f"{key}: {value!r} is no whole number above 0")
    return value


def rating(board: Table) -> dict[str, int]:
    """What a pilot board in this charger is built for, as fields of the firmware's `Kind`."""
    amperes, phases = board.get("rated_current_a"), board.get("phases")
    words = {"rated_da": round(10 * amperes)} if isinstance(amperes, int | float) else {}
    return words | ({"phases": phases} if isinstance(phases, int) else {})


def token_readers(board: Table) -> Mapping[int, tuple[str, Table]]:
    """Driver and table of each card reader by connector; 0 is the station's. Raises BoardUnusable."""
    places = [(0, board), *((table["id"], table) for table in board["connector"])]
    return {number: _reader(board, table) for number, table in places if "token_reader" in table}


def temperature_sensors(board: Table) -> list[tuple[int, Table]]:
    """The table of each sensor that the charger's computer reads, with its connector; 0 is the station's.

    Raises BoardUnusable for a driver the simulator has no device for.
    """
    places = [(0, board), *((table["id"], table) for table in board["connector"])]
    found = [(number, sensor) for number, table in places for sensor in table.get("temperature_sensor", [])]
    for _, sensor in found:
        if sensor.get("driver") not in SENSORS:
            known = " or ".join(SENSORS)
            raise BoardUnusable(f"temperature_sensor is {sensor.get('driver')!r}; only {known} can be simulated")
    return found


def _reader(board: Table, table: Table) -> tuple[str, Table]:
    reader = _device(table, "token_reader", "token_reader")
    driver = reader.get("driver")
    if driver not in READERS:
        raise BoardUnusable(f"token_reader is {driver!r}; only {' or '.join(READERS)} can be simulated")
    if "bus" in reader:
        _bus_of(board, reader, "token_reader", "gpio")
    return str(driver), reader


def pushing_meters(board: Table) -> Mapping[int, Table]:
    """The table of each meter that sends by itself, by connector."""
    tables = {table["id"]: table.get("meter", {}) for table in board["connector"]}
    return {number: meter for number, meter in tables.items() if meter.get("driver") == PUSHING_METER}


def _connector(board: Table, table: Table) -> ConnectorPlan:
    if "id" not in table:
        raise BoardUnusable("a [[connector]] has no id")
    number = whole(table, "id", 1)
    place = f"connector {number}"
    pilot = _device(table, "control_pilot", place)
    controller = str(pilot.get("driver"))
    for interface, makers in (("control_pilot", (*MAKERS,)), ("contactor", (*MAKERS, *SWITCHES))):
        driver = _device(table, interface, place).get("driver")
        if driver not in makers:
            known = " or ".join(makers)
            raise BoardUnusable(f"{place}: {interface} is {driver!r}; only {known} can be simulated")
        if driver != controller and driver not in SWITCHES:
            raise BoardUnusable(f"{place}: {interface} is {driver!r}, control_pilot {controller!r}; write one of them")
    return ConnectorPlan(
        number=number,
        tethered=table.get("outlet") != "socket",
        controller=controller,
        pilot_bus=_bus_of(board, pilot, place, controller),
        meter=_meter(board, table, place),
    )


def _meter(board: Table, table: Table, place: str) -> MeterPlace | None:
    if "meter" not in table:
        return None
    meter = _device(table, "meter", place)
    if meter.get("driver") == PUSHING_METER:
        return None
    driver = str(meter.get("driver"))
    if driver != "modbus_map" and driver not in SIGNING_METERS:
        known = ", ".join(("modbus_map", *SIGNING_METERS))
        raise BoardUnusable(f"{place}: meter is {driver!r}; only {known} or {PUSHING_METER} can be simulated")
    bus = _bus_of(board, meter, place, "modbus_rtu", "modbus_tcp")
    kind, signs = SIGNING_METERS.get(driver, str(meter.get("map"))), driver in SIGNING_METERS
    return MeterPlace(bus=bus, address=whole(meter, "address", 1), map=kind, signs=signs)


def _device(table: Table, interface: str, place: str) -> Table:
    device = table.get(interface)
    if not isinstance(device, dict):
        raise BoardUnusable(f"{place}: there is no table {interface}")
    return device


def _bus_of(board: Table, device: Table, place: str, *kinds: str) -> str:
    name = device.get("bus")
    if not isinstance(name, str) or name not in buses(board):
        raise BoardUnusable(f"{place}: bus {name!r} is not in the file")
    kind = buses(board)[name].get("kind")
    if kind not in kinds:
        raise BoardUnusable(f"{place}: bus {name} is {kind!r}, not {' or '.join(kinds)}")
    return name


def emit(board: Table) -> str:
    """TOML of these tables: strings, numbers, truths, lists of them, tables, and lists of tables."""
    return "\n".join(_lines(board, ())).strip() + "\n"


def _lines(table: Table, path: tuple[str, ...]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _is_below(value)}
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        name = ".".join(map(_key, (*path, key)))
        for each in value if isinstance(value, list) else [value]:
            # A table that holds tables alone is there by theirs.
            if isinstance(value, list) or not each or not all(map(_is_below, each.values())):
                yield ""
                yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _lines(each, (*path, key))


def _is_below(value: object) -> bool:
    return isinstance(value, dict) or _is_tables(value)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _text(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            raise BoardUnusable(f"{value!r} has no place in a board file")


def _text(text: str) -> str:
    escaped = "".join(
        _ESCAPES.get(sign) or (sign if sign >= " " and sign != "\x7f" else f"\\u{ord(sign):04x}") for sign in text
    )
    return f'"{escaped}"'


_ESCAPES = {"\\": "\\\\", '"': '\\"'}
