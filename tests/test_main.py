"""The command line of `evse-agent`: what is typed wrongly is one sentence that says what to type."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent.__main__ import EXIT_FAILED, EXIT_UNUSABLE, EXIT_WRONG_USE, main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to do; write: evse-agent run, or: evse-agent check"),
        (["chek"], 'there is no "chek"; did you mean "check"?'),
        (["charge"], 'there is no "charge"; known here: run, check, network, schema'),
        (["run", "--confg", "x"], '"run" has no --confg; did you mean "--config"?'),
        (["check", "site.toml"], '"check" has no place for "site.toml"; leave it away, or see: evse-agent --help'),
        (["schema", "bord"], 'there is no schema of "bord"; did you mean "board"?'),
        (["schema", "site", "x"], '"schema site" has no place for "x"; leave it away'),
        (["check", "--config"], "--config needs a value: the site file; write --config /etc/evse-agent/site.toml"),
    ],
)
def test_wrong_use_is_one_sentence(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(words) == EXIT_WRONG_USE

    assert capsys.readouterr().err == f"evse-agent: {said}\n"


@pytest.mark.parametrize("words", [[], ["board"], ["site"]])
def test_a_schema_is_printed_alone_so_that_it_can_be_sent_into_a_file(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["schema", *words]) == 0

    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].endswith("draft/2020-12/schema")
    assert ("country" in str(schema)) == (words == ["site"])


@pytest.mark.parametrize("place", [0, 1])
def test_the_site_file_may_be_named_before_and_behind_what_is_to_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: int
) -> None:
    words = ["check"]
    words[place:place] = ["--config", str(tmp_path / "site.toml")]

    assert main(words) == EXIT_UNUSABLE

    assert "there is no such file; check the path" in capsys.readouterr().err


SITE = """
board = "sim-single"
[site]
country = "DE"
supply_current_a = 32
commissioning = "lab"
[control]
socket = "{socket}"
[storage]
path = "{folder}"
"""
OCPP = """
[ocpp]
version = "1.6"
url = "ws://127.0.0.1:9/"
identity = "CP-1"
security_profile = 0
"""


@pytest.mark.parametrize(
    ("more", "says"),
    [(OCPP, "First to mend: TCP connection: port 9: 127.0.0.1 refuses"), ("", "no central system is configured")],
)
def test_where_no_agent_runs_the_network_is_checked_by_the_site_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, says: str
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(socket=tmp_path / "c.sock", folder=tmp_path) + more)

    assert main(["network", "--config", str(file)]) == EXIT_FAILED

    assert says in capsys.readouterr().out


def test_an_agent_that_runs_is_not_thrown_off_by_a_check_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, path = tmp_path / "site.toml", tmp_path / "c.sock"
    file.write_text(SITE.format(socket=path, folder=tmp_path) + OCPP)

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
        agent.bind(str(path))
        agent.listen()
        code = main(["network", "--config", str(file)])

    said = capsys.readouterr()
    assert (code, said.out) == (EXIT_FAILED, "")
    assert f"an agent is running; ask it: evsectl --socket {path} network check" in said.err


def test_a_reader_that_has_seen_enough_of_a_schema_is_no_failure() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as nobody_reads:
        ended = subprocess.run(
            [sys.executable, "-m", "agent", "schema", "board"], stdout=nobody_reads, stderr=subprocess.PIPE, check=False
        )

    assert (ended.returncode, ended.stderr) == (0, b"")


COLLECTS = """
import gc, os, signal, sys, threading, time
from agent.__main__ import main

def look():
    until_s = time.monotonic() + 60
    while not gc.isenabled() and time.monotonic() < until_s:
        time.sleep(0.02)
    print("collects" if gc.isenabled() else "never collects")
    os.kill(os.getpid(), signal.SIGTERM)

gc.disable()
threading.Thread(target=look).start()
sys.exit(main(["run", "--config", sys.argv[1]]))
"""


def test_rings_of_dead_objects_are_looked_for_again_once_the_start_is_over(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(socket=tmp_path / "c.sock", folder=tmp_path))

    ended = subprocess.run([sys.executable, "-c", COLLECTS, str(file)], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (0, "collects\n")


def test_an_agent_that_starts_anew_is_the_same_program_in_whatever_folder_it_was_started(tmp_path: Path) -> None:
    file, path = tmp_path / "site.toml", tmp_path / "c.sock"
    file.write_text(SITE.format(socket=path, folder=tmp_path))
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "__init__.py").touch()
    program = Path(sys.executable).with_name("evse-agent")
    evsectl = [sys.executable, "-m", "agent.control.cli", "--socket", str(path)]
    command = [*evsectl, "restart", "service", "--reason", "a new setting"]

    with subprocess.Popen(
        [program, "run", "--config", str(file)],
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as agent:
        assert agent.stdout is not None
        try:
            first = any("agent.started" in line for line in agent.stdout)
            asked = subprocess.run(command, capture_output=True, text=True, check=False)
            again = any("agent.started" in line for line in agent.stdout)
        finally:
            agent.terminate()

    assert (asked.returncode, first, again) == (0, True, True), asked.stderr
