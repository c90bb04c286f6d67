"""`evse-sim` as people and scripts use it: real processes, the real clock."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.processes

PROGRAM = (sys.executable, "-m", "firmware_sim")
READY_WITHIN_S = 15


class World:
    """A running `evse-sim run`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        command = (*PROGRAM, "run", "--board", "sim-single", "--dir", str(folder), "--micropython", "never", *options)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.said = [line.rstrip("\n") for line in iter(self.process.stdout.readline, "ready\n")]

    def do(self, *words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(do(self.folder, *words, "--json").stdout)
        return answer

    def connector(self) -> dict[str, Any]:
        connector: dict[str, Any] = self.do("status")["connectors"][0]
        return connector

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@contextmanager
def world(folder: Path, *options: str) -> Iterator[World]:
    running = World(folder, *options)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        assert running.process.stdout is not None
        running.process.stdout.close()


def do(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*PROGRAM, "do", "--dir", str(folder), *words), capture_output=True, text=True, timeout=30)


def run_badly(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = (*PROGRAM, "run", "--dir", str(folder), *options)
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_ready_serves_and_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with world(tmp_path, "--meter-wh", "1234") as running:
        said = running.said
        connector = running.connector()
        wires = sorted(entry.name for entry in tmp_path.iterdir() if entry.is_symlink())
        code = running.end(number)

    assert said == ["pilot board firmware runs on cpython"]
    assert connector["meter"]["register_wh"] == 1234
    assert wires == ["pilot", "reader", "rs485"]
    assert code == 0
    assert not any(entry.is_symlink() or entry.is_socket() for entry in tmp_path.iterdir())


def test_commands_answer_people_and_scripts_with_fitting_exit_codes(tmp_path: Path) -> None:
    with world(tmp_path):
        answers = [
            do(tmp_path, "plug_in", "connector=1", "current_a=10", "energy_wh=none"),
            do(tmp_path, "status"),
            do(tmp_path, "plug_in"),
            do(tmp_path, "plug_in", "current_a=1"),
            do(tmp_path, "plug_in", "current_a"),
            do(tmp_path, "wait", "until=closed", "timeout_s=0.2"),
            do(tmp_path, "swipe", "token=CAFE", "--json"),
        ]

    assert [answer.returncode for answer in answers] == [0, 0, 4, 2, 2, 5, 0]
    assert answers[0].stdout == "ok\n"
    assert "  plugged    car, wants energy, draws 0.0 A, took 0.000 kWh\n" in answers[1].stdout
    assert answers[2].stderr == "evse-sim: connector 1 is taken; plug_out first\n"
    assert answers[4].stderr == "evse-sim: 'current_a' is not key=value, for example connector=1\n"
    assert json.loads(answers[6].stdout) == {"id": 1, "ok": True}


def test_nobody_there_is_told_in_words(tmp_path: Path) -> None:
    answer = do(tmp_path, "status")

    assert answer.returncode == 3
    assert "no world answers there" in answer.stderr
    assert "start one with evse-sim run" in answer.stderr


def test_a_second_world_in_the_same_folder_is_refused_and_the_first_one_lives_on(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        second = run_badly(tmp_path, "--board", "sim-single", "--micropython", "never")
        lives = running.do("status")["ok"]
        number = running.process.pid

    assert second.returncode == 4
    assert f"a world runs here already (process {number}); stop it, or name another --dir" in second.stderr
    assert lives


def test_a_killed_world_starts_again_with_its_meter_another_boot_id_and_no_car(tmp_path: Path) -> None:
    with world(tmp_path, "--seed", "7") as running:
        running.do("adapter", "state=C", "load_a=80")
        running.do("fault", "name=weld", "found_closed=yes")
        deadline = time.monotonic() + 10
        while running.connector()["meter"]["register_wh"] < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        before = running.connector()
        running.end(signal.SIGKILL)
    left_behind = sorted(entry.name for entry in tmp_path.iterdir() if entry.is_symlink() or entry.is_socket())
    (tmp_path / "forgotten").symlink_to("/dev/pts/4711")

    with world(tmp_path, "--seed", "7") as running:
        after = running.connector()
        wires = {entry.name: entry.resolve().is_char_device() for entry in tmp_path.iterdir() if entry.is_symlink()}

    assert left_behind == ["control.sock", "pilot", "reader", "rs485"]
    assert wires == {"pilot": True, "reader": True, "rs485": True}
    assert after["meter"]["register_wh"] >= before["meter"]["register_wh"] >= 2
    assert after["board"]["boot_id"] != before["board"]["boot_id"]
    assert after["plugged"] is None
    assert after["contactor"] == "open"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--board", "sim-triple"), 2, "known boards: "),
        (("--board", "sim-single", "--micropython", "/no/such/micropython"), 2, "there is no such program"),
        (("--board", "sim-single", "--meter-wh", "-3"), 2, "is no register"),
        (("--micropython", "never"), 2, "--board"),
        (("--board", "sim-single", "--kind", "wings=2"), 2, "kind: wings is no property of a board"),
        (("--board", "sim-single", "--kind", "wings"), 2, "kind: 'wings' is not key=value"),
    ],
)
def test_wrong_use_is_answered_in_words(tmp_path: Path, options: tuple[str, ...], code: int, words: str) -> None:
    answer = run_badly(tmp_path / "world", *options)

    assert answer.returncode == code
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_counters_that_cannot_be_read_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "meter.json").write_text("{")

    answer = run_badly(tmp_path, "--board", "sim-single", "--micropython", "never")

    assert answer.returncode == 4
    assert "holds no meter counters; move it away" in answer.stderr
    assert (tmp_path / "meter.json").read_text() == "{"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    answer = run_badly(tmp_path / "file" / "world", "--board", "sim-single", "--micropython", "never")

    assert answer.returncode == 1
    assert str(tmp_path / "file") in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 100)

    answer = run_badly(folder, "--board", "sim-single", "--micropython", "never")

    assert answer.returncode == 1
    assert "a shorter --dir may help" in answer.stderr
    assert [entry for entry in folder.iterdir() if entry.is_symlink()] == []
