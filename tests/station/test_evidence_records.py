"""Records of a claim, of what is on record; whole bundles have them in tests/control/test_evidence.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.drivers.board_service import BoardDescription
from agent.errors import DriverUnavailable, StoreError
from agent.station.evidence_records import BOARD_WITHIN_S, StoredRecords
from agent.store.reports import ReportRow
from tests.control.paper_service import PaperService
from tests.station.desk import ONE, TWO, Desk, at_desk
from tests.store.domain import moment


class Hanging(PaperService):
    """Takes longer to answer than anybody waits."""

    async def describe(self) -> BoardDescription:
        await asyncio.sleep(BOARD_WITHIN_S + 1.0)
        return await super().describe()


class Pilot:
    def __init__(self, board: PaperService | None) -> None:
        if board is not None:
            self.service = lambda: board


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def with_boards(desk: Desk, first: PaperService | None, second: PaperService | None) -> StoredRecords:
    for id, board in ((ONE, first), (TWO, second)):
        desk.outlets[id].devices = SimpleNamespace(pilot=Pilot(board))  # type: ignore[attr-defined]
    return StoredRecords(desk.station, None)


def test_each_board_is_told_and_one_that_fails_with_why_but_no_password(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        broken = PaperService()
        broken.refuses = DriverUnavailable("pilot_board", "tcp://anna:secret@board.example does not answer")

        well, failed = read(await with_boards(desk, PaperService(), broken).board_lines())

        assert (well["connector"], well["firmware_version"], well["counters"]["openings_under_load"]) == (1, "0.1.0", 3)
        assert failed["connector"] == 2
        assert "board.example does not answer" in failed["problem"] and "secret" not in failed["problem"]

    at_desk(tmp_path, story)


def test_a_board_that_hangs_is_told_and_what_is_no_such_board_is_left_out(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        (hung,) = read(await with_boards(desk, None, Hanging()).board_lines())

        assert hung == {"connector": 2, "problem": "it did not answer in time"}

    at_desk(tmp_path, story)


def test_of_a_charger_on_which_nothing_is_on_record_nothing_is_told(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        records = StoredRecords(desk.station, None)

        assert read(await records.run_lines()) == read(await records.visit_lines()) == []
        assert read(await records.config_lines()) == []
        assert await records.supply() == {"since": None, "power_cuts": 0, "unknown_ends": 0}

    at_desk(tmp_path, story)


@pytest.mark.parametrize("content", [None, b"\xff", b"{", b"[]", b'{"seal": {}}'])
def test_a_report_that_is_none_is_said_so_by_its_name(tmp_path: Path, content: bytes | None) -> None:
    async def story(desk: Desk) -> None:
        file = tmp_path / "reports" / "report-0007.json"
        if content is not None:
            file.parent.mkdir()
            file.write_bytes(content)
        row = ReportRow(
            number=7, report_id="QE-1-R7", job=7, hash="00", is_complete=True, missing=0, sealed=moment(), public_key=""
        )

        with pytest.raises(StoreError, match=r"report-0007\.json cannot be read"):
            list(StoredRecords(desk.station, None).report_lines(row))

    at_desk(tmp_path, story)
