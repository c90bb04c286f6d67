"""A board file: where it is, and what it says about the hardware."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeVar

from agent.config import board_checks, board_sharing
from agent.config.layers import Layer, wrong_layer
from agent.config.model import (
    BoardConfig,
    BusConfig,
    ConnectorConfig,
    DriverConfig,
    InputConfig,
    InputMeans,
    Outlet,
    Phases,
    RatedCurrent,
    SensorConfig,
)
from agent.config.ports import DriverCatalogue
from agent.core.heat.places import HeatPlace
from agent.core.identity import ConnectorId
from agent.tables import KeyPath, Spelled, TableProblem, bind
from agent.toml_files.reader import Document
from agent.values import frozen

BOARD_FOLDERS = (
    Path(__file__).parents[2] / "board_configs",  # a checkout
    Path(sys.prefix) / "share/evse-agent/board_configs",  # a virtual environment
    Path("/usr/share/evse-agent/board_configs"),  # a Debian package
)

FILE_SUFFIX = ".toml"
"""A text with this ending names a file, beside the one it stands in where the path does not begin with /."""

Name = Annotated[str, Spelled(r".*\S.*", "write the name that people and the network are to see")]
DriverTable = Mapping[str, object]
E = TypeVar("E", bound=Enum)


@frozen(kw_only=True)
class ConnectorTable:
    """`[[connector]]` as it is written; the names of the driver tables are the interfaces."""

    id: int
    outlet: Outlet
    control_pilot: DriverTable
    contactor: DriverTable
    meter: DriverTable
    indicator: DriverTable | None = None
    lock: DriverTable | None = None
    cut_off: DriverTable | None = None
    input: tuple[DriverTable, ...] = ()
    temperature_sensor: tuple[DriverTable, ...] = ()


@frozen(kw_only=True)
class BoardTable:
    """The board file as it is written."""

    board: Name
    vendor: Name
    model: Name
    rated_current_a: RatedCurrent
    phases: Phases
    connector: tuple[ConnectorTable, ...]
    bus: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    token_reader: DriverTable | None = None
    input: tuple[DriverTable, ...] = ()
    temperature_sensor: tuple[DriverTable, ...] = ()
    lab_only: bool = False


NAMED_BY: Mapping[str, tuple[str, type[Enum]]] = {
    "input": ("means", InputMeans),
    "temperature_sensor": ("place", HeatPlace),
}
"""The key of a table in an array that is not its driver's own."""

SEVERAL = ("connector", *NAMED_BY)
"""What TOML writes in double brackets."""

CONNECTOR_INTERFACES = ("control_pilot", "contactor", "meter", "indicator", "lock", "cut_off")


def is_path(board: str) -> bool:
    """Whether a site means a file by it; else it is a name."""
    return "/" in board or board.endswith(FILE_SUFFIX)


def find_board(board: str, site_file: Path) -> Path | None:
    """The file a site means: a path if it looks like one, else a name: "sim-dual" is board_configs/sim_dual.toml."""
    if is_path(board):
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
    written, found = bind(BoardTable, with_paths_from(problems.file.parent, document.table))
    problems.extend(_explained(problem) for problem in found)
    if written is None:
        return None
    board = _board(written, document)
    problems.extend(_element_problems(written))
    problems.extend(board_checks.problems(board))
    problems.extend(board_sharing.problems(board))
    if catalogue is not None:
        problems.extend(board_checks.driver_problems(board, catalogue))
        problems.extend(board_sharing.part_problems(board, catalogue))
    return board


def with_paths_from(folder: Path, table: Mapping[str, object]) -> dict[str, object]:
    """The table with every file of TOML that it names, at whatever depth, as a path from `folder`."""
    return {key: _path_from(folder, value) for key, value in table.items()}


def _path_from(folder: Path, value: object) -> object:
    match value:
        case str() if value.endswith(FILE_SUFFIX):
            return str(folder / value)
        case dict():
            return with_paths_from(folder, value)
        case list():
            return [_path_from(folder, element) for element in value]
        case _:
            return value


def _explained(problem: TableProblem) -> TableProblem:
    *_, last = problem.key or ("",)
    if last in SEVERAL and problem.what == "a table is not a list in [brackets]":
        name = ".".join(part for part in problem.key if isinstance(part, str))
        return TableProblem(problem.key, f"there may be several of them; write [[{name}]] in place of [{name}]")
    key = problem.key[0] if len(problem.key) == 1 else None
    if isinstance(key, str) and problem.what.startswith("unknown key"):
        return TableProblem(problem.key, wrong_layer(key, Layer.BOARD) or problem.what)
    return problem


def _board(written: BoardTable, document: Document) -> BoardConfig:
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
        inputs=_inputs("", written.input),
        temperature_sensors=_sensors("", written.temperature_sensor),
    )


def _connector(index: int, written: ConnectorTable) -> ConnectorConfig:
    tables = {name: table for name in CONNECTOR_INTERFACES if (table := getattr(written, name)) is not None}
    prefix = f"connector.{index + 1}."
    return ConnectorConfig(
        id=ConnectorId(written.id),
        outlet=written.outlet,
        drivers=_drivers(prefix, tables),
        inputs=_inputs(prefix, written.input),
        temperature_sensors=_sensors(prefix, written.temperature_sensor),
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


def _inputs(prefix: str, tables: tuple[DriverTable, ...]) -> tuple[InputConfig, ...]:
    """The first meaning stands for one that is none: nobody uses a board file with problems, and the checks name it."""
    return tuple(
        InputConfig(
            means=_member(InputMeans, table.get("means"), InputMeans.EMERGENCY_STOP),
            driver=_element(f"{prefix}input.{place}", "input", table, "means"),
        )
        for place, table in enumerate(tables, start=1)
    )


def _sensors(prefix: str, tables: tuple[DriverTable, ...]) -> tuple[SensorConfig, ...]:
    return tuple(
        SensorConfig(
            place=_member(HeatPlace, table.get("place"), HeatPlace.BOARD),
            driver=_element(f"{prefix}temperature_sensor.{place}", "temperature_sensor", table, "place"),
        )
        for place, table in enumerate(tables, start=1)
    )


def _element(key: str, interface: str, table: DriverTable, naming: str) -> DriverConfig:
    options = {name: value for name, value in table.items() if name not in ("driver", naming)}
    return DriverConfig(interface=interface, driver=_taken(table, "driver"), options=options, key=key)


def _member(kind: type[E], value: object, otherwise: E) -> E:
    return next((member for member in kind if member.value == value), otherwise)


def _element_problems(written: BoardTable) -> Iterator[TableProblem]:
    """Words of inputs and sensors that only this file knows; their drivers are checked like all others."""
    of_connectors = [(("connector", index), table) for index, table in enumerate(written.connector)]
    places: list[tuple[KeyPath, BoardTable | ConnectorTable]] = [((), written), *of_connectors]
    for at, of in places:
        for name, (naming, kind) in NAMED_BY.items():
            known = [str(member.value) for member in kind]
            tables: tuple[DriverTable, ...] = getattr(of, name)
            for index, table in enumerate(tables):
                if table.get(naming) not in known:
                    choices = " or ".join(f'"{word}"' for word in known)
                    yield TableProblem((*at, name, index, naming), f"is no such word; write {choices}")


def _taken(table: Mapping[str, object], key: str) -> str:
    """The naming key of a table; empty when it is missing or no text, which the checks below report."""
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _rest(table: Mapping[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in table.items() if name != key}
