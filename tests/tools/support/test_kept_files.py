"""A file that comes with an answer is kept here, whatever verb it was asked by, and over no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.orders.envelope import Order
from tests.tools.support.chargers import FakeCharger
from tests.tools.support.conftest import Engineer, Makes
from tools.support.__main__ import main
from tools.support.kept_files import kept
from tools.support.ordering import Outcome

OCTETS = bytes(range(251)) * 20
MADE = {"claim_id": "QE-1-7", "bytes": len(OCTETS), "records": [], "gaps": [], "signed": True, "hash": "ab"}
Captured = pytest.CaptureFixture[str]


def sends(one: FakeCharger, order: Order) -> None:
    one.say(order, "result", body=MADE, blob=one.send_file(order, "claim-7.tar", OCTETS), passed=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the person stands."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def test_evidence_is_written_under_its_own_name_and_over_no_other(
    engineer: Engineer, charger: Makes, folder: Path, capsys: Captured
) -> None:
    charger(answer=sends)
    (folder / "claim-7.tar").write_text("mine")

    assert main(engineer.words("do", "QE-1", "evidence", "make")) == 0

    assert (folder / "claim-7.tar").read_text() == "mine"
    assert (folder / "claim-7-2.tar").read_bytes() == OCTETS
    assert "5020 bytes in claim-7-2.tar" in capsys.readouterr().err
    assert len(list(folder.iterdir())) == 2


def test_it_is_written_where_to_says_and_the_place_stays_here(engineer: Engineer, charger: Makes, folder: Path) -> None:
    one = charger(answer=sends)

    assert main(engineer.words("do", "QE-1", "evidence", "make", "--to", "mine.tar")) == 0

    assert (folder / "mine.tar").read_bytes() == OCTETS
    assert dict(one.orders[0].args) == {}


def captured(one: FakeCharger, order: Order) -> None:
    one.say(order, "result", body={"connector": 1, "step_us": 10, "levels_mv": [9000] * 400}, passed=True)


def test_what_evsectl_makes_of_an_answer_is_made_here_too(
    engineer: Engineer, charger: Makes, folder: Path, capsys: Captured
) -> None:
    one = charger(answer=captured)

    assert main(engineer.words("do", "QE-1", "board", "capture", "--connector", "1", "--csv", "pilot.csv")) == 0

    assert "400 samples in 4 ms" in capsys.readouterr().out
    assert (folder / "pilot.csv").read_text().startswith("time_us,pilot_v\n")
    assert dict(one.orders[0].args) == {"connector": 1}


@pytest.mark.parametrize("place", ["there", ".", "no/such/folder"])
def test_a_place_that_will_not_do_is_refused_before_the_charger_is_asked(
    engineer: Engineer, charger: Makes, folder: Path, place: str, capsys: Captured
) -> None:
    one = charger(answer=sends)
    (folder / "there").write_text("mine")

    assert main(engineer.words("do", "QE-1", "evidence", "make", "--to", place)) == 2

    assert one.orders == [] and "--to: " in capsys.readouterr().err
    assert (folder / "there").read_text() == "mine"


def test_a_file_that_was_changed_on_its_way_is_told_and_not_kept(
    engineer: Engineer, charger: Makes, folder: Path, capsys: Captured
) -> None:
    def spoils(one: FakeCharger, order: Order) -> None:
        one.say(order, "result", body=MADE, blob=one.send_file(order, "claim-7.tar", OCTETS, spoil=2), passed=True)

    charger(answer=spoils)

    assert main(engineer.words("do", "QE-1", "evidence", "make")) == 1

    assert "the file of QE-1 is not whole: its SHA-256" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("told", "name"),
    [("../../a.tar", "a.tar"), ("..", "QE-1.bin"), ("", "QE-1.bin"), (".bashrc", "bashrc"), ("C:\\x\\b", "b")],
)
def test_a_charger_names_a_file_and_no_place(folder: Path, told: str, name: str) -> None:
    assert kept(Outcome(body={}, file=b"1", file_name=told), None, "QE-1") == Path(name)
    assert [one.name for one in folder.iterdir()] == [name]
