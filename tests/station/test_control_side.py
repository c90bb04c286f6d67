"""What a person at the charger may move: the factory reset above all, which must not stop halfway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.ports import NO_NETWORK
from agent.core.facts import StopReason
from agent.core.session.events import FaultReleased, ProgramEnds, StartRequested, StopRequested
from agent.errors import Busy, StoreError
from agent.station import choice
from agent.station.control_side import BARRED_WITHIN_S, END_AFTER_S
from agent.station.station import Ending
from agent.store import queue
from agent.store.tokens import KnownToken
from tests.station.desk import CARD, ONE, TWO, Desk, at_desk, plugged
from tests.station.test_choice import charging
from tests.store.domain import PLUG, at_a_mark, started, stopped


@contextmanager
def a_reader_in_the_way(desk: Desk) -> Iterator[None]:
    """A statement that is not read to its end: the file cannot be written anew meanwhile."""
    rows = desk.store.writer.connection.execute("SELECT 1 UNION SELECT 2")
    rows.fetchone()
    try:
        yield
    finally:
        rows.close()


async def ends(desk: Desk) -> Ending:
    async with asyncio.timeout(END_AFTER_S + 0.1):
        return await desk.station.ended()


def test_a_reset_erases_and_starts_the_program_anew_a_moment_later(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        await desk.store.ledger.record_start(started(1), PLUG)

        await desk.control_side.factory_reset(lose_untold=True)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(END_AFTER_S - 0.1):
                await desk.station.ended()
        assert await ends(desk) is Ending.RESTART
        assert await desk.store.tokens.listed() == ()

    at_desk(tmp_path, story)


def a_report(desk: Desk) -> Path:
    file = desk.control_side.reports.path(1)
    file.parent.mkdir()
    file.write_text("sealed", encoding="utf-8")
    return file


def test_no_charge_begins_in_the_last_moment(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        plugged(desk.outlets[ONE])
        assert choice.can_start(desk.outlets[ONE].session)

        await desk.control_side.factory_reset(lose_untold=True)

        assert not any(choice.can_start(outlet.session) for outlet in desk.outlets.values())
        assert not desk.network_side.request_start(ONE, CARD, None)

    at_desk(tmp_path, story)


def test_on_a_full_disk_nothing_is_erased_and_the_program_starts_anew_all_the_same(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        report = a_report(desk)
        desk.is_full = True

        with pytest.raises(StoreError, match=r"^nothing was erased: .*full.*Make room .*factory-reset again"):
            await desk.control_side.factory_reset(lose_untold=True)

        desk.is_full = False
        assert report.exists()
        assert await ends(desk) is Ending.RESTART
        assert [known.token for known in await desk.store.tokens.listed()] == [CARD]

    at_desk(tmp_path, story)


def test_what_could_not_be_overwritten_is_said_and_the_program_starts_anew(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        report = a_report(desk)

        with a_reader_in_the_way(desk), pytest.raises(StoreError, match=r"forgotten everything, but .* read out"):
            await desk.control_side.factory_reset(lose_untold=True)

        assert not report.exists()
        assert await ends(desk) is Ending.RESTART
        assert await desk.store.tokens.listed() == ()

    at_desk(tmp_path, story)


def test_a_reading_that_waits_in_memory_is_erased_too(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        async with asyncio.TaskGroup() as tasks:
            holding = tasks.create_task(desk.store.ledger.run())
            await asyncio.sleep(0)
            await desk.store.ledger.record_sample(at_a_mark(1), for_network=True, for_stop=False)
            assert desk.store.writer.commits == 0

            await desk.control_side.factory_reset(lose_untold=True)

            holding.cancel()
        desk.store.ledger.write_held()
        assert await desk.store.writer.read(lambda connection: queue.count(connection)) == 0

    at_desk(tmp_path, story)


def test_a_charge_that_began_meanwhile_is_not_erased(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        desk.outlets[TWO].session = replace(charging(2, CARD), board_heard=True)

        with pytest.raises(Busy, match=r"nothing was erased: a charge began at connector 2"):
            await desk.control_side.factory_reset(lose_untold=True)

        assert await desk.store.tokens.listed() != ()
        assert await ends(desk) is Ending.RESTART

    at_desk(tmp_path, story)


def test_a_charge_that_came_and_went_meanwhile_is_not_lost_unless_that_was_asked_for(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.ledger.record_start(started(1), PLUG)
        await desk.store.ledger.record_stop(stopped(1))

        with pytest.raises(Busy, match=r"nothing was erased: 2 records of charges"):
            await desk.control_side.factory_reset(lose_untold=False)

        assert desk.store.ledger.queued() == 2
        assert await ends(desk) is Ending.RESTART

    at_desk(tmp_path, story)


def test_a_reset_says_how_much_was_lost(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.ledger.record_start(started(1), PLUG)
        await desk.store.ledger.record_stop(stopped(1))

        assert await desk.control_side.factory_reset(lose_untold=True) == 2

    at_desk(tmp_path, story)


def test_where_everything_was_told_nothing_is_lost(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert await desk.control_side.factory_reset(lose_untold=False) == 0

    at_desk(tmp_path, story)


def test_a_connector_that_does_not_react_keeps_the_charger_from_being_erased(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        desk.outlets[TWO].is_stuck = True
        loop = asyncio.get_running_loop()
        began = loop.time()

        with pytest.raises(Busy, match="nothing was erased"):
            await desk.control_side.factory_reset(lose_untold=True)

        assert loop.time() - began == pytest.approx(BARRED_WITHIN_S)
        assert await desk.store.tokens.listed() != ()
        assert await ends(desk) is Ending.RESTART

    at_desk(tmp_path, story)


def test_the_first_word_on_how_it_ends_counts(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.station.end(Ending.STOPPED)

        await desk.control_side.factory_reset(lose_untold=True)
        await asyncio.sleep(END_AFTER_S + 0.1)

        assert await desk.station.ended() is Ending.STOPPED
        assert ProgramEnds() in desk.outlets[ONE].posted

    at_desk(tmp_path, story)


def test_a_person_starts_as_somebody_who_has_to_be_accepted_and_stops_at_the_charger(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.control_side.request_start(TWO, CARD)
        desk.control_side.request_stop(ONE)

        assert desk.outlets[TWO].posted == [StartRequested(token=CARD, authorize=True)]
        assert desk.outlets[ONE].posted == [StopRequested(reason=StopReason.LOCAL)]

    at_desk(tmp_path, story)


def test_a_person_clears_a_fault_of_one_connector(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.control_side.clear_fault(TWO, "contactor.welded")

        assert desk.outlets[TWO].posted == [FaultReleased("contactor.welded")]
        assert desk.outlets[ONE].posted == []

    at_desk(tmp_path, story)


def test_without_a_central_system_and_without_boards_that_is_what_is_shown(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert desk.control_side.network() == NO_NETWORK
        board = desk.control_side.board(ONE)
        assert board is not None
        assert not board.answering
        assert desk.control_side.connectors() == (ONE, TWO)

    at_desk(tmp_path, story)


def test_a_change_is_made_while_no_charge_can_begin_and_the_program_starts_anew(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        could_start: list[bool] = []

        async def change() -> None:
            could_start.append(choice.can_start(desk.outlets[ONE].session))

        plugged(desk.outlets[ONE])
        await desk.control_side.restart_with(change)

        assert could_start == [False]
        assert await ends(desk) is Ending.RESTART

    at_desk(tmp_path, story)


def test_a_charge_that_began_meanwhile_keeps_the_change_away(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        changed: list[bool] = []

        async def change() -> None:
            changed.append(True)

        desk.outlets[TWO].session = replace(charging(2, CARD), board_heard=True)
        with pytest.raises(Busy, match=r"nothing was changed: a charge began at connector 2"):
            await desk.control_side.restart_with(change)

        assert changed == []
        assert await ends(desk) is Ending.RESTART

    at_desk(tmp_path, story)
