"""The way from files to a checked configuration: `load` is what the program calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from agent.config import board_notices, checks
from agent.config.boards import find_board, is_path, known_boards, read_board
from agent.config.layers import Layer, wrong_layer
from agent.config.model import (
    BoardConfig,
    CircuitConfig,
    Commissioning,
    ConnectorSite,
    ControlConfig,
    FirmwareConfig,
    HandoverConfig,
    MeterConfig,
    MetricsConfig,
    MqttConfig,
    NamePlate,
    OcppConfig,
    References,
    SiteConfig,
    StationConfig,
    StorageConfig,
    SupportConfig,
    TlsConfig,
    TransferConfig,
)
from agent.config.ports import DriverCatalogue
from agent.config.slots import slot_problems, with_passwords
from agent.tables import TableProblem, bind, nearest
from agent.toml_files.problems import Problems, dotted, raise_if_any
from agent.toml_files.reader import Document, drop_ins_of, read
from agent.values import frozen

T = TypeVar("T")

SECTIONS: dict[str, type[Any]] = {
    "station": NamePlate,
    "references": References,
    "site": SiteConfig,
    "circuit": CircuitConfig,
    "handover": HandoverConfig,
    "storage": StorageConfig,
    "control": ControlConfig,
    "meter": MeterConfig,
    "ocpp": OcppConfig,
    "tls": TlsConfig,
    "firmware": FirmwareConfig,
    "transfer": TransferConfig,
    "mqtt": MqttConfig,
    "support": SupportConfig,
    "metrics": MetricsConfig,
}
OPTIONAL_SECTIONS = ("circuit", "ocpp", "mqtt")
TOP_LEVEL_KEYS = ["board", "connector", *SECTIONS]


@frozen
class _Site:
    """What was found in the site's files; a section that could not be used is absent."""

    document: Document
    sections: Mapping[str, Any]
    connectors: Mapping[str, ConnectorSite]


def load(path: Path, drivers: DriverCatalogue | None = None) -> StationConfig:
    """The configuration of `path`, its drop-ins and its board.

    Raises ConfigError with every problem of all files, each as `file:line: key: what; what to write instead`. `drivers`
    (agent.drivers.loader) checks the names and options of drivers too.
    """
    return of_document(read(path, *drop_ins_of(path)), drivers)


def of_document(
    document: Document,
    drivers: DriverCatalogue | None = None,
    *,
    files_are_here: bool = True,
    boards: dict[Path, tuple[Document, BoardConfig | None]] | None = None,
) -> StationConfig:
    """The same of what was read already, by its file and folder. Raises ConfigError, and adds to its problems.

    `files_are_here` false: passwords and certificates lie on the charger and are not looked for, as in an office.
    `boards`: those read before, for a plan of a hundred chargers with one board.
    """
    path = document.problems.file
    site = _site_of(document, files_are_here=files_are_here)
    board_file = _board_file(site, path)
    board_document, board = _board_of(board_file, drivers, {} if boards is None else boards)
    site.document.problems.extend(checks.connector_problems(site.document.table.get("connector", {}), board))
    if board is not None and drivers is not None:
        site.document.problems.extend(checks.signing_problems(site.sections.get("meter"), board, drivers.signs))
    raise_if_any(site.document.problems, *([board_document.problems] if board_document else []))
    assert board is not None
    assert board_file is not None
    assert board_document is not None
    return _assembled(site, board_file, board, board_document, drivers)


def _board_of(
    file: Path | None, drivers: DriverCatalogue | None, before: dict[Path, tuple[Document, BoardConfig | None]]
) -> tuple[Document | None, BoardConfig | None]:
    if file is None:
        return None, None
    if file not in before:
        document = read(file)
        # Of a file that could not be read nothing is known, so nothing is missing in it either.
        before[file] = (document, None if document.problems else read_board(document, drivers))
    return before[file]


