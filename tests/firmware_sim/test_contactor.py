"""Travel, mirror, and the two ways in which a contactor sticks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from firmware_sim.contactor import Contactor, Travel
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

TRAVEL = Travel(close_mirror_s=0.010, close_main_s=0.020, open_main_s=0.030, open_mirror_s=0.040)


class Moves:
    """A contactor, and when it said that something moved."""

    def __init__(self) -> None:
        self.timeline = Timeline(asyncio.get_running_loop())
        self.seen: list[tuple[int, bool, bool]] = []
        self.contactor = Contactor(self.timeline, self._moved, TRAVEL)

    def _moved(self) -> None:
        at_ms = self.timeline.now_us() // 1000
        self.seen.append((at_ms, self.contactor.main_closed, self.contactor.mirror_open))


def after(story: Callable[[Moves], Awaitable[None]]) -> Moves:
    async def main() -> Moves:
        moves = Moves()
        await story(moves)
        await asyncio.sleep(1)
        return moves

    return run(main())


def test_main_and_mirror_contacts_travel_at_their_own_times() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.drive(True)
        await asyncio.sleep(0.1)
        moves.contactor.drive(False)

    moves = after(story)

    assert moves.seen == [(10, False, False), (20, True, False), (130, False, False), (140, False, True)]
    assert moves.contactor.closings == 1


def test_repeating_an_order_moves_nothing() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.drive(True)
        await asyncio.sleep(0.015)
        moves.contactor.drive(True)

    assert after(story).seen == [(10, False, False), (20, True, False)]


def test_an_order_taken_back_in_time_moves_nothing() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.drive(True)
        await asyncio.sleep(0.005)
        moves.contactor.drive(False)

    moves = after(story)

    assert moves.seen == []
    assert moves.contactor.closings == 0


def test_contacts_that_weld_stay_closed_until_they_come_free() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.drive(True)
        await asyncio.sleep(0.1)
        moves.contactor.weld()
        moves.contactor.drive(False)
        await asyncio.sleep(0.5)
        assert (moves.contactor.main_closed, moves.contactor.mirror_open) == (True, False)
        moves.contactor.unweld()

    moves = after(story)

    assert (moves.contactor.main_closed, moves.contactor.mirror_open) == (False, True)


def test_open_contacts_weld_when_they_close_next() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.weld()
        assert not moves.contactor.is_stuck
        moves.contactor.drive(True)
        await asyncio.sleep(0.1)
        moves.contactor.drive(False)

    contactor = after(story).contactor

    assert contactor.main_closed
    assert contactor.is_stuck


def test_contacts_can_be_found_welded_without_ever_having_been_driven() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.weld(found_closed=True)

    moves = after(story)

    assert (moves.contactor.main_closed, moves.contactor.mirror_open) == (True, False)


def test_a_blocked_armature_does_not_pull_in_and_does_when_it_is_free() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.block(True)
        moves.contactor.drive(True)
        await asyncio.sleep(0.5)
        assert not moves.contactor.main_closed
        assert moves.contactor.mirror_open
        moves.contactor.block(False)

    assert after(story).contactor.main_closed


def test_closed_contacts_fall_open_when_the_armature_is_blocked() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.drive(True)
        await asyncio.sleep(0.1)
        moves.contactor.block(True)

    assert not after(story).contactor.main_closed
