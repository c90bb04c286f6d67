"""From answers to a board file: it loads, a car charges on it, and a wrong answer is asked for again, with why."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.config.boards import read_board
from agent.drivers import loader
from agent.toml_files.reader import read
from tests.simulation.stage import Charger, tell
from tools.new_board.__main__ import EXIT_FAILED, EXIT_OK, EXIT_WRONG_USE, main

HEAD = """
# Who it is.
board = my-box
vendor = Wattmeter Works
model = Box
rated_current_a = 16
phases = 3
"""
PILOT = "connector.1.control_pilot = pilot_board\nbus.pilot.port = /dev/serial/by-id/usb-pilot\n"
METER = """
connector.1.meter = modbus_map
bus.rs485.kind = modbus_rtu
bus.rs485.port = /dev/ttyAMA1
connector.1.meter.map = eastron-sdm630
connector.1.meter.address = 1
"""
READER = "token_reader = serial_ascii\ntoken_reader.port = /dev/ttyAMA2\n"

TETHERED = HEAD + PILOT + METER + READER
SOCKET = TETHERED + "connector.1.outlet = socket\n"
OPENEVSE = HEAD + METER + READER + "connector.1.control_pilot = openevse\nbus.evse.port = /dev/ttyUSB0\n"
ON_THE_NETWORK = (
    HEAD
    + PILOT
    + READER
    + """
connector.1.meter = modbus_map
connector.1.meter.bus = cabinet
bus.cabinet.kind = modbus_tcp
bus.cabinet.host = 192.168.1.20
bus.cabinet.pause_ms = 20
connector.1.meter.map = schneider-iem3000
connector.1.meter.address = 7
"""
)
TWO = (
    TETHERED
    + """
