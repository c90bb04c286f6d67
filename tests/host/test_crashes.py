"""A program that dies leaves its last words for the next start: real processes, real signals."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.host.crashes import FOLDER, KEPT, OPEN_FILE, RESULT_FILE, Crashes, Left
from tools.code_shape import ROOT

PROGRAM = """
import os, signal, sys
from pathlib import Path
from agent.host.crashes import LastWords

def at_work(how):
    if how == "lives":
        return
    if how.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, how))
    int("04A1B2C3D4")

with LastWords(Path(sys.argv[1])):
    at_work(sys.argv[2])
"""

DIES_OFTEN = """
import sys
from contextlib import suppress
from pathlib import Path
from agent.host.crashes import Crashes, LastWords

storage = Path(sys.argv[1])
for number in range(int(sys.argv[2])):
    with suppress(ZeroDivisionError), LastWords(storage):
        exec(compile("\\n" * number + "1 / 0", "elsewhere.py", "exec"))
    Crashes(storage, storage).collect("1.0")
"""


def dies(storage: Path, how: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(storage), how], cwd=ROOT, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"])
def test_a_fatal_signal_leaves_the_place_and_still_kills(tmp_path: Path, how: str) -> None:
    assert dies(tmp_path, how) == -getattr(signal, how)

    left = Crashes(tmp_path, tmp_path).collect("1.0")

    assert left.headline == f"ended by {how} in <string>:10 (at_work)"
    assert Crashes(tmp_path, tmp_path).collect("1.0") == Left(), "it is told once"
    kept = list(Crashes(tmp_path, tmp_path).lines())
    assert kept[0] == left.headline
    assert "most recent call first" in " ".join(kept)


def test_what_dies_without_a_word_leaves_none_and_neither_does_an_end_in_order(tmp_path: Path) -> None:
    for how in ("SIGKILL", "SIGTERM", "lives"):
        dies(tmp_path, how)
        assert Crashes(tmp_path, tmp_path).collect("1.0") == Left()
    assert sorted(one.name for one in (tmp_path / FOLDER).iterdir()) == [OPEN_FILE]


def test_an_exception_is_kept_without_what_it_quotes_and_a_loop_of_it_takes_one_place(tmp_path: Path) -> None:
    crashes = Crashes(tmp_path, tmp_path)
    assert dies(tmp_path, "SIGSEGV") == -signal.SIGSEGV
    first = crashes.collect("1.0").headline
    for _ in range(3):
        assert dies(tmp_path, "raise") == 1
        line = crashes.collect("1.1").headline
        assert line.startswith("ended by an exception in <string>:11 (at_work): ValueError: invalid literal for int()")

    kept = list(crashes.lines())

    assert [one for one in kept if one in (first, line)] == [line, first]
    assert [one for one in kept if one.startswith("3 times so, first ended 2")] != []
    assert "04A1B2C3D4" not in " ".join(kept)
    assert {one.stat().st_mode & 0o777 for one in (tmp_path / FOLDER).iterdir()} == {0o600}


def test_of_many_failures_the_newest_are_kept(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES_OFTEN, str(tmp_path), str(KEPT + 3)], cwd=ROOT, check=True)

    assert len(list((tmp_path / FOLDER).glob("crash-*.txt"))) == KEPT
    assert f":{KEPT + 3} (" in next(Crashes(tmp_path, tmp_path).lines())


def test_the_word_of_the_service_manager_is_taken_once(tmp_path: Path) -> None:
    crashes = Crashes(tmp_path, tmp_path)
    for word, left in (("oom-kill", "oom-kill"), ("success", "")):
        (tmp_path / RESULT_FILE).write_text(f"{word}\n")
        assert crashes.collect("1.0").result == left
        assert crashes.collect("1.0").result == ""


def test_where_nothing_can_be_kept_the_program_runs_and_dies_as_ever(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file in the way")

    assert dies(tmp_path, "SIGABRT") == -signal.SIGABRT
    assert Crashes(tmp_path, tmp_path).collect("1.0") == Left()
    assert list(Crashes(tmp_path, tmp_path).lines()) == []
