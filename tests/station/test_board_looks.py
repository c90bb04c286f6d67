"""What a pilot board is asked after an opening, and what becomes of one that cannot or does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from agent.core.control_pilot import ContactorState
from agent.core.identity import PlugIdentity
from agent.drivers.board_service import BoardService, ResidualTestOutcome, TestedBoard, Travel
from agent.drivers.interfaces import BoardReport
from agent.errors import DriverUnavailable
from agent.station.board_looks import AFTER_S, AGAIN_S, TRIES, BoardLooks
from agent.station.run_record import RunRecord
from tests.station.desk import EPOCH_MS, ONE, Desk, at_desk

CONTACTOR, RESIDUAL, BOARD = "contactor:1", "rcm:1", "board:1"
PLUG = PlugIdentity("board-boot-1", 1)
PASSED = ResidualTestOutcome(passed=True, trip_ms=31, clear_ms=80, chain_dropped=True)


class Board(TestedBoard):
    """Answers `travel` and `last_residual_test`, of which it has so many to say, the last one again and again."""

    def __init__(self, *tests: ResidualTestOutcome | None, is_silent: bool = False) -> None:
        self.tests, self.is_silent, self.asked = list(tests), is_silent, 0

    async def travel(self) -> Travel:
        if self.is_silent:
            raise DriverUnavailable("pilot_board", "no answer")
        return Travel(
            mirror_closed_ms=12, load_live_ms=(14,), mirror_open_ms=22, load_dead_ms=(30,), why_opened="", event_ms=None
        )

    async def last_residual_test(self) -> ResidualTestOutcome | None:
        self.asked += 1
        return self.tests.pop(0) if len(self.tests) > 1 else self.tests[0]


class Pilot:
    """A control pilot as far as it is looked at here: its board's service, and what it says of itself."""

    def __init__(self, board: BoardService | None = None, reports: tuple[BoardReport | None, ...] = ()) -> None:
        self.reports = list(reports)
        if board is not None:
            self.service = lambda: board
        if reports:
            self.report = lambda: self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]


class Looked:
    """A connector that opens again and again, at a desk."""

    def __init__(self, desk: Desk, pilot: Pilot) -> None:
        self.desk = desk
        desk.clock.told(EPOCH_MS)
        desk.outlets[ONE].devices = SimpleNamespace(pilot=pilot)  # type: ignore[attr-defined]
        self.record = RunRecord(desk.station)
        self.looks = BoardLooks(desk.station, desk.upkeep.wear, self.record)

    def becomes(self, **changes: object) -> None:
        session = replace(self.desk.outlets[ONE].session, **changes)  # type: ignore[arg-type]
        self.desk.outlets[ONE].session = session
        self.looks.session_changed(session)

    async def opens(self, plug: PlugIdentity | None = PLUG) -> None:
        self.becomes(contactor=ContactorState.CLOSED, plug=plug)
        self.becomes(contactor=ContactorState.OPEN, plug=None)
        await asyncio.sleep(AFTER_S + TRIES * AGAIN_S + 1.0)

    def count(self, part: str, name: str) -> int:
        return self.desk.upkeep.wear.wear.count(part, name)


def at_a_board(folder: Path, pilot: Pilot, story: Callable[[Looked], Awaitable[None]]) -> None:
    async def told(desk: Desk) -> None:
        looked = Looked(desk, pilot)
        running = asyncio.ensure_future(looked.looks.run())
        try:
            await story(looked)
            assert not running.done()
        finally:
            running.cancel()

    at_desk(folder, told)


