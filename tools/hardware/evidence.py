"""What a driver was tested against, looked up in the tree: contract tests, recorded bytes, boards that charge."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.config.board_checks import located_drivers
from agent.config.boards import BOARD_FOLDERS, read_board
from agent.config.model import BoardConfig
from agent.drivers import loader
from agent.toml_files.reader import read
from tools.code_shape import ROOT, Module, read_modules
from tools.driver_notes import BUS

TESTS = "tests/drivers"
VECTORS = ROOT / "tests/vectors"
RECORDED_ON = "recorded_on"
"""Key of a vector whose bytes came from a device; without it they were computed from what is published."""

_CONTRACT = re.compile(r"^(\w+)Contract$")
_INTERFACES = {"switch": "contactor", "fed_back_switch": "contactor"}
"""Of contracts that are not named after their interface."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Vectors of one device or family."""

    file: str
    computed: int
    from_a_device: int


@cache
def contract_tests(interface: str, name: str) -> tuple[str, ...]:
    """Files in which a test class inherits the contract of the interface, and which reach this driver's module."""
    module = loader.module_of(interface, name).__name__
    found = {
        test.path.relative_to(ROOT).as_posix()
        for test in _tests().values()
        if interface in _interfaces_of(test) and any(module in reached for reached in _reached(test))
    }
    return tuple(sorted(found))


@cache
def direct_tests(interface: str, name: str) -> tuple[str, ...]:
    """Files of tests that name this driver's module themselves, or stand on a bench in their folder that does."""
    module = loader.module_of(interface, name).__name__
    naming = {test.name for test in _tests().values() if any(_is_in(named, module) for named in test.mentions)}
    return tuple(
        test.path.relative_to(ROOT).as_posix()
        for test in _tests().values()
        if test.path.name.startswith("test_") and (test.name in naming or _benches_of(test) & naming)
    )


def _benches_of(test: Module) -> set[str]:
    folder = test.name.rpartition(".")[0]
    return {name.rpartition(".")[0] for name in test.mentions if name.startswith(f"{folder}.")}


def _is_in(named: str, module: str) -> bool:
    return named == module or named.startswith(f"{module}.")


@cache
def _tests() -> Mapping[str, Module]:
    return read_modules(TESTS)


def _interfaces_of(test: Module) -> set[str]:
    bases = [base for node in ast.walk(test.tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    names = [found[1] for base in bases if isinstance(base, ast.Name) and (found := _CONTRACT.match(base.id))]
    snakes = [re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in names]
    return {_INTERFACES.get(snake, snake) for snake in snakes}


def _reached(test: Module) -> Iterator[str]:
    """Names it imports, itself or through the benches it stands on, and drivers that it has made by their names."""
    seen: set[str] = set()
    waiting = [test]
    while waiting:
        module = waiting.pop()
        for name in module.mentions - seen:
            seen.add(name)
            yield name
            yield name.rpartition(".")[0]
            waiting += [one for one in (_tests().get(name), _tests().get(name.rpartition(".")[0])) if one is not None]
        yield from _made_by_name(module)


def _made_by_name(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(
                func=ast.Name(id=callee) | ast.Attribute(attr=callee),
                args=[ast.Constant(value=str(interface)), ast.Constant(value=str(name)), *_],
            ) if callee == "create_driver" and name in loader.known_drivers(interface):
                yield loader.module_of(interface, name).__name__


@cache
def boards() -> Mapping[str, BoardConfig]:
    """Every board of the folder, by the name a site uses; each of them charges a car in tests/simulation."""
    found = {}
    for file in sorted(BOARD_FOLDERS[0].glob("*.toml")):
        board = read_board(read(file), None)
        assert board is not None, file
        found[board.board] = board
    return found


@cache
def boards_with(interface: str, name: str) -> tuple[str, ...]:
    """Names of the boards that use this driver, or a bus of this kind."""
    return tuple(board for board, config in boards().items() if (interface, name) in _used(config))


def boards_with_map(id: str) -> tuple[str, ...]:
    """Names of the boards with such a meter."""
    return tuple(
        board
        for board, config in boards().items()
        if any(driver.options.get("map") == id for _, driver in located_drivers(config))
    )


def _used(config: BoardConfig) -> set[tuple[str, str]]:
    drivers = {(driver.interface, driver.driver) for _, driver in located_drivers(config)}
    return drivers | {(BUS, bus.kind) for bus in config.buses}


def recorded(name: str) -> Recorded | None:
    """The bytes of this device among the vectors, whose file is named after the driver; None where there are none."""
    files = [file for file in sorted(VECTORS.glob("*.json")) if file.stem.startswith(name)]
    return None if not files else _counted(files[0], json.loads(files[0].read_text(encoding="utf-8")), None)


def recorded_meter(id: str) -> Recorded | None:
    """Vectors of one family of meters."""
    file = VECTORS / "meters.json"
    found = _counted(file, json.loads(file.read_text(encoding="utf-8")), id)
    return found if found.computed + found.from_a_device else None


def _counted(file: Path, table: object, meter: str | None) -> Recorded:
    vectors = [one for one in _dicts(table) if meter is None or one.get("meter") == meter]
    from_a_device = sum(RECORDED_ON in one for one in vectors)
    return Recorded(file.relative_to(ROOT).as_posix(), len(vectors) - from_a_device, from_a_device)


def _dicts(table: object) -> list[dict[str, object]]:
    """The vectors of a file: the members of its lists, at whatever depth the file keeps these."""
    match table:
        case dict():
            return [one for value in table.values() for one in _dicts(value)]
        case list():
            return [one for one in table if isinstance(one, dict)]
        case _:
            return []
