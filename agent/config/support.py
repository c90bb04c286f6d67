"""`[support]`: who may ask this charger from afar, and for what (docs/remote-maintenance.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated

from agent.core.orders.effects import KeyRole
from agent.core.orders.judging import Key
from agent.errors import ConfigError
from agent.tables import Spelled, TableProblem, bind
from agent.toml_files.problems import Problems, raise_if_any
from agent.toml_files.reader import read
from agent.values import frozen

MOST_KEYS = 64
WRITABLE_BY_OTHERS = 0o022
KEY_ID = Spelled(r"[A-Za-z0-9._@-]{1,64}", "write 1 to 64 letters, digits or . _ @ -")
VerbName = Annotated[
    str,
    Spelled(r"[a-z]+(-[a-z]+)*( [a-z]+(-[a-z]+)*)?", 'write a verb as evsectl has it, as "health" or "faults clear"'),
]


class DataTransferScope(Enum):
    """What the central system may ask for by DataTransfer: nothing, what only reads, or whatever keys may order."""

    OFF = "off"
    READ = "read"
    ALL = "all"


class RoleWord(Enum):
    """What a key may be for. An installer stands at the charger, so there is no key of that role."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SERVICE = "service"


@frozen(kw_only=True)
class SupportConfig:
    """Orders from afar. `orders`: take signed ones over MQTT. `keys_file`: whose signature counts.

    `allow`: the verbs that may be ordered; without it those that only read, and checks of the network.
    `data_transfer`: what the central system may ask for without a key.
    """

    orders: bool = False
    keys_file: Path | None = None
    allow: tuple[VerbName, ...] | None = None
    data_transfer: DataTransferScope = DataTransferScope.READ


@frozen(kw_only=True)
class KeyTable:
    """`[[key]]` of the file of keys. `not_after`: the last day it may sign, in UTC."""

    id: Annotated[str, KEY_ID]
    public_key: Annotated[
        str, Spelled(r"[0-9a-fA-F]{64}", "write the 64 hexadecimal digits that evse-support key shows")
    ]
    role: RoleWord
    not_after: Annotated[str, Spelled(r"\d{4}-\d\d-\d\d", 'write a day, as "2027-12-31"')] | None = None


@frozen(kw_only=True)
class KeysTable:
    key: tuple[KeyTable, ...] = ()


def support_problems(support: Mapping[str, object], folder: Path) -> Iterator[TableProblem]:
    """What only several keys of `[support]` and the file of keys show."""
    named = support.get("keys_file")
    if support.get("orders") is True and named is None:
        yield TableProblem(
            ("support", "keys_file"), "is missing; no order can be believed without a file of keys, write its path"
        )
    if isinstance(named, str) and (folder / named).is_file():
        try:
            read_keys(folder / named)
        except ConfigError as error:
            for problem in error.problems:
                yield TableProblem(("support", "keys_file"), problem)


def read_keys(file: Path) -> dict[str, Key]:
    """The keys by their id. Raises ConfigError with every problem: of a file in doubt no key counts."""
    document = read(file)
    problems = document.problems
    bound, found = bind(KeysTable, document.table)
    problems.extend(found)
    if file.is_file() and file.stat().st_mode & WRITABLE_BY_OTHERS:
        problems.add((), f"{file} can be written by others than its owner, so anybody could add a key; chmod 644 it")
    keys: dict[str, Key] = {}
    for place, table in enumerate(bound.key if bound is not None else ()):
        if table.id in keys:
            problems.add(("key", place, "id"), f'"{table.id}" stands twice; give each key a name of its own')
        keys[table.id] = _key(table, place, problems)
    if len(keys) > MOST_KEYS:
        problems.add(("key",), f"{len(keys)} keys are more than the {MOST_KEYS} that are read; take out old ones")
    raise_if_any(problems)
    return keys


def _key(table: KeyTable, place: int, problems: Problems) -> Key:
    not_after_ms = None
    if table.not_after is not None:
        try:
            day = datetime.combine(datetime.fromisoformat(table.not_after).date() + timedelta(days=1), time(), UTC)
            not_after_ms = round(day.timestamp() * 1000) - 1
        except (ValueError, OverflowError):
            problems.add(("key", place, "not_after"), f'there is no day {table.not_after}; write one, as "2027-12-31"')
    return Key(
        id=table.id,
        public_key=bytes.fromhex(table.public_key),
        role=KeyRole[table.role.name],
        not_after_ms=not_after_ms,
    )