def test_an_opening_is_timed_and_the_test_before_its_plug_is_counted_once(tmp_path: Path) -> None:
    board = Board(PASSED)  # type: ignore[abstract]  # what is not asked of it here

    async def story(looked: Looked) -> None:
        for plug in (PLUG, PLUG, replace(PLUG, insertions=2)):
            await looked.opens(plug)

        assert (looked.count(CONTACTOR, "timed"), looked.count(CONTACTOR, "slowest_opening_ms")) == (3, 22)
        assert (looked.count(RESIDUAL, "tests"), looked.count(RESIDUAL, "slowest_trip_ms")) == (2, 31)
        assert looked.count(RESIDUAL, "last_test_utc_ms") > EPOCH_MS
        assert board.asked == 2

    at_a_board(tmp_path, Pilot(board), story)


def test_an_opening_without_a_plug_tells_of_no_test(tmp_path: Path) -> None:
    board = Board(PASSED)  # type: ignore[abstract]

    async def story(looked: Looked) -> None:
        await looked.opens(plug=None)

        assert (looked.count(CONTACTOR, "timed"), looked.count(RESIDUAL, "tests"), board.asked) == (1, 0, 0)

    at_a_board(tmp_path, Pilot(board), story)


@pytest.mark.parametrize(
    ("tests", "asked", "counted"),
    [
        ((None, None, PASSED), 3, 1),
        ((None,), TRIES, 0),
        ((replace(PASSED, passed=False),), 1, 0),
    ],
    ids=["at its next test", "never", "failed"],
)
def test_a_residual_current_unit_is_asked_thrice_and_only_a_passed_test_counts(
    tmp_path: Path, tests: tuple[ResidualTestOutcome | None, ...], asked: int, counted: int
) -> None:
    board = Board(*tests)  # type: ignore[abstract]

    async def story(looked: Looked) -> None:
        await looked.opens()

        assert (board.asked, looked.count(RESIDUAL, "tests")) == (asked, counted)

    at_a_board(tmp_path, Pilot(board), story)


def test_a_board_that_does_not_answer_is_asked_at_the_next_opening(tmp_path: Path) -> None:
    board = Board(PASSED, is_silent=True)  # type: ignore[abstract]

    async def story(looked: Looked) -> None:
        await looked.opens()
        assert looked.count(CONTACTOR, "timed") == 0
        board.is_silent = False
        await looked.opens()
        assert looked.count(CONTACTOR, "timed") == 1

    at_a_board(tmp_path, Pilot(board), story)


@pytest.mark.parametrize("pilot", [Pilot(), Pilot(cast("BoardService", object()))], ids=["no service", "no tests"])
def test_what_has_no_such_board_is_not_asked(tmp_path: Path, pilot: Pilot) -> None:
    async def story(looked: Looked) -> None:
        await looked.opens()

        assert looked.count(CONTACTOR, "timed") == 0

    at_a_board(tmp_path, pilot, story)


def test_who_a_board_is_goes_on_record_at_each_start_of_it_also_when_it_was_silent_then(tmp_path: Path) -> None:
    report = BoardReport(
        model="pilot-board b", firmware_version="1.4.0", waits_for="", high_v=12.0, low_v=None, offered_a=0.0
    )

    async def story(looked: Looked) -> None:
        deeds = asyncio.ensure_future(looked.desk.station.deeds.run())
        await looked.record.begin()
        looked.becomes(board_boot_id="boot-1")
        await asyncio.sleep(AFTER_S + 1.0)
        assert BOARD not in looked.desk.upkeep.wear.wear.parts
        await looked.opens(plug=None)

        assert looked.desk.upkeep.wear.wear.part(BOARD).model == "pilot-board b"
        (run, _), *_ = await looked.desk.store.upkeep.runs.newest(1)
        assert dict(run.firmware) == {1: "1.4.0"}
        deeds.cancel()

    at_a_board(tmp_path, Pilot(reports=(None, report)), story)


def test_a_start_of_what_tells_nothing_of_itself_is_passed_over(tmp_path: Path) -> None:
    async def story(looked: Looked) -> None:
        looked.becomes(board_boot_id="boot-1")
        await asyncio.sleep(AFTER_S + 1.0)

        assert BOARD not in looked.desk.upkeep.wear.wear.parts

    at_a_board(tmp_path, Pilot(), story)
