"""A board that starts anew by order, asked through the driver: the simulated one, and the firmware on its pins."""

from __future__ import annotations

import asyncio

import pytest

from agent.drivers import board_service
from agent.drivers.pilot_board.restarting import RETURNS_WITHIN_S
from agent.errors import DriverRejected, DriverUnavailable
from tests.drivers.pilot_board.bench import BoardBench
from tests.drivers.pilot_board.linked import charges, on_a_board, state_of
from tests.drivers.pilot_board.served_board import Served, at_a_board

MINUTE_S = 63.0


def board_of(bench: BoardBench) -> board_service.BoardService:
    return bench.pilot.service()


def boot_of(bench: BoardBench) -> str | None:
    return state_of(bench).pilot.board_boot_id


def test_a_board_at_rest_is_heard_again_and_tells_no_fault_of_it() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        before = boot_of(bench)

        back_after_s = await board_of(bench).restart()

        assert back_after_s is not None and 0.3 <= back_after_s <= 2.0
        assert boot_of(bench) != before
        await asyncio.sleep(10)
        assert state_of(bench).faults == ()
        assert bench.site.board.boots == 2
        await charges(bench)

    on_a_board(story)


def test_who_is_charging_or_plugged_in_goes_on_and_the_board_says_why() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        await charges(bench)
        with pytest.raises(DriverRejected, match=r"the outlet is not empty \(state C\); nobody may be plugged in"):
            await board_of(bench).restart()
        await asyncio.sleep(5)
        assert bench.site.outlet.is_live
        await bench.contactor.permit(False)
        await asyncio.sleep(7)
        with pytest.raises(DriverRejected, match="nobody may be plugged in"):
            await board_of(bench).restart()
        bench.plug_out()
        await asyncio.sleep(5)
        with pytest.raises(DriverRejected, match="a closing of the last ten minutes"):
            await board_of(bench).restart()
        assert bench.site.board.boots == 1
        await asyncio.sleep(600)

        assert await board_of(bench).restart() is not None

    on_a_board(story)


def test_a_board_that_has_just_started_says_how_long_it_wants_to_live_first() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        assert await board_of(bench).restart() is not None
        await asyncio.sleep(20)
        says = r"started 2\d s ago and ends no life of less than a minute; in \d\d s"
        with pytest.raises(DriverRejected, match=says):
            await board_of(bench).restart()
        await asyncio.sleep(45)

        assert await board_of(bench).restart() is not None
        assert bench.site.board.boots == 3

    on_a_board(story)


def test_two_at_once_start_it_once() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        board = board_of(bench)

        ended = await asyncio.gather(board.restart(), board.restart(), return_exceptions=True)

        assert bench.site.board.boots == 2
        assert any(isinstance(one, float) for one in ended)
        assert all(isinstance(one, float | DriverRejected) for one in ended)

    on_a_board(story)


def test_a_board_that_does_not_come_back_is_told_as_that() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        loop, began_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        loop.call_later(0.05, loop.call_later, 0.2, bench.site.board.hang)

        assert await board_of(bench).restart() is None

        assert loop.time() - began_s == pytest.approx(RETURNS_WITHIN_S, abs=1.0)

    on_a_board(story)


def test_a_silent_board_is_not_asked() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        bench.site.board.hang()
        await asyncio.sleep(3)

        with pytest.raises(DriverUnavailable, match="no word from the board"):
            await board_of(bench).restart()

    on_a_board(story)


def test_a_board_that_loses_its_supply_between_order_and_start_is_told_as_back_once_it_is() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(MINUTE_S)
        loop = asyncio.get_running_loop()
        # Beyond the first words of the answer: the program is on its way out, and its supply goes.
        loop.call_later(0.08, bench.site.board.reset, "power")

        assert await board_of(bench).restart() is not None

        assert bench.site.board.boots == 2

    on_a_board(story)


@pytest.mark.parametrize("lost", [1, 2])
def test_an_answer_that_is_lost_starts_it_once_and_is_told_by_what_is_heard(lost: int) -> None:
    async def story(at: Served) -> None:
        await asyncio.sleep(MINUTE_S)
        boots = at.board.boots
        asked = at.link.statistics()["board"]["requests"]
        restarting = asyncio.ensure_future(at.service.restart())
        async with asyncio.timeout(5):
            # The first one asks for the update.
            while True:
                if at.link.statistics()["board"]["requests"] >= asked + 2:
                    break
                await asyncio.sleep(0.001)
        at.board.loses = lost

        assert await restarting is not None
        await asyncio.sleep(10)
        assert at.board.boots == boots + 1

    at_a_board(story)


def test_a_firmware_on_its_way_is_not_broken_off() -> None:
    async def story(at: Served) -> None:
        await asyncio.sleep(MINUTE_S)
        update = at.board.board.requests.update
        assert update is not None
        update.phase = 2  # type: ignore[attr-defined]  # receiving

        with pytest.raises(DriverRejected, match="a new firmware is on its way"):
            await at.service.restart()

    at_a_board(story)


def test_a_board_that_holds_itself_is_not_started_once_more() -> None:
    async def story(at: Served) -> None:
        await asyncio.sleep(MINUTE_S)

        with pytest.raises(DriverRejected, match=r"holds itself .* at the charger: evsectl faults clear mcu\.restarts"):
            await at.service.restart()

        assert at.board.boots == 1

    at_a_board(story, kept={"boots": b"\x03"})


def test_a_board_that_cannot_exchange_its_program_starts_anew_as_well() -> None:
    async def story(at: Served) -> None:
        at.board.knows_no = {"update"}
        await asyncio.sleep(MINUTE_S)

        assert await at.service.restart() is not None

    at_a_board(story)