def _site_of(document: Document, *, files_are_here: bool) -> _Site:
    path = document.problems.file
    if document.problems:
        return _Site(document, {}, {})
    problems, table = document.problems, document.table
    problems.extend(_unknown_keys(table))
    ocpp, tls = _table(document, "ocpp"), _table(document, "tls")
    settings, unwritable = checks.flattened_settings(_nested(ocpp, "settings"))
    problems.extend(unwritable)
    problems.extend(checks.setting_problems(ocpp.get("version", "1.6"), settings))
    problems.extend(checks.misplaced_secrets(ocpp))
    if ocpp:
        problems.extend(checks.ocpp_problems(ocpp, tls))
        problems.extend(slot_problems(ocpp, tls, path.parent if files_are_here else None))
    if files_are_here:
        for name in ("ocpp", "tls", "transfer", "support", "mqtt"):
            problems.extend(checks.file_problems(_table(document, name), name, path.parent))
    tables = {name: table.get(name, {}) for name in SECTIONS if name in table or name not in OPTIONAL_SECTIONS}
    if isinstance(tables.get("ocpp"), dict):
        bare = {key: value for key, value in ocpp.items() if key not in ("password", "authorization_key")}
        tables["ocpp"] = bare | ({"settings": settings} if isinstance(ocpp.get("settings", {}), dict) else {})
    sections = {name: _bound(SECTIONS[name], section, (name,), problems) for name, section in tables.items()}
    problems.extend(checks.metrics_problems(_table(document, "metrics")))
    problems.extend(checks.zone_problems(_table(document, "site")))
    problems.extend(checks.circuit_problems(sections.get("site"), sections.get("circuit")))
    if files_are_here:
        sections = with_passwords(sections, path.parent, problems)
    return _Site(document, sections, _connector_sites(document))


def _unknown_keys(table: Mapping[str, object]) -> list[TableProblem]:
    return [
        TableProblem((key,), wrong_layer(key, Layer.SITE) or f"unknown key{nearest(key, TOP_LEVEL_KEYS)}")
        for key in table
        if key not in TOP_LEVEL_KEYS
    ]


def _bound(kind: type[T], section: object, at: tuple[str, ...], problems: Problems) -> T | None:
    if not isinstance(section, dict):
        problems.add(at, f"is not a section; write [{dotted(at)}]")
        return None
    bound, found = bind(kind, section, at)
    problems.extend(checks.with_example(problem) for problem in found)
    return bound


def _connector_sites(document: Document) -> dict[str, ConnectorSite]:
    """`[connector.N]`, by N as it is written."""
    sites = {}
    for name, section in _table(document, "connector").items():
        site = _bound(ConnectorSite, section, ("connector", name), document.problems)
        if site is not None:
            sites[name] = site
    return sites


def _board_file(site: _Site, site_file: Path) -> Path | None:
    document = site.document
    board = document.table.get("board")
    if board is None and not site.sections:
        return None  # a file could not be read, and it may stand there
    if not isinstance(board, str):
        what = "is missing" if board is None else 'is not text in "quotes"'
        document.problems.add(("board",), f'{what}; write board = "NAME"{nearest("", known_boards())}')
        return None
    file = find_board(board, site_file)
    if file is None:
        document.problems.add(("board",), f"there is no {_sought(board, site_file)}")
    return file


def _sought(board: str, site_file: Path) -> str:
    """What was looked for: the whole path of a file, or the name with one that is near."""
    if is_path(board):
        return (
            f"file {(site_file.parent / board).absolute()}; check the path, which counts from the folder of this file"
        )
    return f'board "{board}"{nearest(board, known_boards())}'


def _assembled(
    site: _Site, board_file: Path, board: BoardConfig, board_document: Document, drivers: DriverCatalogue | None
) -> StationConfig:
    path = site.document.problems.file
    sections = {name: _anchored(section, path.parent) for name, section in site.sections.items()}
    if board.lab_only:
        sections["site"] = replace(sections["site"], commissioning=Commissioning.LAB)
    origins = {dotted(key): str(where) for key, where in site.document.where.items()}
    origins |= {f"board.{dotted(key)}": str(where) for key, where in board_document.where.items()}
    config = StationConfig(
        site_file=path,
        board_file=board_file,
        board=board,
        connector_sites={one.id: site.connectors.get(str(one.id), ConnectorSite()) for one in board.connectors},
        origins=origins,
        **sections,
    )
    return replace(config, notices=(*checks.notices(config), *board_notices.notices(config, drivers)))


def _anchored(section: Any, folder: Path) -> Any:
    """The section with its relative paths made absolute: they are meant from the folder of the site file."""
    values = {field.name: getattr(section, field.name) for field in fields(section)}
    found: dict[str, Any] = {name: folder / value for name, value in values.items() if isinstance(value, Path)}
    if isinstance(section, OcppConfig):
        found["slots"] = tuple(_anchored(slot, folder) for slot in section.slots)
    return replace(section, **found)


def _table(document: Document, name: str) -> Mapping[str, object]:
    return _nested(document.table, name)


def _nested(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The table of this name, empty where there is none; a wrong type is found by the binding."""
    value = table.get(name)
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}
