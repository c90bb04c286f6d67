"""What a test engineer of an operator looks for, each with the tests that prove it: the tables of `ocpp16_use_cases/`.

`octt.csv` has the numbers and titles of the Open Charge Alliance's compliance test cases for charge points, of those
that we have seen in print (test case document of June 2025, a draft); what is not there was not seen, and nothing more.
"""

from __future__ import annotations

import ast
import csv
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from agent.values import frozen

ROOT = Path(__file__).resolve().parent.parent
TABLES = Path(__file__).resolve().parent / "ocpp16_use_cases"
KEYS = {"name", "octt", "tests", "missing"}


@frozen(kw_only=True)
class UseCase:
    """`tests` are written `file::function`, the file below tests/; without any, `missing` says that it is not there."""

    topic: str
    name: str
    octt: tuple[str, ...]
    tests: tuple[str, ...]
    missing: str

    @property
    def is_whole(self) -> bool:
        return bool(self.tests) and not self.missing


def use_cases() -> Iterator[UseCase]:
    """In the order of the files. Raises ValueError for a row with a key there is not, or that says nothing."""
    for file in sorted(TABLES.glob("*.toml")):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        for row in table["case"]:
            if problem := _problem(row):
                raise ValueError(f"{file.name}: {row.get('name')}: {problem}")
            yield UseCase(
                topic=table["topic"],
                name=row["name"],
                octt=tuple(row.get("octt", ())),
                tests=tuple(row.get("tests", ())),
                missing=row.get("missing", ""),
            )


def _problem(row: Mapping[str, object]) -> str:
    if unknown := set(row) - KEYS:
        return f"{', '.join(sorted(unknown))} is no key here; write {', '.join(sorted(KEYS))}"
    if not row.get("tests") and not row.get("missing"):
        return "says nothing; name its tests, or write under `missing` that it is not there"
    return ""


def octt_titles() -> Mapping[str, str]:
    """Title by number."""
    with (TABLES / "octt.csv").open(encoding="utf-8", newline="") as table:
        return {row["number"]: row["title"] for row in csv.DictReader(table)}


def is_there(test: str) -> bool:
    """A function of that name stands in that file."""
    file, _, function = test.partition("::")
    return function in _functions(ROOT / "tests" / file)


@cache
def _functions(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    nodes = ast.parse(file.read_text(encoding="utf-8")).body
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


# The acceptance list.

CHECKLIST = {
    1: "the queue outlives a kill at any point",
    2: "start, stop and restart without the network, then a start, meter values and a stop under one number",
    3: "transaction −1",
    4: "no status by a way that 1.6 does not allow",
    5: "MinimumStatusDuration hides what bounces and never the last state",
    6: "silence while a boot is pending or rejected",
    7: "every key is read and written as its table says, read-only ones are rejected",
    8: "composite schedules, golden cases",
    9: "from a limit to the duty of the pilot",
    10: "calls that cross",
    11: "AuthorizationKey and SecurityProfile change, and fall back",
    12: "the root certificate is swapped, and falls back",
    13: "GetDiagnostics with 0 retries",
    14: "who may charge: cache, list, unknown, 24 cases",
    15: "the clock jumps by an hour during a transaction",
}


def proofs_of(item: int) -> tuple[str, ...]:
    """Tests in tests/acceptance/ that are named after the item, as `file::function`."""
    files = sorted((ROOT / "tests/acceptance").glob("test_*.py"))
    return tuple(
        f"acceptance/{file.name}::{name}"
        for file in files
        for name in sorted(_functions(file))
        if name.startswith(f"test_{item:02}_")
    )
