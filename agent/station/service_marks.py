"""The charger as its commissioning vouches for it, by its configuration (agent/core/commissioning/service.py)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from agent.config.model import BoardConfig, DriverConfig, StationConfig
from agent.core.commissioning.canonical import canonical
from agent.core.commissioning.service import COUNTRY, FUSE, HARDWARE, PHASES, SERIAL, SUPPLY, Marks

NO_HARDWARE = ("port",)
"""Under which name a wire is found on the controller says nothing of what hangs at it, and may change with a kernel."""


def marks_of(config: StationConfig) -> Marks:
    site = config.site
    marks = {
        SERIAL: config.station.serial_number,
        HARDWARE: _hash_of(config.board),
        SUPPLY: f"{site.supply_current_a:g}",
        PHASES: str(site.phases),
        COUNTRY: str(site.country),
    }
    for connector, place in config.connector_sites.items():
        marks[f"{FUSE}{connector}"] = "" if place.fuse_current_a is None else f"{place.fuse_current_a:g}"
    return marks


def installation_of(config: StationConfig) -> str:
    """All of them in one, for records that only ask whether it is still the same."""
    return sha256(canonical(marks_of(config))).hexdigest()


def _hash_of(board: BoardConfig) -> str:
    """Every bus and driver with its options: the board's configuration is one of them, where the file pins it."""
    content = {
        "board": [board.board, board.vendor, board.model, f"{board.rated_current_a:g}", board.phases, board.lab_only],
        "buses": {bus.name: [bus.kind, _options(bus.options)] for bus in board.buses},
        "drivers": [_driver(one) for one in board.drivers.values()],
        "connectors": {
            str(one.id): [
                one.outlet.value,
                *(_driver(driver) for driver in one.drivers.values()),
                *([wire.means.value, *_driver(wire.driver)] for wire in one.inputs),
                *([sensor.place.value, *_driver(sensor.driver)] for sensor in one.temperature_sensors),
            ]
            for one in board.connectors
        },
        "inputs": [[wire.means.value, *_driver(wire.driver)] for wire in board.inputs],
        "sensors": [[sensor.place.value, *_driver(sensor.driver)] for sensor in board.temperature_sensors],
    }
    return sha256(canonical(content)).hexdigest()


def _driver(one: DriverConfig) -> list[object]:
    return [one.key, one.driver, _options(one.options)]


def _options(options: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in options.items() if name not in NO_HARDWARE}
