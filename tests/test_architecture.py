"""The arrows between the rooms and the ceilings of the style guide, read from the source.

The picture, from top to bottom: `app` wires everything; four rows of rooms; below the shells a few small modules that
belong to no room; at the bottom the pure core, and below it what stands in for the language itself. A module may import
its own room and what lies below its row.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tools.code_shape import BOARD, FOLDERS, ROOT, Module, import_graph, read_modules, rings, targets, violations

ROWS = (
    frozenset({"control", "ocpp_client", "telemetry", "host"}),
    frozenset({"connector", "selftest", "maintenance"}),
    frozenset({"store", "drivers", "config", "security", "transfer", "firmware_update", "recorder"}),
)
CORE = "core"
LANGUAGE = "values"
"""Used like the standard library, by all: it says how a value is made and knows nothing of a charger."""
WIRING = ("__main__", "app", "station")
"""From the top down. Joins rooms that must not know each other (docs/architecture.md); nobody below imports it."""
MOST_OWN_IMPORTS = 10
OCPP_VERSIONS = ("agent.ocpp_client.v16", "agent.ocpp_client.v201", "agent.ocpp_client.v21")
PURE_LIBRARY = frozenset(
    {"__future__", "abc", "bisect", "collections", "csv", "dataclasses", "datetime", "decimal", "enum", "functools"}
    | {"heapq", "importlib", "ipaddress", "itertools", "math", "operator", "re", "statistics", "string", "types"}
    | {"typing"}
)
CLOCK_AND_CHANCE = frozenset({"agent.clock", "agent.ids"})
IMPURE_CALLS = frozenset(
    {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.urandom"}
)
CHANCE_LIBRARIES = frozenset({"random", "uuid", "secrets"})
LOOSE_TASKS = frozenset({"asyncio.create_task", "asyncio.ensure_future"})
TOO_HEAVY = ("pydantic", "typer", "click", "rich", "jsonschema", "fastjsonschema", "ocpp", "pymodbus", "paho")
LOADED_LATE = (
    "agent.config.countries",
    "agent.drivers.board_service",
    "agent.drivers.pilot_board.service",
    "agent.ocmf",
    "decimal",
)


@cache
def modules(folder: str) -> dict[str, Module]:
    return read_modules(folder)


def room_of(name: str) -> str:
    """`agent.core.session.step` → `core`; a small module of no room gives its own name."""
    return name.split(".")[1] if "." in name else "agent"


def level_of(room: str) -> int:
    """Height in the picture: higher numbers lie lower."""
    if room in WIRING:
        return WIRING.index(room) - len(WIRING)
    if room == LANGUAGE:
        return len(ROWS) + 2
    if room == CORE:
        return len(ROWS) + 1
    return next((level for level, row in enumerate(ROWS) if room in row), len(ROWS))


def points_down(source: str, target: str) -> bool:
    """Whether an import is allowed: inside a room, between small modules, or to something that lies lower."""
    source_room, target_room = room_of(source), room_of(target)
    if target_room in (source_room, "agent"):
        return True
    both_small = level_of(source_room) == level_of(target_room) == len(ROWS)
    return both_small or level_of(target_room) > level_of(source_room)


def arrows(folder: str) -> Iterator[tuple[str, str]]:
    """Every import of one of our modules by another, wherever in the file it stands."""
    own = modules(folder)
    for name, module in own.items():
        yield from ((name, target) for target in sorted(targets(module.mentions, own)) if target != name)


def libraries(module: Module) -> set[str]:
    return {name.split(".")[0] for name in module.mentions}


def test_arrows_point_down() -> None:
    wrong = [f"{source} imports {target}" for source, target in arrows("agent") if not points_down(source, target)]

    assert wrong == []


def test_the_core_imports_only_itself_and_the_pure_part_of_the_library() -> None:
    core = {name: module for name, module in modules("agent").items() if room_of(name) == CORE}
    wrong = [
        f"{name} imports {library}"
        for name, module in core.items()
        for library in sorted(libraries(module) - PURE_LIBRARY - {"agent"})
    ]

    assert core
    assert wrong == []


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("agent", {"firmware_sim", "tools", "tests", "benchmarks", "firmware"}),
        ("firmware_sim", {"agent", "tools", "tests", "benchmarks"}),
        (BOARD, {"agent", "firmware_sim", "tools", "tests", "benchmarks"}),
    ],
)
def test_what_meets_only_at_the_wire_shares_no_code(folder: str, forbidden: set[str]) -> None:
    wrong = [
        f"{name} imports {sorted(bad)}" for name, m in modules(folder).items() if (bad := libraries(m) & forbidden)
    ]

    assert wrong == []


def test_only_the_wiring_knows_an_ocpp_version() -> None:
    wrong = [
        f"{source} imports {target}"
        for source, target in arrows("agent")
        if target.startswith(OCPP_VERSIONS) and not source.startswith(OCPP_VERSIONS) and room_of(source) not in WIRING
    ]

    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_import_rings(folder: str) -> None:
    assert rings(import_graph(modules(folder))) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_and_functions_stay_below_their_ceilings(folder: str) -> None:
    assert violations(modules(folder)) == []


def test_no_module_but_the_wiring_has_more_than_ten_imports_of_ours() -> None:
    wide = [
        f"{name} imports {len(found)}"
        for name, found in import_graph(modules("agent")).items()
        if len(found - {f"agent.{LANGUAGE}"}) > MOST_OWN_IMPORTS and room_of(name) not in WIRING
    ]

    assert wide == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Catches anything and does not raise it again."""
    caught = "BaseException" if handler.type is None else ast.unparse(handler.type)
    passes_on = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return ("BaseException" in caught and not passes_on) or "Exception" in caught.replace("(", " ").split()


