"""What the tests of the link share: a bench in virtual time, and words for what is known of the board."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.core.control_pilot import ContactorState
from agent.drivers.pilot_board.levels import Absence, BoardState
from agent.drivers.watching import comes_true, until
from firmware_sim.virtual_loop import run
from tests.drivers.pilot_board.bench import BoardBench, board_bench


def on_a_board(test: Callable[[BoardBench], Awaitable[None]], *, missing: bool = False) -> None:
    async def body() -> None:
        async with board_bench(BoardBench, missing=missing) as bench:
            if not missing:
                await bench.is_ready()
            await test(bench)

    run(body())


def state_of(bench: BoardBench) -> BoardState:
    level = bench.link.level.value
    assert isinstance(level, BoardState)
    return level


def absence_of(bench: BoardBench) -> Absence:
    level = bench.link.level.value
    assert isinstance(level, Absence)
    return level


async def charges(bench: BoardBench) -> None:
    """A car is plugged in, permitted, offered 16 A, and draws."""
    bench.plug_in()
    await until(bench.pilot.states(), lambda reading: reading.state.plugged)
    await bench.contactor.permit(True)
    await bench.pilot.offer(16)
    await until(bench.contactor.states(), lambda state: state is ContactorState.CLOSED)
    await comes_true(lambda: bench.site.outlet.is_live)
