"""The board's own firmware in the world: it charges, and what happens when it restarts, stands still or crashes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import bench, rig_of


def test_a_permitted_car_charges_and_is_let_go(tmp_path: Path) -> None:
    async def main() -> tuple[float, str, bool]:
        async with bench(tmp_path) as at:
            await at.charging()
            drawn_w = at.world.status()["connectors"][0]["power_w"]
            at.host.permit = False
            await asyncio.sleep(2)
            state = at.world.status()["connectors"][0]["contactor"]
            await at.do("plug_out")
            await asyncio.sleep(1)
            return drawn_w, state, at.host.status["plugged"]

    assert run(main()) == (11_037.24, "open", False)


def test_statuses_come_five_times_a_second_and_at_once_on_a_change(tmp_path: Path) -> None:
    async def main() -> tuple[int, int]:
        async with bench(tmp_path) as at:
            await asyncio.sleep(10)
            heard = len(at.host.statuses)
            await asyncio.sleep(10)
            quiet = len(at.host.statuses) - heard
            await at.do("plug_in", ready_delay_s=0.35)
            await asyncio.sleep(10)
            return quiet, len(at.host.statuses) - heard - quiet

    quiet, busy = run(main())

    assert quiet == 50
    assert busy > 50


def test_a_reset_board_opens_at_once_and_comes_back_with_another_boot_id(tmp_path: Path) -> None:
    async def main() -> tuple[bool, str, str, int]:
        async with bench(tmp_path) as at:
            await at.charging()
            board = at.world.boards[1]
            before = board.boot_id
            board.reset()
            await asyncio.sleep(0.03)
            opened = not at.outlet.contactor.main_closed
            await asyncio.sleep(5)
            assert int(board.boot_id, 16) == at.host.status["boot_number"]
            return opened, before, board.boot_id, board.boots

    opened, before, after, boots = run(main())

    assert opened
    assert before != after
    assert boots == 2


def test_a_board_that_stands_still_loses_its_coil_to_the_charge_pump(tmp_path: Path) -> None:
    async def main() -> tuple[bool, bool, bool]:
        async with bench(tmp_path) as at:
            await at.charging()
            board = at.world.boards[1]
            board.hang()
            await asyncio.sleep(0.03)
            still_closed = at.outlet.contactor.main_closed
            await asyncio.sleep(0.07)
            return still_closed, at.outlet.contactor.main_closed, board.is_running

    assert run(main()) == (True, False, False)


def test_a_board_that_hangs_while_it_boots_does_not_come_up_by_itself(tmp_path: Path) -> None:
    async def main() -> bool:
        async with rig_of(tmp_path) as rig:
            board = rig.world.boards[1]
            board.reset()
            board.hang()
            await asyncio.sleep(60)
            return board.is_running

    assert run(main()) is False


def test_a_host_that_falls_silent_ends_the_charge_when_its_lease_is_over(tmp_path: Path) -> None:
    async def main() -> tuple[bool, bool]:
        async with bench(tmp_path) as at:
            await at.charging()
            at.world.boards[1].wire.is_cut = True
            await asyncio.sleep(1.4)
            early = at.outlet.contactor.main_closed
            await asyncio.sleep(1.6)
            return early, at.outlet.contactor.main_closed

    assert run(main()) == (True, False)


def test_every_board_of_one_seed_draws_its_own_boot_id(tmp_path: Path) -> None:
    async def main() -> list[str]:
        async with rig_of(tmp_path, board="sim-dual") as rig:
            return [board.boot_id for board in rig.world.boards.values()]

    first, second = run(main())

    assert first != second
