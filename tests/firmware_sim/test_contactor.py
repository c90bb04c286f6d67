"""Travel, mirror, and the two ways in which a contactor sticks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

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


# --- specimens, wear, and contacts that lie


def seen_with(seed: int, worn_cycles: int = 0) -> list[tuple[int, bool, bool]]:
    """One closing and one opening of a contactor out of the heap, in microseconds from each order."""

    async def main() -> list[tuple[int, bool, bool]]:
        timeline = Timeline(asyncio.get_running_loop())
        seen: list[tuple[int, bool, bool]] = []
        ordered_us = timeline.now_us()
        contactor = Contactor(timeline, lambda: note(), chance=random.Random(seed))

        def note() -> None:
            seen.append((timeline.now_us() - ordered_us, contactor.main_closed, contactor.mirror_open))

        contactor.worn_cycles = worn_cycles
        for energised in (True, False):
            ordered_us = timeline.now_us()
            contactor.drive(energised)
            await asyncio.sleep(1)
        return seen

    return run(main())


@given(st.integers(0, 100_000))
def test_every_specimen_travels_and_bounces_inside_its_bounds(seed: int) -> None:
    seen = seen_with(seed)
    closing, opening = seen[:-2], seen[-2:]
    (mirror_us, *_), (closed_us, *_), (settled_us, settled, _) = closing[0], closing[1], closing[-1]

    assert 9_000 <= mirror_us <= 15_000
    assert 14_000 <= closed_us <= 22_000
    assert settled and settled_us - closed_us <= 3_000
    assert 16_000 <= opening[0][0] <= 28_000
    assert 19_000 <= opening[1][0] <= 31_000
    assert opening[-1][1:] == (False, True)


@given(st.integers(0, 1000), st.integers(0, 200_000))
def test_wear_delays_both_ways_by_two_tenths_of_a_millisecond_in_a_thousand(seed: int, cycles: int) -> None:
    fresh, worn = seen_with(seed), seen_with(seed, cycles)

    for (fresh_us, *_), (worn_us, *_) in ((fresh[0], worn[0]), (fresh[-1], worn[-1])):
        assert abs(worn_us - fresh_us - cycles * 0.2) <= 2


def test_one_welded_pole_stays_closed_alone_and_holds_the_mirror() -> None:
    poles = []

    async def story(moves: Moves) -> None:
        moves.contactor.weld(poles=range(1))
        moves.contactor.drive(True)
        await asyncio.sleep(0.1)
        poles.append(moves.contactor.poles)
        moves.contactor.drive(False)
        await asyncio.sleep(0.1)
        poles.append(moves.contactor.poles)

    moves = after(story)

    assert poles == [(True, True, True), (True, False, False)]
    assert (moves.contactor.main_closed, moves.contactor.mirror_open) == (False, False)


def test_sticky_contacts_come_free_late() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.stick(0.5)
        moves.contactor.drive(True)
        await asyncio.sleep(0.1)
        moves.contactor.drive(False)

    assert after(story).seen[-2:] == [(630, False, False), (640, False, True)]


def test_a_lying_mirror_moves_no_main_contact() -> None:
    async def story(moves: Moves) -> None:
        moves.contactor.mirror_lies(False)

    moves = after(story)

    assert (moves.contactor.main_closed, moves.contactor.mirror_open) == (False, False)
