"""A plan: one reviewable file for a charger or a hundred of them, made in an office.

It holds the sections of a site file, once, for all of them. `[[charger]]` names each by its serial number, with what is
its own; such a row may hold any section again, and its keys win. `[[group]]` is a feeder that several share. For each
charger the plan is expanded to the very table that a site file would be, and judged by the same code, with the lines
of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from agent.config.circuit import Amperes, Factor, Reference
from agent.config.load import SECTIONS, of_document
from agent.config.model import BoardConfig, Identity, StationConfig
from agent.config.ports import DriverCatalogue
from agent.errors import BadRequest, ConfigError
from agent.tables import KeyPath, Spelled, TableProblem, Within, bind, nearest
from agent.toml_files.problems import Problems, raise_if_any
from agent.toml_files.reader import Document, read
from agent.values import frozen

SERIAL = "{serial_number}"
"""In a text of the common sections it stands for the serial number of each charger."""
PLAN_ONLY = ("charger", "group")
PhaseName = Annotated[str, Spelled(r"(L[123])?", 'write "L1", "L2" or "L3"')]
MOST_CHARGERS = 1000


@frozen(kw_only=True)
class Group:
    """A feeder. `other_loads_a` is what else hangs on it, `factor` for its breaker.

    `load_management`: the central system shares the feeder; each charger counts with what it takes in its silence.
    """

    name: Reference
    feeder_current_a: Amperes
    other_loads_a: Annotated[float, Within(0, 10_000, "A")] = 0.0
    factor: Factor = 1.0
    load_management: bool = False


@frozen(kw_only=True)
class Row:
    """What is one charger's own, beside whole sections. `outlets`: its public names, in the order of its connectors.

    `phase`: where its L1 is connected, for a single-phase one in a group.
    """

    serial_number: Annotated[str, Spelled(r"\S{1,25}", "write the serial number on the label, up to 25 characters")]
    identity: Identity | None = None
    outlets: tuple[str, ...] = ()
    group: Reference = ""
    phase: PhaseName = ""


@frozen(kw_only=True)
class Planned:
    """One charger of the plan. `document` is what its site file would say, `at` its row in the plan."""

    serial_number: str
    row: Row | None
    at: KeyPath
    document: Document
    config: StationConfig


@frozen(kw_only=True)
class Plan:
    """A plan without problems."""

    file: Path
    groups: tuple[Group, ...]
    chargers: tuple[Planned, ...]
    document: Document

    def of(self, serial_number: str) -> Planned:
        """The charger of this serial number, or the only one of a plan that names none. Raises BadRequest."""
        if len(self.chargers) == 1 and self.chargers[0].serial_number in ("", serial_number):
            return self.chargers[0]
        if not serial_number:
            raise BadRequest(
                f"{self.file} is for {len(self.chargers)} chargers and this one has no serial number yet; "
                "write --serial NUMBER, the one on its label"
            )
        for charger in self.chargers:
            if charger.serial_number == serial_number:
                return charger
        names = [charger.serial_number for charger in self.chargers]
        raise BadRequest(f"{self.file} has no charger {serial_number}{nearest(serial_number, names[:20])}")


def read_plan(file: Path, drivers: DriverCatalogue | None = None, *, serial_number: str = "") -> Plan:
    """`serial_number`: that of the charger one stands before, for a plan that leaves it open.

    Raises ConfigError with every problem of all chargers, each once, as `file:line: key: what`."""
    document = read(file)
    raise_if_any(document.problems)
    groups = _groups(document)
    rows = _rows(document)
    document.problems.extend(_between(rows, groups))
    lines = dict.fromkeys(document.problems.lines())
    chargers: list[Planned] = []
    boards: dict[Path, tuple[Document, BoardConfig | None]] = {}
    # Without rows it is for one charger, whose serial number may still be open.
    numbered: list[tuple[int | None, tuple[Mapping[str, Any], Row | None]]] = [*enumerate(rows)] or [(None, ({}, None))]
    for index, (table, row) in numbered:
        expanded = _expanded(document, index, table, row, serial_number)
        try:
            config = of_document(expanded, drivers, files_are_here=False, boards=boards)
        except ConfigError as error:
            lines |= dict.fromkeys(error.problems)
            continue
        at: KeyPath = () if index is None else ("charger", index)
        serial = config.station.serial_number
        chargers.append(Planned(serial_number=serial, row=row, at=at, document=expanded, config=config))
    if lines:
        raise ConfigError(tuple(lines))
    return Plan(file=file, groups=groups, chargers=tuple(chargers), document=document)


def _groups(document: Document) -> tuple[Group, ...]:
    return tuple(group for _, group in _bound(document, "group", Group, frozenset()) if group is not None)


def _rows(document: Document) -> list[tuple[Mapping[str, Any], Row | None]]:
    """Each with the table it was written as."""
    rows = _bound(document, "charger", Row, frozenset({*SECTIONS, "connector", "board"}))
    if len(rows) > MOST_CHARGERS:
        document.problems.add(("charger", MOST_CHARGERS), f"a plan may hold {MOST_CHARGERS} chargers; divide it")
    return rows[:MOST_CHARGERS]


def _bound(document: Document, name: str, kind: type[Any], beside: frozenset[str]) -> list[tuple[Any, Any]]:
    tables = document.table.get(name, [])
    if not isinstance(tables, list):
        document.problems.add((name,), f"is not a list of tables; write [[{name}]] above each")
        return []
    found = []
    for index, table in enumerate(tables):
        own = {key: value for key, value in table.items() if key not in beside} if isinstance(table, dict) else table
        bound, problems = bind(kind, own, (name, index))
        document.problems.extend(problems)
        found.append((table if isinstance(table, dict) else {}, bound))
    return found


def _between(rows: list[tuple[Mapping[str, Any], Row | None]], groups: tuple[Group, ...]) -> Iterator[TableProblem]:
    """What two chargers may not share, and groups that are not there."""
    seen: dict[tuple[str, str], int] = {}
    names = [group.name for group in groups]
    for index, (_, row) in enumerate(rows):
        if row is None:
            continue
        own = [("serial_number", row.serial_number), ("identity", row.identity or "")]
        for key, value in (*own, *(("outlets", outlet) for outlet in row.outlets)):
            first = seen.setdefault((key, value), index)
            if value and first != index:
                yield TableProblem(("charger", index, key), f'"{value}" is that of charger {first + 1} already')
        if row.group and row.group not in names:
            yield TableProblem(
                ("charger", index, "group"), f'there is no group "{row.group}"{nearest(row.group, names)}'
            )


def _expanded(
    document: Document, index: int | None, table: Mapping[str, Any], row: Row | None, open_serial: str
) -> Document:
    """What the site file of this charger would say, each key with its line in the plan."""
    problems = Problems(document.problems.file)
    whole: dict[str, Any] = {key: value for key, value in document.table.items() if key not in PLAN_ONLY}
    where = {key: location for key, location in document.where.items() if key[0] not in PLAN_ONLY}
    for path, value, written in _own(index, table, row):
        _put(whole, path, value)
        if index is not None and (location := document.where.get(("charger", index, *written))):
            where[path] = location
    if row is None and open_serial and not _at(whole, ("station", "serial_number")):
        _put(whole, ("station", "serial_number"), open_serial)
    serial = row.serial_number if row else str(_at(whole, ("station", "serial_number")) or "")
    problems.where = where
    return Document(_named(whole, serial), where, problems)


def _own(
    index: int | None, table: Mapping[str, Any], row: Row | None
) -> Iterator[tuple[tuple[str, ...], object, KeyPath]]:
    """A row's keys, each with the place of it in a site file and in the row."""
    for key, value in table.items():
        if key in SECTIONS or key in ("connector", "board"):
            yield from ((path, leaf, path) for path, leaf in _leaves((key,), value))
    if row is None:
        return
    yield ("station", "serial_number"), row.serial_number, ("serial_number",)
    if row.identity is not None:
        yield ("ocpp", "identity"), row.identity, ("identity",)
    for number, outlet in enumerate(row.outlets, start=1):
        yield ("connector", str(number), "evse_id"), outlet, ("outlets",)


def _leaves(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, inner in value.items():
        yield from _leaves((*path, key), inner)


def _put(table: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set one key, copying every table on the way: those of the plan are all chargers' own."""
    *way, last = path
    for key in way:
        present = table.get(key)
        table[key] = dict(present) if isinstance(present, dict) else {}
        table = table[key]
    table[last] = value


def _at(table: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: Any = table
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _named(value: Any, serial: str) -> Any:
    """With the serial number wherever a text asks for it."""
    match value:
        case str():
            return value.replace(SERIAL, serial)
        case dict():
            return {key: _named(inner, serial) for key, inner in value.items()}
        case list():
            return [_named(inner, serial) for inner in value]
        case _:
            return value
