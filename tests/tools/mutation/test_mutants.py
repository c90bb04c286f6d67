"""Which mistakes are made, and that each is one: it is other code, and Python can read it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.code_shape import ROOT
from tools.mutation.__main__ import SUPPORT, TARGETS, TESTS
from tools.mutation.mutants import mutants_of


def mistakes(source: str) -> list[str]:
    """What the changed lines of each mutant become."""
    return [mutant.diff.split("\n+ ")[-1] for mutant in mutants_of("x.py", source)]


@pytest.mark.parametrize("target", TARGETS)
def test_every_mutant_of_the_firmware_is_other_code_that_python_can_read(target: str) -> None:
    source = (ROOT / target).read_text()

    mutants = mutants_of(target, source)

    same = ast.dump(ast.parse(source))
    assert len(mutants) > 100
    assert len({mutant.text for mutant in mutants}) == len(mutants)
    assert [mutant.diff for mutant in mutants if ast.dump(ast.parse(mutant.text)) == same] == []


@pytest.mark.parametrize("path", [*TARGETS, *SUPPORT, *(test.partition("::")[0] for test in TESTS)])
def test_what_is_mutated_and_what_is_run_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 25", ["x = 26", "x = 24"]),
        ("x = -1", ["x = 0", "x = -2"]),
        ("x = True", ["x = False"]),
        ("x = a < b", ["x = (a <= b)", "x = (a >= b)"]),
        ("x = a == b", ["x = (a != b)"]),
        ("x = a in b", ["x = (a not in b)"]),
        ("x = a and b", ["x = (a or b)", "x = b", "x = a"]),
        ("x = not a", ["x = a"]),
        ("x = a - b", ["x = (a + b)"]),
        ("x = min(a, b)", ["x = max(a, b)"]),
        ("x = a if b else c", ["x = a if (not b) else c"]),
    ],
)
def test_expressions_are_written_wrong_in_these_ways(source: str, expected: list[str]) -> None:
    assert mistakes(source) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("self.x = y", ["pass"]),
        ("self.x += y", ["self.x -= y", "pass"]),
        ("go(x)", ["pass"]),
        ("return", ["pass"]),
        ("return y", ["return"]),
        ("return None", []),
    ],
)
def test_statements_are_forgotten_in_functions(line: str, expected: list[str]) -> None:
    assert mistakes(f"def f():\n    {line}\n") == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring with 25 in it."""',
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:\n    x = 25",
        'x: "tuple[int, 25]"',
        "def f(x: Literal[25]) -> Literal[25]: ...",
        "x = other",
        "import x",
    ],
)
def test_what_the_board_never_runs_is_left_alone(source: str) -> None:
    assert mistakes(source) == []


def test_a_mutant_knows_its_place_and_the_name_it_is_imported_by() -> None:
    first, _ = mutants_of("firmware/pilot_board/pilot.py", "\n\nx = 25\n")

    assert (first.line, first.module, first.text) == (3, "pilot", "\n\nx = 26\n")
    assert first.diff == "- x = 25\n+ x = 26"
    assert Path(first.path).stem == first.module


def test_every_survivor_that_the_safety_case_explains_is_a_mutant_of_today() -> None:
    document = (ROOT / "docs" / "safety-case.md").read_text().split("<!-- survivors -->\n")[1].split("\n\n")[0]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in document.splitlines()[2:]]
    today = {
        (Path(mutant.path).name, mutant.diff)
        for target in TARGETS
        for mutant in mutants_of(target, (ROOT / target).read_text())
    }

    assert rows
    assert [row for row in rows if (row[0], f"- {row[1]}\n+ {row[2]}") not in today] == []
    assert all(len(row) == 4 and row[3] for row in rows)
