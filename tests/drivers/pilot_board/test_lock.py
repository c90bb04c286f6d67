"""The lock of a simulated socket: locked, unlocked, jammed, held while the plug is live, and told as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from agent.core.control_pilot import ContactorState
from agent.drivers.cabinet_contract import LockBench, LockContract
from agent.drivers.pilot_board import lock
from agent.drivers.pilot_board.lock import SETTLES_WITHIN_S, BoardLock
from agent.drivers.watching import comes_true, until
from agent.errors import ConfigError, DriverRejected, DriverUnavailable
from firmware_sim.breakage import break_it
from firmware_sim.virtual_loop import run
from tests.drivers.pilot_board.bench import BUS, BoardBench
from tests.drivers.world import charger


class SocketBench(BoardBench):
    """Its board, and the driver of the lock."""

    lock: BoardLock

    def holds_plug(self) -> bool:
        socket = self.site.outlet.parts.lock
        return socket is not None and socket.holds_plug

    async def plug_in_and_wait(self) -> None:
        self.plug_in()
        await until(self.pilot.states(), lambda reading: reading.state.plugged)


Bench = TypeVar("Bench", bound=SocketBench)


def at_a_socket(test: Callable[[SocketBench], Awaitable[None]], board: str = "sim-socket") -> None:
    """A test at a socket of this board."""
    on_a_board(SocketBench, test, board)


def on_a_board(
    kind: type[Bench], test: Callable[[Bench], Awaitable[None]], board: str = "sim-socket", *, missing: bool = False
) -> None:
    async def body() -> None:
        async with charger(name=board) as site:
            if missing:
                site.board.wire.vanish()
            bench = kind(site)
            bench.lock = lock.create("lock", lock.Options(bus=BUS), {BUS: bench.link})
            await bench.link.open()
            try:
                if not missing:
                    await bench.is_ready()
                await test(bench)
            finally:
                await bench.link.aclose()

    run(body())


class LockSide(SocketBench):
    """As the contract of locks wants it."""

    @property
    def driver(self) -> BoardLock:
        return self.lock

    async def insert_plug(self) -> None:
        await self.plug_in_and_wait()

    def jam(self) -> None:
        break_it(self.site.world, "lock_jam", 1, {})

    def break_feedback(self) -> None:
        break_it(self.site.world, "lock_wire", 1, {"code": 4_000})


class TestBoardLock(LockContract):
    def run(self, test: Callable[[LockBench], Awaitable[None]], *, missing: bool = False) -> None:
        on_a_board(LockSide, test, missing=missing)


def test_without_a_plug_there_is_nothing_to_wait_for() -> None:
    async def story(bench: SocketBench) -> None:
        began_s = asyncio.get_running_loop().time()

        assert not await bench.lock.set_locked(True)
        assert asyncio.get_running_loop().time() == began_s

        await bench.plug_in_and_wait()
        await comes_true(bench.holds_plug)

    at_a_socket(story)


@pytest.mark.parametrize("locked", [True, False])
def test_a_jammed_lock_is_told_as_what_was_not_wished(locked: bool) -> None:
    async def story(bench: SocketBench) -> None:
        await bench.plug_in_and_wait()
        await bench.lock.set_locked(not locked)
        break_it(bench.site.world, "lock_jam", 1, {})
        began_s = asyncio.get_running_loop().time()

        assert await bench.lock.set_locked(locked) is not locked

        assert asyncio.get_running_loop().time() - began_s <= SETTLES_WITHIN_S + 0.01

    at_a_socket(story)


def test_whoever_moved_the_plug_of_a_jammed_lock_gets_it_at_once() -> None:
    """The board would pause for half a minute; told once more it tries again, and fails again while it is jammed."""

    async def story(bench: SocketBench) -> None:
        await bench.plug_in_and_wait()
        await bench.lock.set_locked(True)
        break_it(bench.site.world, "lock_jam", 1, {})
        assert await bench.lock.set_locked(False)
        await asyncio.sleep(8)
        assert await bench.lock.set_locked(False), "it is jammed still"
        await asyncio.sleep(8)
        socket = bench.site.outlet.parts.lock
        assert socket is not None
        socket.jam(False)
        began_s = asyncio.get_running_loop().time()

        assert not await bench.lock.set_locked(False)

        assert asyncio.get_running_loop().time() - began_s < 2.0
        assert not bench.holds_plug()

    at_a_socket(story)


@pytest.mark.parametrize("locked", [True, False])
def test_a_lock_that_nobody_can_read_is_told_as_what_was_not_wished(locked: bool) -> None:
    async def story(bench: SocketBench) -> None:
        await bench.plug_in_and_wait()
        await bench.lock.set_locked(not locked)
        socket = bench.site.outlet.parts.lock
        assert socket is not None
        socket.cut(4_000)
        await asyncio.sleep(1)

        assert await bench.lock.set_locked(locked) is not locked

    at_a_socket(story)


def test_a_live_plug_stays_locked_whatever_is_wished() -> None:
    async def story(bench: SocketBench) -> None:
        await bench.plug_in_and_wait()
        assert await bench.lock.set_locked(True)
        await bench.permit()
        await bench.pilot.offer(16)
        await until(bench.contactor.states(), lambda state: state is ContactorState.CLOSED)

        assert await bench.lock.set_locked(False)
        assert bench.holds_plug()

        await bench.contactor.permit(False)
        await comes_true(lambda: not bench.holds_plug())

    at_a_socket(story)


def test_a_board_that_is_away_gets_the_wish_when_it_is_back() -> None:
    async def story(bench: SocketBench) -> None:
        await bench.plug_in_and_wait()
        await bench.lock.set_locked(True)
        await bench.vanish()
        await asyncio.sleep(3)

        with pytest.raises(DriverUnavailable):
            await bench.lock.set_locked(False)

        await bench.appear()
        await comes_true(lambda: not bench.holds_plug())

    at_a_socket(story)


def test_a_program_that_ends_leaves_the_lock_as_it_is() -> None:
    async def story(bench: SocketBench) -> None:
        await bench.plug_in_and_wait()
        await bench.lock.set_locked(True)

        await bench.lock.aclose()
        await bench.link.aclose()
        await asyncio.sleep(5)

        assert bench.holds_plug()

    at_a_socket(story)


def test_a_board_without_a_lock_says_so() -> None:
    async def story(bench: SocketBench) -> None:
        with pytest.raises(DriverRejected, match="has no lock"):
            await bench.lock.set_locked(False)

    at_a_socket(story, board="sim-single")


def test_a_board_has_one_lock() -> None:
    async def story(bench: SocketBench) -> None:
        with pytest.raises(ConfigError, match="two connectors name it for their lock"):
            lock.create("lock", lock.Options(bus=BUS), {BUS: bench.link})

    at_a_socket(story)
