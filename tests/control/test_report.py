"""`evsectl report`: sealed once, exported as it lies, and what is wrong with a place told at once."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.control.registry import find
from agent.control.roles import Role
from agent.core.commissioning.model import Job, skipped
from agent.core.commissioning.steps import Site
from agent.errors import BadRequest, StoreError, StoreFull
from agent.security.sealed import CLAIM, Signer, examine
from agent.security.sealed import sealed as seal_document
from agent.station.report_shelf import ReportShelf
from firmware_sim.virtual_loop import run
from tests.commissioning_jobs import SITE, TWO, job, with_attempt
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger
from tests.control.shelf import Room, shelf_in

LACKING = with_attempt(job(), "ST302", skipped("The adapter has no DC source."), TWO)


@pytest.fixture
def sealed(charger: Charger) -> Iterator[Charger]:
    """A charger with two reports: one that is not complete, and one that is."""
    for one in (LACKING, job()):
        run(charger.reports.seal(one, SITE))
    yield charger
    charger.shelf_room.store.writer.drop()


@pytest.fixture
def shelf(charger: Charger, tmp_path: Path) -> Iterator[tuple[ReportShelf, Room]]:
    made = shelf_in(tmp_path / "store", charger.config, charger.now)
    yield made
    made[1].store.writer.drop()


def seal(shelf: ReportShelf, of: Job = LACKING, site: Site = SITE) -> Any:
    return run(shelf.seal(of, site))


def test_the_list_tells_verdict_hash_and_who_signed(sealed: Charger, socket_path: Path) -> None:
    body = asked(sealed, socket_path, "report list")

    assert [(one["number"], one["complete"], one["signed"]) for one in body["reports"]] == [
        (1, False, True),
        (2, True, True),
    ]
    assert "NOT COMPLETE, 1 missing" in shown("report list", body)


def test_each_report_names_the_one_before_and_is_proven_by_the_key_that_is_told(
    sealed: Charger, socket_path: Path
) -> None:
    first, second = (examined(sealed, socket_path, number) for number in (1, 2))
    key = bytes.fromhex(asked(sealed, socket_path, "report key")["public_key"])

    assert first["seal"]["previous"] is None
    assert second["seal"]["previous"]["hash"] == first["seal"]["hash"]
    assert examine(run(sealed.reports.file(2)), key).proves_origin


def examined(charger: Charger, socket_path: Path, number: int) -> Any:
    return json.loads("".join(asked(charger, socket_path, "report export", number=number, file="x")["pieces"]))


def test_the_json_is_written_as_it_lies(sealed: Charger, socket_path: Path, tmp_path: Path) -> None:
    action, file = find("report export"), tmp_path / "report.json"
    body = asked(sealed, socket_path, "report export", number=2, file=str(file))
    assert action.keep is not None

    told = action.keep({"number": 2, "file": str(file), "format": "json"}, body)

    assert file.read_bytes() == run(sealed.reports.file(2))
    assert "evse-support verify" in shown("report export", dict(told))


@pytest.mark.parametrize(("file", "words"), [("none/report.pdf", "make it first: mkdir -p"), (".", "is a folder")])
def test_a_place_that_is_not_there_is_told_before_anybody_is_asked(tmp_path: Path, file: str, words: str) -> None:
    look = find("report export").look
    assert look is not None

    with pytest.raises(BadRequest, match=words):
        look({"file": str(tmp_path / file)})


def test_a_file_that_was_touched_is_shown_as_such(sealed: Charger, socket_path: Path) -> None:
    path = sealed.reports.path(2)
    path.write_bytes(path.read_bytes().replace(b'"complete":true', b'"complete":null'))
    action = find("report show")
    assert action.keep is not None

    body = action.keep({}, asked(sealed, socket_path, "report show", number=2))

    assert "NOT as it was sealed" in shown("report show", dict(body))
    assert '"verdict" was changed' in shown("report show", dict(body))


@pytest.mark.parametrize("is_claim", [True, False])
def test_what_is_no_report_at_all_is_told_in_a_sentence_here_and_from_afar(
    sealed: Charger, socket_path: Path, is_claim: bool
) -> None:
    """A claim is sealed, too, and intact."""
    head = {"claim_id": "C-1", "number": 1, "previous": None}
    claim = seal_document({"head": head, "records": []}, Signer(), CLAIM)
    sealed.reports.path(2).write_bytes(claim if is_claim else b"{")
    action = find("report show")
    assert action.keep is not None
    assert action.answer_remote is not None

    here = action.keep({}, asked(sealed, socket_path, "report show", number=2))
    afar: Mapping[str, Any] = run(action.answer_remote(sealed, {"number": 2}, None)).body  # type: ignore[arg-type]

    for body in (here, afar):
        assert "NOT as it was sealed" in shown("report show", dict(body))
    assert "its hash is another" in shown("report show", dict(here))


def test_what_is_not_there_is_told_with_what_is(sealed: Charger, socket_path: Path) -> None:
    assert "there are 1 to 2" in refused(sealed, socket_path, "report export", number=7, file="x").text
    sealed.reports.path(1).unlink()
    assert "report 1 is gone" in refused(sealed, socket_path, "report export", number=1, file="x").text


def test_people_are_named_to_operators_only() -> None:
    assert find("report export").role is find("report show").role is Role.OPERATOR


def test_a_full_disk_loses_nothing_and_the_next_try_makes_the_same_report(
    shelf: tuple[ReportShelf, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = shelf

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(StoreFull, match="make some; nothing that was found is lost"):
        patched.setattr(os, "fsync", full)
        seal(made)

    assert run(made.listed()) == ()
    assert seal(made)["number"] == 1


def test_a_power_cut_between_file_and_row_leaves_no_gap_in_the_numbers(
    shelf: tuple[ReportShelf, Room], charger: Charger, tmp_path: Path
) -> None:
    made, room = shelf
    made.path(1).parent.mkdir(parents=True)
    made.path(1).write_text("a file whose row was never written", encoding="utf-8")

    seal(made)
    room.store.writer.drop()
    again, room_again = shelf_in(tmp_path / "store", charger.config, charger.now)

    assert [row.number for row in run(again.listed())] == [1]
    assert examine(run(again.file(1))).is_intact
    assert seal(again, job())["number"] == 2
    room_again.store.writer.drop()


def test_without_the_library_it_is_sealed_and_says_that_it_is_not_signed(
    shelf: tuple[ReportShelf, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)

    told = seal(shelf[0])

    assert not told["signed"]
    assert "cryptography" in told["unsigned_because"]


def test_a_factory_reset_takes_the_files_and_leaves_key_and_chain(shelf: tuple[ReportShelf, Room]) -> None:
    made, _ = shelf
    first = seal(made)
    key = run(made.public_key())

    run(made.erase())

    with pytest.raises(StoreError, match="is gone"):
        run(made.file(1))
    assert run(made.public_key()) == key
    seal(made, job())
    assert json.loads(run(made.file(2)))["seal"]["previous"]["hash"] == first["hash"]


def test_the_event_tells_the_verdict(shelf: tuple[ReportShelf, Room]) -> None:
    sealed = seal(shelf[0])

    name, fields = shelf[1].told[-1]
    assert (name, fields["complete"], fields["missing"]) == ("report.sealed", False, 1)
    assert fields["hash"] == sealed["hash"]
