"""The pilot board's drivers keep the contracts of their interfaces, at the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.drivers.contract import (
    ContactorBench,
    ContactorContract,
    ControlPilotBench,
    ControlPilotContract,
    IndicatorBench,
    IndicatorContract,
)
from agent.drivers.pilot_board.contactor import BoardContactor
from agent.drivers.pilot_board.control_pilot import BoardControlPilot
from agent.drivers.pilot_board.indicator import BoardIndicator
from firmware_sim.virtual_loop import run
from tests.drivers.pilot_board.bench import BoardBench, board_bench


class ContactorSide(BoardBench):
    @property
    def driver(self) -> BoardContactor:
        return self.contactor


class ControlPilotSide(BoardBench):
    @property
    def driver(self) -> BoardControlPilot:
        return self.pilot


class IndicatorSide(BoardBench):
    @property
    def driver(self) -> BoardIndicator:
        return self.indicator


class TestContactor(ContactorContract):
    def run(self, test: Callable[[ContactorBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_board() -> None:
            async with board_bench(ContactorSide, missing=missing) as bench:
                await test(bench)

        run(on_a_board())


class TestControlPilot(ControlPilotContract):
    def run(self, test: Callable[[ControlPilotBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_board() -> None:
            async with board_bench(ControlPilotSide, missing=missing) as bench:
                await test(bench)

        run(on_a_board())


class TestIndicator(IndicatorContract):
    def run(self, test: Callable[[IndicatorBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_board() -> None:
            async with board_bench(IndicatorSide, missing=missing) as bench:
                await test(bench)

        run(on_a_board())
