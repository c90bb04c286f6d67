"""`evsectl handover`: ticks with their moment, a pack, and a code that is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.registry import find
from agent.control.roles import Role
from agent.control.verbs.handover import LANGUAGES, WORDS
from agent.control.wire import Done, RefusalKind
from agent.core.commissioning.handover import ITEMS
from agent.papers.texts import languages
from firmware_sim.virtual_loop import run
from tests.commissioning_jobs import SITE, job
from tests.control.calling import asked, at_the_desk, refused, shown
from tests.control.charger import Charger


@pytest.fixture
def handed(charger: Charger) -> Iterator[Charger]:
    run(charger.reports.seal(job(), SITE))
    yield charger
    charger.shelf_room.store.writer.drop()


def test_every_item_has_words_here_and_every_language_there_is_can_be_asked_for() -> None:
    assert tuple(WORDS) == ITEMS
    assert languages() == LANGUAGES


def test_a_tick_is_on_record_with_its_first_moment(handed: Charger, socket_path: Path) -> None:
    first = asked(handed, socket_path, "handover tick", item="charge")
    handed.advance(60.0)
    again = asked(handed, socket_path, "handover tick", item="charge")

    assert (first["is_new"], again["is_new"]) == (True, False)
    assert [fields["item"] for name, fields in handed.shelf_room.told if name == "handover.ticked"] == ["charge"]
    assert "next: evsectl handover tick access" in shown("handover tick", first)


def test_the_list_is_passed_once_everything_is_ticked(handed: Charger, socket_path: Path) -> None:
    before = listed(handed, socket_path)
    for item in ITEMS[:-1]:
        asked(handed, socket_path, "handover tick", item=item)
    but_one = listed(handed, socket_path)
    last = asked(handed, socket_path, "handover tick", item=ITEMS[-1])

    after = listed(handed, socket_path)

    assert [done.passed for done in (before, but_one, after)] == [False, False, True]
    assert "next: evsectl handover tick charge" in shown("handover show", dict(before.body))
    assert "everything is ticked" in shown("handover show", dict(after.body))
    assert "everything is ticked" in shown("handover tick", last)


def listed(charger: Charger, socket_path: Path) -> Done:
    (done,) = at_the_desk(charger, socket_path, lambda at: at.replies("handover", {}))
    assert isinstance(done, Done)
    return done


def test_the_code_works_once_and_is_kept_nowhere(handed: Charger, socket_path: Path, tmp_path: Path) -> None:
    code = asked(handed, socket_path, "handover code")["code"]
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    letters = code.replace("-", "")

    assert len(letters) == 16
    assert letters.encode() not in kept
    assert code.encode() not in kept
    assert code not in str(handed.shelf_room.told)
    assert asked(handed, socket_path, "handover activate", code=letters.lower())["activated"]
    assert refused(handed, socket_path, "handover activate", code=code).kind is RefusalKind.BAD_REQUEST
    assert refused(handed, socket_path, "handover code").kind is RefusalKind.BUSY


def test_only_the_code_that_was_drawn_last_counts(handed: Charger, socket_path: Path) -> None:
    first = asked(handed, socket_path, "handover code")["code"]
    second = asked(handed, socket_path, "handover code")["code"]

    assert first != second
    assert "does not count" in refused(handed, socket_path, "handover activate", code=first).text
    assert asked(handed, socket_path, "handover activate", code=second)["activated"]


def test_codes_are_drawn_by_installers_and_the_log_never_sees_one_typed() -> None:
    parameter = find("handover activate").parameters[0]

    assert find("handover code").role is find("handover tick").role is Role.INSTALLER
    assert parameter.is_personal


@pytest.mark.processes
def test_pack_and_sheet_are_written_apart(handed: Charger, socket_path: Path, tmp_path: Path) -> None:
    pack, sheet = find("handover pack"), find("handover code")
    assert pack.keep is not None
    assert sheet.keep is not None
    files = [tmp_path / "pack.html", tmp_path / "sheet.html"]
    drawn = asked(handed, socket_path, "handover code", sheet=str(files[1]))

    pack.keep(
        {"file": str(files[0]), "language": "de", "format": "html"},
        asked(handed, socket_path, "handover pack", file=str(files[0])),
    )
    told = sheet.keep({"sheet": str(files[1]), "language": "de", "format": "html"}, drawn)

    assert "Ihre Ladestation" in files[0].read_text(encoding="utf-8")
    assert drawn["code"] not in files[0].read_text(encoding="utf-8")
    assert drawn["code"] in files[1].read_text(encoding="utf-8")
    assert drawn["code"] not in shown("handover code", dict(told))


def test_where_there_is_no_lamp_nobody_explains_one(handed: Charger, socket_path: Path) -> None:
    board = handed.config.board
    dark = tuple(
        replace(one, drivers={name: driver for name, driver in one.drivers.items() if name != "indicator"})
        for one in board.connectors
    )
    assert board.has_light
    handed.config = replace(handed.config, board=replace(board, connectors=dark))
    for item in ITEMS:
        if item != "lights":
            last = asked(handed, socket_path, "handover tick", item=item)

    assert last["left"] == []
    assert listed(handed, socket_path).passed
