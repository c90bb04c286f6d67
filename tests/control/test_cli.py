"""`evsectl` from the command line to a server in another process: words, JSON, exit codes."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.model import ControlConfig
from agent.control.cli import BY_REFUSAL, Exit, main
from agent.control.client import DEFAULT_SOCKET
from agent.control.registry import verb_names
from agent.control.wire import RefusalKind
from tests.control.charger import SITE
from tests.control.paper_service import packed

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a charger in another process."""
    folder = tmp_path_factory.mktemp("served")
    with serving(folder):
        yield folder / "c.sock"


class serving:
    """The other process, for as long as the block runs."""

    def __init__(self, folder: Path, *how: str) -> None:
        command = [sys.executable, "-m", "tests.control.serving_process", str(folder), *how]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> subprocess.Popen[str]:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


Output = pytest.CaptureFixture[str]


def evsectl(socket_path: Path, *words: str) -> int:
    return main(["--socket", str(socket_path), *words])


def test_status_for_people(served: Path, capsys: Output) -> None:
    code = evsectl(served, "status")

    said = capsys.readouterr()
    assert code == Exit.OK
    assert "connector 1  Charging" in said.out
    assert "\x1b" not in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    "words", [["--json", "status"], ["status", "--json"], ["status", "--json", "--connector", "1"]]
)
def test_json_before_or_behind_the_verb(served: Path, capsys: Output, words: list[str]) -> None:
    assert evsectl(served, *words) == Exit.OK

    assert json.loads(capsys.readouterr().out)["connectors"][0]["status"] == "Charging"


@pytest.mark.parametrize(
    "words",
    [
        *(["status"], ["sessions"], ["events"], ["explain"], ["version"], ["token", "list"], ["config", "show"]),
        ["config", "explain", "current"],
    ],
)
def test_every_reading_verb_prints_one_json_document(served: Path, capsys: Output, words: list[str]) -> None:
    assert evsectl(served, *words, "--json") == Exit.OK

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert isinstance(json.loads(out), dict)


def test_sessions_hold_the_energy_as_a_whole_number(served: Path, capsys: Output) -> None:
    evsectl(served, "sessions", "--json")

    assert json.loads(capsys.readouterr().out)["sessions"][0]["energy_wh"] >= 0


def test_a_capture_is_written_by_the_caller_himself(served: Path, capsys: Output, tmp_path: Path) -> None:
    file = tmp_path / "pilot.csv"

    assert evsectl(served, "board", "capture", "--csv", str(file), "--json") == Exit.OK

    assert json.loads(capsys.readouterr().out)["duty_percent"] == pytest.approx(27, abs=0.5)
    assert file.read_text().count("\n") == 10_001


def test_an_image_is_read_by_the_caller_himself(served: Path, capsys: Output, tmp_path: Path) -> None:
    file = tmp_path / "firmware.img"
    file.write_bytes(packed(content=bytes(3000)))

    assert evsectl(served, "board", "flash", str(file)) == Exit.OK
    assert capsys.readouterr().out.splitlines()[-1] == "the new firmware stayed: 0.2.0 (before: 0.1.0)"

    assert evsectl(served, "board", "flash", str(tmp_path / "none")) == Exit.WRONG_USE
    assert "cannot be read" in capsys.readouterr().err
    assert evsectl(served, "board", "flash", str(file), "--connector", "1") == Exit.WRONG_USE


@pytest.mark.parametrize(
    "words",
    [
        ["board", "flash", "/nope"],
        ["board", "clear", "contactor.welded", "--operator", "me", "--reason", "done", "--signature", "/nope"],
    ],
)
def test_a_file_that_is_not_there_is_said_before_anybody_is_asked(
    tmp_path: Path, capsys: Output, words: list[str]
) -> None:
    assert evsectl(tmp_path / "no agent" / "c.sock", *words) == Exit.WRONG_USE

    assert capsys.readouterr().err == "evsectl: /nope cannot be read (No such file or directory)\n"


