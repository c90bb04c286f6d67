"""A board file: where it is, and what it says about the hardware."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from agent.config.layers import Layer, wrong_layer
from agent.config.model import (
    BoardConfig,
    BusConfig,
    ConnectorConfig,
    DriverConfig,
    Outlet,
    Phases,
    RatedCurrent,
)
from agent.config.ports import DriverCatalogue
from agent.config.reader import Document
from agent.core.identity import ConnectorId
from agent.tables import KeyPath, TableProblem, bind, nearest
from agent.values import frozen

BOARD_FOLDERS = (
    Path(__file__).parents[2] / "board_configs",  # a checkout
    Path(sys.prefix) / "share/evse-agent/board_configs",  # a virtual environment
    Path("/usr/share/evse-agent/board_configs"),  # a Debian package
)

DriverTable = Mapping[str, object]


@frozen(kw_only=True)
class _ConnectorTable:
    """`[[connector]]` as it is written; the names of the driver tables are the interfaces."""

    id: int
    outlet: Outlet
    control_pilot: DriverTable
    contactor: DriverTable
    meter: DriverTable
    indicator: DriverTable | None = None
    lock: DriverTable | None = None


@frozen(kw_only=True)
class _BoardTable:
    """The board file as it is written."""

    board: str
    vendor: str
    model: str
    rated_current_a: RatedCurrent
    phases: Phases
    connector: tuple[_ConnectorTable, ...]
    bus: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    token_reader: DriverTable | None = None
    lab_only: bool = False


CONNECTOR_INTERFACES = ("control_pilot", "contactor", "meter", "indicator", "lock")


def find_board(board: str, site_file: Path) -> Path | None:
    """The file a site means: a path if it looks like one, else a name: "sim-dual" is board_configs/sim_dual.toml."""
    if "/" in board or board.endswith(".toml"):
        path = site_file.parent / board
        return path if path.is_file() else None
    file_name = f"{board.replace('-', '_')}.toml"
    return next((folder / file_name for folder in BOARD_FOLDERS if (folder / file_name).is_file()), None)


def known_boards() -> list[str]:
    """The names a site may use."""
    names = {file.stem.replace("_", "-") for folder in BOARD_FOLDERS for file in folder.glob("*.toml")}
    return sorted(names)


def read_board(document: Document, catalogue: DriverCatalogue | None) -> BoardConfig | None:
    """The hardware, or None with the reasons in the document's problems.

    Without a catalogue the options of drivers stay unchecked until the drivers are built.
    """
    problems = document.problems
    written, found = bind(_BoardTable, document.table)
    problems.extend(_explained(problem) for problem in found)
    if written is None:
        return None
    board = _board(written, document)
    problems.extend(_naming_problems(board))
    problems.extend(_connector_problems(board))
    problems.extend(_sharing_problems(board))
    if catalogue is not None:
        problems.extend(_catalogue_problems(board, catalogue))
    return board


def _explained(problem: TableProblem) -> TableProblem:
    key = problem.key[0] if len(problem.key) == 1 else None
    if isinstance(key, str) and problem.what.startswith("unknown key"):
        return TableProblem(problem.key, wrong_layer(key, Layer.BOARD) or problem.what)
    return problem


def _board(written: _BoardTable, document: Document) -> BoardConfig:
    return BoardConfig(
        board=written.board,
        vendor=written.vendor,
        model=written.model,
        rated_current_a=written.rated_current_a,
        phases=written.phases,
        lab_only=written.lab_only,
        buses=tuple(
            BusConfig(name=name, kind=_taken(table, "kind"), options=_rest(table, "kind"))
            for name, table in written.bus.items()
        ),
        connectors=tuple(_connector(index, table) for index, table in enumerate(written.connector)),
        drivers={} if written.token_reader is None else _drivers("", {"token_reader": written.token_reader}),
    )


def _connector(index: int, written: _ConnectorTable) -> ConnectorConfig:
    tables = {name: table for name in CONNECTOR_INTERFACES if (table := getattr(written, name)) is not None}
    return ConnectorConfig(
        id=ConnectorId(written.id), outlet=written.outlet, drivers=_drivers(f"connector.{index + 1}.", tables)
    )


def _drivers(prefix: str, tables: Mapping[str, DriverTable]) -> dict[str, DriverConfig]:
    return {
        interface: DriverConfig(
            interface=interface,
            driver=_taken(table, "driver"),
            options=_rest(table, "driver"),
            key=f"{prefix}{interface}",
        )
        for interface, table in tables.items()
    }


def _taken(table: Mapping[str, object], key: str) -> str:
    """The naming key of a table; empty when it is missing or no text, which the checks below report."""
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _rest(table: Mapping[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in table.items() if name != key}


def located_drivers(board: BoardConfig) -> Iterator[tuple[KeyPath, DriverConfig]]:
    """Every driver of the board with the place of its table."""
    for index, connector in enumerate(board.connectors):
        for interface, driver in connector.drivers.items():
            yield ("connector", index, interface), driver
    for interface, driver in board.drivers.items():
        yield (interface,), driver


def _naming_problems(board: BoardConfig) -> Iterator[TableProblem]:
    for bus in board.buses:
        if not bus.kind:
            yield TableProblem(("bus", bus.name, "kind"), 'is missing; write the kind of bus, as "modbus_rtu"')
    for at, driver in located_drivers(board):
        if not driver.driver:
            yield TableProblem((*at, "driver"), 'is missing; write the name of the driver, as "modbus_map"')


def _connector_problems(board: BoardConfig) -> Iterator[TableProblem]:
    if not board.connectors:
        yield TableProblem(("connector",), "there is none; a board has at least one [[connector]]")
    for index, connector in enumerate(board.connectors):
        if connector.id != index + 1:
            yield TableProblem(
                ("connector", index, "id"), f"{connector.id} breaks the order 1, 2, 3 …; write {index + 1}"
            )
        if connector.outlet is Outlet.SOCKET and "lock" not in connector.drivers:
            yield TableProblem(
                ("connector", index, "outlet"), 'a socket needs a lock; add [connector.lock] or write "tethered"'
            )
        if connector.outlet is Outlet.TETHERED and "lock" in connector.drivers:
            yield TableProblem(
                ("connector", index, "lock"), 'a tethered cable has no lock; remove it or write outlet = "socket"'
            )


def _sharing_problems(board: BoardConfig) -> Iterator[TableProblem]:
    """Two users of one address, one port or one name that does not exist."""
    buses = [bus.name for bus in board.buses]
    ports: dict[object, str] = {}
    for bus in board.buses:
        port = bus.options.get("port")
        if isinstance(port, str) and port in ports:
            yield TableProblem(("bus", bus.name, "port"), f'"{port}" is already the port of bus {ports[port]}')
        ports[port] = bus.name
    addresses: dict[tuple[object, object, str], str] = {}
    for at, driver in located_drivers(board):
        bus_name, address = driver.options.get("bus"), driver.options.get("address")
        if isinstance(bus_name, str) and bus_name not in buses:
            yield TableProblem((*at, "bus"), f'there is no bus "{bus_name}"{nearest(bus_name, buses)}')
        taken = addresses.setdefault((bus_name, address, driver.interface), driver.key)
        if address is not None and taken != driver.key:
            yield TableProblem((*at, "address"), f"{address} on bus {bus_name} is already {taken}; give each its own")


def _catalogue_problems(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    kinds = {bus.name: bus.kind for bus in board.buses}
    for bus in board.buses:
        for problem in catalogue.check_bus(bus.kind, bus.options) if bus.kind else ():
            yield TableProblem(("bus", bus.name, *problem.key), problem.what)
    for at, driver in located_drivers(board):
        if not driver.driver:
            continue
        bus_name = driver.options.get("bus")
        kind = kinds.get(bus_name) if isinstance(bus_name, str) else None
        for problem in catalogue.check_driver(driver.interface, driver.driver, driver.options, kind):
            yield TableProblem((*at, *problem.key), problem.what)
