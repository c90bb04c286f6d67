"""What a pilot board does for self-tests, asked through the driver of a simulated board (self-test catalogue, 5)."""

from __future__ import annotations

import asyncio

import pytest

from agent.drivers import board_service
from agent.drivers.board_service import Drive
from agent.errors import DriverRejected
from firmware_sim.pilot_circuit import Drive as Driven
from tests.drivers.pilot_board.bench import BoardBench
from tests.drivers.pilot_board.linked import on_a_board


def board_of(bench: BoardBench) -> board_service.TestedBoard:
    service = bench.pilot.service()
    assert isinstance(service, board_service.TestedBoard)
    return service


def driven(bench: BoardBench) -> tuple[Driven, int]:
    generator = bench.site.outlet.generator
    return generator.drive, generator.duty


async def seconds(task: object) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await task  # type: ignore[misc]
    return loop.time() - start


def test_levels_are_driven_on_an_empty_outlet_one_after_the_other() -> None:
    async def story(bench: BoardBench) -> None:
        board = board_of(bench)
        await asyncio.sleep(3)

        await board.drive(Drive.X1)
        assert driven(bench) == (Driven.X1, 0)
        await board.drive(Drive.F)
        assert driven(bench)[0] is Driven.F
        await board.drive(Drive.PWM, 26.66)
        assert driven(bench) == (Driven.X2, 2666)
        assert await seconds(board.drive(Drive.PWM, 50)) < 0.3, "another duty waits for nothing"
        assert driven(bench) == (Driven.X2, 5000)
        await board.drive(Drive.RELEASE)
        await asyncio.sleep(0.1)
        assert driven(bench) == (Driven.X1, 0)

    on_a_board(story)


def test_a_plug_ends_what_is_driven_before_it_is_believed() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(3)
        await board_of(bench).drive(Drive.PWM, 50)

        bench.plug_in()
        await asyncio.sleep(0.015)

        assert driven(bench) == (Driven.X1, 0)
        with pytest.raises(DriverRejected, match="nothing may be plugged in"):
            await board_of(bench).drive(Drive.PWM, 50)

    on_a_board(story)