def test_a_wrong_verb_names_the_nearest(served: Path, capsys: Output) -> None:
    assert evsectl(served, "statsu") == Exit.WRONG_USE

    assert 'there is no verb "statsu"; did you mean "status"?' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["token", "ad"], 'did you mean "add"'),
        (["token", "add"], '"token add" needs TOKEN; write: evsectl token add TOKEN'),
        (["board", "clear", "x", "--operator", "me"], '"board clear" needs --reason and --signature; write: evsectl '),
        (["--socket"], "--socket needs a value: where the agent listens; write --socket /run/evse-agent/control.sock"),
        (["status", "--json=3"], "--json takes no value; write it alone"),
        (["faults", "clear", "--id"], '"faults clear" has no --id'),
        (["start", "--token"], "--token needs a value: who answers for it"),
        (["start", "--token", "--connector", "1"], "--token needs a value: who answers for it"),
        (["token", "list", "-x"], '"token list" has no -x; known here: '),
        (["status", "--conector", "1"], '"status" has no --conector; did you mean "--connector"?'),
        (["status", "--conector=1"], '"status" has no --conector; did you mean "--connector"?'),
        (["faults", "clear", "x", "--reson", "y"], '"faults clear" has no --reson; did you mean "--reason"?'),
        (["version", "--zzz"], '"version" has no --zzz; known here: '),
        (["status", "more"], '"status" has no place for "more"; leave it away, or see: evsectl status --help'),
        (["status", "--connector"], "--connector needs a value: only this connector; write --connector N"),
        (["status", "--connector", "one"], "connector: 'one' is no whole number; write the number of one, as 1"),
        (["events", "--limit", "one"], "limit: 'one' is no whole number; write one from 1 to"),
        (["status", "--connector", "0"], "0 is outside of 1 to"),
        (["status", "--connector", "9"], "there is no connector 9; this charger has 1 and 2"),
        (["--jsn", "status"], 'did you mean "--json"'),
        (["completion", "fish"], 'shell: there is no "fish"; known here: bash, zsh'),
    ],
)
def test_wrong_use_is_one_sentence(served: Path, capsys: Output, words: list[str], said: str) -> None:
    assert evsectl(served, *words) == Exit.WRONG_USE

    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("evsectl: ")


def test_what_the_state_forbids_is_refused(served: Path, capsys: Output) -> None:
    assert evsectl(served, "stop", "--connector", "2") == Exit.REFUSED

    assert "no charge runs here" in capsys.readouterr().err


def test_a_refusal_is_json_too_when_asked_for(served: Path, capsys: Output) -> None:
    assert evsectl(served, "stop", "--connector", "2", "--json") == Exit.REFUSED

    assert json.loads(capsys.readouterr().out)["kind"] == "busy"


def test_a_charge_is_started_and_stopped(served: Path, capsys: Output) -> None:
    assert evsectl(served, "start", "--connector", "2", "--token", "04A1B2C3D4") == Exit.OK
    assert "is accepted; plug the car in" in capsys.readouterr().out
    assert evsectl(served, "stop", "--connector", "2") == Exit.OK


def test_a_token_can_come_from_the_standard_input(
    served: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("04DEADBEEF\n"))

    assert evsectl(served, "token", "add", "-", "--label", "fleet 7") == Exit.OK
    assert evsectl(served, "token", "list") == Exit.OK

    assert "…BEEF  fleet 7" in capsys.readouterr().out


def test_a_question_needs_a_terminal_or_its_answer_in_the_command(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("QE-000123\n"))
    with serving(tmp_path, "idle"):
        assert evsectl(tmp_path / "c.sock", "factory-reset") == Exit.WRONG_USE
        assert "this is no terminal; write --confirm QE-000123 instead" in capsys.readouterr().err
        assert evsectl(tmp_path / "c.sock", "factory-reset", "--confirm", "QE-000123") == Exit.OK


def test_the_help_of_a_reset_says_the_word_for_a_charger_without_a_serial_number(capsys: Output) -> None:
    with pytest.raises(SystemExit):
        main(["factory-reset", "--help"])

    assert '"erase" where it has none' in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("typed", "code"), [(b"QE-000123\n", Exit.OK), (b"\n", Exit.WRONG_USE)])