def test_only_supervision_and_the_dispatcher_of_commands_catch_everything() -> None:
    broad = [
        name
        for name, module in modules("agent").items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]

    assert [name for name in broad if name != "agent.supervise" and room_of(name) != "control"] == []
    assert len(broad) <= 2


def called(module: Module) -> set[str]:
    """The dotted texts of everything the module calls, in full and by their last two parts (`x.datetime.now`)."""
    texts = {ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    return texts | {".".join(text.split(".")[-2:]) for text in texts}


def test_nobody_but_clock_and_ids_asks_for_time_or_chance() -> None:
    wrong = [
        f"{name}: {sorted(found)}"
        for name, module in modules("agent").items()
        if name not in CLOCK_AND_CHANCE
        and (found := (called(module) & IMPURE_CALLS) | (libraries(module) & CHANCE_LIBRARIES))
    ]

    assert wrong == []


def test_every_task_lives_in_a_group() -> None:
    wrong = [
        f"{name}: {sorted(found)}"
        for folder in ("agent", "firmware_sim", "tools", "benchmarks")
        for name, module in modules(folder).items()
        if (found := called(module) & LOOSE_TASKS)
    ]

    assert wrong == []


def test_nobody_but_a_process_of_its_own_loads_what_draws_papers() -> None:
    drawing = [(source, target) for source, target in arrows("agent") if room_of(target) == "papers"]

    assert drawing
    assert [f"{source} imports {target}" for source, target in drawing if room_of(source) != "papers"] == []


def test_the_running_agent_loads_no_heavy_library() -> None:
    if not (ROOT / "agent" / "app.py").exists():
        pytest.skip("agent/app.py does not exist yet")
    probe = "import sys, agent.app, agent.__main__; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    loaded = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [name for name in TOO_HEAVY if name in loaded.stdout.split()] == []


def test_what_people_ask_of_a_board_and_the_rules_of_a_place_are_not_loaded_at_the_start() -> None:
    probe = f"import sys, agent.app; print(*(name for name in {LOADED_LATE} if name in sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []
