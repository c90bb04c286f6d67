"""Every branch of the two files that decide about the contactor is taken by a test of theirs.

`make coverage` counts what more of the firmware's tests take; here are as few of them as take every branch, so that
`make test` turns red the day one is taken by none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.code_shape import ROOT

FILES = (
    "test_pilot_rules",
    "test_closing_rules",
    "test_opening_rules",
    "test_guarding_rules",
    "test_pilot_test",
    "test_test_mode",
)
TOO_LONG = (
    "AnyTest", "nothing_changes", "a_closing_lasts_a_minute", "waits_for_service_shows_f",
    "for_half_a_minute_more",
)  # fmt: skip


def test_every_branch_of_interlock_and_pilot_is_taken(tmp_path: Path) -> None:
    kept = f"--data-file={tmp_path / 'taken'}"
    files = [f"tests/firmware/{name}.py" for name in FILES]
    chosen = ["-k", " and ".join(f"not {name}" for name in TOO_LONG)]

    ran = _coverage("run", kept, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, *chosen)
    assert ran.returncode == 0, ran.stdout
    told = _coverage("report", kept)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "interlock.py" in told.stdout
    assert "pilot.py" in told.stdout


def _coverage(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Of the run around it the tests inside know nothing.
    around = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False)