def test_a_person_at_a_terminal_types_the_confirmation(tmp_path: Path, typed: bytes, code: Exit) -> None:
    keyboard, terminal = os.openpty()
    command = [sys.executable, "-m", "agent.control.cli", "--socket", str(tmp_path / "c.sock"), "factory-reset"]
    with serving(tmp_path, "idle"):
        os.write(keyboard, typed)
        done = subprocess.run(
            command, cwd=ROOT, stdin=terminal, capture_output=True, text=True, timeout=20, check=False
        )
    os.close(keyboard)
    os.close(terminal)

    assert "Type QE-000123 to erase this charger" in done.stderr
    assert done.returncode == code


def test_every_kind_of_refusal_has_its_exit_code() -> None:
    assert set(BY_REFUSAL) == set(RefusalKind)
    assert BY_REFUSAL[RefusalKind.TIMED_OUT] is Exit.TIMED_OUT
    assert BY_REFUSAL[RefusalKind.NOT_PERMITTED] is Exit.REFUSED
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4, 5]


def test_a_good_site_file_is_found_good_without_an_agent(tmp_path: Path, capsys: Output) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE)

    assert main(["config", "check", str(site)]) == Exit.OK
    assert main(["config", "explain", "current", "--connector", "2", "--config", str(site)]) == Exit.OK

    said = capsys.readouterr().out
    assert "can be used" in said
    assert "connector 2: 16.0 A by configuration; connector.2.fuse_current_a decides" in said


def test_every_problem_of_a_site_file_is_told_with_its_line(tmp_path: Path, capsys: Output) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE.replace("supply_current_a = 32", "supply_current_a = 5").replace("url =", "ulr ="))

    code = main(["config", "check", str(site)])

    said = capsys.readouterr().out
    assert code == Exit.FAILED
    assert f"{site}:8: site.supply_current_a: 5 is below 6 A" in said
    assert 'did you mean "url"' in said


def test_showing_a_bad_file_points_to_its_check(tmp_path: Path, capsys: Output) -> None:
    site = tmp_path / "site.toml"
    site.write_text("board = 7\n")

    assert main(["config", "show", "--config", str(site)]) == Exit.WRONG_USE
    assert "evsectl config check" in capsys.readouterr().err


def test_help_lists_every_verb_with_the_role_it_needs(capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in said for name in verb_names())
    assert "factory-reset      service" in said
    assert "5 too late" in said


def test_the_default_socket_is_the_one_of_the_configuration() -> None:
    assert ControlConfig().socket == DEFAULT_SOCKET


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("evsectl sta", "start status"),
        ("evsectl token ", "add remove list --json --socket --help"),
        ("evsectl token add --l", "--label"),
        ("evsectl --socket x.sock config ex", "explain"),
    ],
)
def test_bash_completes(tmp_path: Path, capsys: Output, typed: str, offered: str) -> None:
    assert main(["completion", "bash"]) == Exit.OK
    script = tmp_path / "evsectl.bash"
    script.write_text(capsys.readouterr().out)
    words = typed.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)

    run = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _evsectl; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash", "-c", run], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == offered


def test_watch_follows_until_ctrl_c(served: Path) -> None:
    command = [sys.executable, "-m", "agent.control.cli", "--socket", str(served), "watch"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert "connector 1" in first
    assert (process.returncode, errors) == (Exit.OK, "")


def test_watch_ends_with_the_agent(tmp_path: Path) -> None:
    with serving(tmp_path) as agent:
        command = [sys.executable, "-m", "agent.control.cli", "--socket", str(tmp_path / "c.sock"), "watch", "--json"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            agent.kill()
            _, errors = process.communicate(timeout=10)

    assert first["connector"]["connector"] == 1
    assert process.returncode == Exit.NOT_REACHABLE
    assert "the agent ended" in errors
    assert "Traceback" not in errors


def test_a_reader_who_had_enough_is_no_error(served: Path) -> None:
    command = f"{sys.executable} -m agent.control.cli --socket {served} config show | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stderr == ""


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_agent_loads_neither_the_parser_nor_the_rendering() -> None:
    loaded = loaded_by("import agent.control.server")

    assert not loaded & {"argparse", "agent.control.render", "agent.control.cli", "agent.control.client"}
    assert not [name for name in loaded if name.startswith("agent.control.verbs.")]


def test_the_command_line_starts_without_event_loop_and_database() -> None:
    assert not loaded_by("import agent.control.cli, agent.control.verbs.status") & {"asyncio", "sqlite3", "agent.store"}
