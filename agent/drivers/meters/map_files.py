"""A register map that is not of this package: a file that a board names by its path (`map = "./my-meter.toml"`)."""

from __future__ import annotations

from pathlib import Path

from agent.drivers.meters.maps import FOLDER, MapTable, MeterMap, load_map, made
from agent.tables import bind
from agent.toml_files.problems import raise_if_any
from agent.toml_files.reader import read

SUFFIX = ".toml"


def is_file(name: str) -> bool:
    """Whether a board means a file by that, rather than one of `known_maps`."""
    return name.endswith(SUFFIX)


def file_of(name: str) -> Path:
    """Where the map of this name stands, whether it exists or not."""
    return Path(name) if is_file(name) else FOLDER / f"{name}{SUFFIX}"


def load_any(name: str) -> MeterMap:
    """The map of this name or in this file. Raises ConfigError with all that is wrong with it, by file and line."""
    return made(name, read_map(Path(name))) if is_file(name) else load_map(name)


def read_map(file: Path) -> MapTable:
    """The map as it is written. Raises ConfigError with every problem, each as `file:line: key: what`."""
    # Nearly every meter has a map of this package, which tests have checked: no start waits for the checks of others.
    from agent.drivers.meters import map_checks

    document = read(file)
    raise_if_any(document.problems)
    written, found = bind(MapTable, document.table)
    document.problems.extend(found if written is None else map_checks.problems(written))
    raise_if_any(document.problems)
    assert written is not None
    return written