connectors = 2
connector.2.outlet = socket
connector.2.control_pilot = pilot_board
connector.2.control_pilot.bus = pilot2
bus.pilot2.port = /dev/serial/by-id/usb-pilot-2
connector.2.meter = modbus_map
connector.2.meter.map = eastron-sdm630
connector.2.meter.address = 2
"""
)
FILES = {"tethered": TETHERED, "socket": SOCKET, "openevse": OPENEVSE, "tcp": ON_THE_NETWORK, "two": TWO}


def made(folder: Path, answers: str) -> tuple[int, Path]:
    """The exit code, and where the board file is if there is one."""
    file, board = folder / "answers.txt", folder / "my_box.toml"
    file.write_text(answers)
    return main(["--answers", str(file), "--output", str(board)]), board


def written(folder: Path, answers: str) -> dict[str, Any]:
    code, board = made(folder, answers)
    assert code == EXIT_OK
    return tomllib.loads(board.read_text())


@pytest.mark.parametrize("answers", FILES.values(), ids=FILES)
def test_what_is_written_is_a_board_file_without_a_problem(tmp_path: Path, answers: str) -> None:
    code, board = made(tmp_path, answers)
    document = read(board)

    assert code == EXIT_OK
    assert read_board(document, loader) is not None
    assert document.problems.lines() == ()


@pytest.mark.parametrize("answers", FILES.values(), ids=FILES)
def test_a_car_charges_on_what_is_written(tmp_path: Path, answers: str) -> None:
    _, board = made(tmp_path, answers)

    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(60.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(16, abs=0.2)
        await charger.swipe()
        await charger.passes(10.0)
        (transaction,) = charger.transactions()
        assert transaction["energy_wh"] > 100

    tell(story, board=str(board))


def test_a_device_of_the_same_box_is_suggested_and_not_asked_for_twice(tmp_path: Path) -> None:
    (connector,) = written(tmp_path, SOCKET)["connector"]

    same = {"driver": "pilot_board", "bus": "pilot"}
    assert [connector[name] for name in ("control_pilot", "contactor", "lock", "indicator")] == [same] * 4


def test_each_connector_gets_a_pilot_board_of_its_own_and_the_meters_share_their_line(tmp_path: Path) -> None:
    board = written(tmp_path, TWO)

    assert sorted(board["bus"]) == ["pilot", "pilot2", "rs485"]
    assert [one["control_pilot"]["bus"] for one in board["connector"]] == ["pilot", "pilot2"]
    assert [one["meter"]["address"] for one in board["connector"]] == [1, 2]


def test_a_contactor_that_may_go_on_alone_makes_a_board_for_the_laboratory(tmp_path: Path) -> None:
    _, board = made(tmp_path, OPENEVSE)

    assert tomllib.loads(board.read_text())["lab_only"] is True
    assert "Never commissioned" in board.read_text()
    assert "lab_only" not in written(tmp_path, TETHERED + "overwrite = yes\n")


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("rated_current_a = 16", "rated_current_a = 100", "100 is above 80 A"),
        ("rated_current_a = 16", "rated_current_a = much", '"much" is not a number'),
        ("phases = 3", "phases = 2", "2 is not 1 or 3"),
        ("connector.1.control_pilot = pilot_board", "connector.1.control_pilot = pilot", 'did you mean "pilot_board"'),
        ("connector.1.meter.map = eastron-sdm630", "connector.1.meter.map = sdm630", 'there is no map "sdm630"'),
        ("connector.1.meter.address = 1", "connector.1.meter.address = 300", "300 is above 247"),
        ("bus.rs485.port = /dev/ttyAMA1", "connector.1.meter.bus = pilot", "is of kind pilot_board, and modbus_rtu"),
        ("connectors = 1", "connectors = none", "is no number from 1 to"),
        ("connector.1.outlet = tethered", "connector.1.outlet = plug", 'there is no "plug"'),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_asked_for_again_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], right: str, wrong: str, reason: str
) -> None:
    answers = TETHERED if right in TETHERED else TETHERED + right + "\n"
    again = "connector.1.meter.bus = rs485\n" if "meter.bus" in wrong else ""

    code, _ = made(tmp_path, answers.replace(right, f"{wrong}\n{again}{right}"))

    told = capsys.readouterr().err
    assert code == EXIT_OK
    assert told.startswith(wrong.partition(" ")[0] + ": ")
    assert reason in told


def test_a_rule_between_two_answers_is_asked_about_again_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = ON_THE_NETWORK.replace("host = 192", "host = meter.local\nbus.cabinet.host = 192")

    assert made(tmp_path, answers)[0] == EXIT_OK
    assert '"meter.local" is not a numeric address' in capsys.readouterr().err


def test_a_wrong_answer_that_is_the_last_one_ends_with_its_reason_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, board = made(tmp_path, TETHERED.replace("address = 1", "address = 300"))

    assert code == EXIT_WRONG_USE
    assert not board.exists()
    assert "new_board: connector.1.meter.address: 300 is above 247" in capsys.readouterr().err


def test_a_question_without_an_answer_and_without_a_default_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = made(tmp_path, TETHERED.replace("bus.rs485.port = /dev/ttyAMA1\n", ""))

    assert code == EXIT_WRONG_USE
    assert "new_board: bus.rs485.port: has no answer" in capsys.readouterr().err


def test_what_lies_between_tables_is_told_all_at_once_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = TWO.replace("usb-pilot-2", "usb-pilot").replace("address = 2", "address = 1")

    code, board = made(tmp_path, answers)

    told = capsys.readouterr().err
    assert code == EXIT_FAILED
    assert not list(tmp_path.glob("*.toml*")), board
    assert "is already the port of bus.pilot" in told
    assert "is already connector.1.meter" in told
    assert "2 problem(s); nothing was written" in told


@pytest.mark.parametrize(("answer", "kept"), [("", True), ("overwrite = no", True), ("overwrite = yes", False)])
def test_a_file_that_is_there_is_overwritten_only_where_somebody_says_so(
    tmp_path: Path, answer: str, kept: bool
) -> None:
    (tmp_path / "my_box.toml").write_text("mine")

    code, board = made(tmp_path, TETHERED + answer)

    assert (board.read_text() == "mine") is kept
    assert code == (EXIT_FAILED if kept else EXIT_OK)


def test_an_answer_to_a_question_that_nobody_asked_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, TETHERED + "connector.1.metre.address = 2\n")

    assert "nobody asked for connector.1.metre.address" in capsys.readouterr().out


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_person_answers_by_number_by_name_and_by_nothing_for_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "b.toml"
    answers: Mapping[str, str] = {
        "board": "my-box", "vendor": "me", "model": "Box", "rated": "99", "rated again": "32", "phases": "3",
        "connectors": "", "outlet": "1", "pilot": "pilot_board", "its bus": "", "port": "/dev/x", "more": "baud",
        "baud": "115200", "contactor": "", "contactor's bus": "", "meter": "modbus_map", "meter's bus": "",
        "kind of bus": "", "port of the line": "/dev/y", "more of the line": "", "map": "eastron-sdm630",
        "address": "1",
    }  # fmt: skip
    typed(monkeypatch, *answers.values(), *[""] * 30)

    assert main(["--output", str(board)]) == EXIT_OK

    made_of_it = tomllib.loads(board.read_text())
    assert made_of_it["bus"] == {
        "pilot": {"kind": "pilot_board", "port": "/dev/x", "baud": 115200},
        "rs485": {"kind": "modbus_rtu", "port": "/dev/y"},
    }
    assert "rated_current_a: 99 is above 80 A" in capsys.readouterr().err


def test_a_keyboard_that_ends_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "my-box")

    assert main(["--output", str(tmp_path / "b.toml")]) == EXIT_WRONG_USE
    assert "nothing was written" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_a_person_typed_is_kept_where_it_contradicts_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [
        "my-box",
        " ",
        "Works",
        "Box",
        "16",
        "2",
        "3",
        "1",
        "tethered",
        "pilot_board",
        "pilot",
        "/dev/ttyA",
        "none",
    ]
    typed += ["", "", "modbus_map", "rs485", "modbus_rtu", "/dev/ttyA", "none", "eastron-sdm630", "1", "none"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(typed) + "\n" * 20))
    board = tmp_path / "my_box.toml"

    assert main(["--output", str(board)]) == EXIT_FAILED

    said = capsys.readouterr()
    kept = tmp_path / "my_box.toml.answers"
    assert "is already the port of bus.pilot" in said.err
    assert "vendor: " in said.err
    assert "phases: " in said.err
    assert "eastron-sdm120, eastron-sdm230" in said.out
    assert str(kept) in said.err
    text = kept.read_text()
    assert "vendor = Works\nmodel = Box" in text
    kept.write_text(text.replace("bus.rs485.port = /dev/ttyA\n", "bus.rs485.port = /dev/ttyB\n"))
    assert main(["--answers", str(kept), "--output", str(board)]) == EXIT_OK
