"""`evse-agent datasheet`: what a board file and its drivers say, as JSON and as a page."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from agent.__main__ import main
from agent.config.boards import known_boards
from agent.control.datasheet import sheet_of
from agent.control.datasheet_pdf import outlet_row, rating_rows


def test_every_board_has_a_sheet_with_what_protects_and_what_does_not() -> None:
    for board in known_boards():
        sheet = sheet_of(board)

        assert json.loads(json.dumps(sheet)) == sheet
        assert sheet["outlets"], board
        assert all(one["protects"] and one["missing"] for one in sheet["protective_functions"]), board


def test_ratings_are_those_of_the_board_file() -> None:
    dual = sheet_of("pi-pilot-dual-11kw")

    assert dict(rating_rows(dual["ratings"])) == {
        "Rated current of an outlet": "16 A",
        "Least current offered": "6 A",
        "Phases": "3",
        "Nominal voltage": "400 V",
        "Power of an outlet": "11.0 kW",
        "Outlets": "2",
        "Charging mode": "mode 3, IEC 61851-1, control pilot by pulse width",
        "Sharing of the supply": "the outlets of one charger share its supply; "
        "its breaker is never exceeded by their sum",
    }
    assert outlet_row(dual["outlets"][1])[1:3] == ["tethered cable", "eastron-sdm72d-m-v2, 3 phases"]


def test_a_socket_says_that_it_holds_the_plug_and_a_signing_meter_that_it_signs() -> None:
    assert outlet_row(sheet_of("sim-socket")["outlets"][0])[1] == "socket, plug locked"
    assert outlet_row(sheet_of("sim-signing")["outlets"][0])[2].endswith("signs its register")


def test_a_laboratory_board_is_never_offered_as_more() -> None:
    assert sheet_of("pi-gpio-lab")["statements"][0].startswith("For the laboratory only")


def test_it_is_printed_alone_and_a_wrong_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasheet", "sim-dual"]) == 0
    assert json.loads(capsys.readouterr().out)["board"] == "sim-dual"

    assert main(["datasheet", "sim-dul"]) == 2
    assert 'there is no board "sim-dul"; did you mean "sim-dual"?' in capsys.readouterr().err


@pytest.mark.processes
def test_a_pdf_is_made_by_a_process_of_its_own_or_what_is_missing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sheet.pdf"
    has_library = importlib.util.find_spec("reportlab") is not None

    code = main(["datasheet", "sim-dual", "--pdf", str(file)])

    if has_library:
        assert code == 0
        assert file.read_bytes().startswith(b"%PDF-")
        assert main(["datasheet", "sim-dual", "--pdf", str(tmp_path / "none" / "sheet.pdf")]) == 1
        assert "was not written" in capsys.readouterr().err
    else:
        assert code == 1
        assert not file.exists()
        assert "install evse-agent[pdf]" in capsys.readouterr().err
