"""A lock on GPIO lines: its motor is spared, its plug held, and what is wrong with it told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from agent.drivers.cabinet_contract import LockBench, LockContract
from agent.drivers.gpio.contact import ClosesTo
from agent.drivers.interfaces import DeviceFault, ReportingLock
from agent.drivers.locks.motor import TRIES, TRY_S
from agent.drivers.locks.motor_lock import LOST_AFTER_S, SETTLES_WITHIN_S, MotorLock, Options, create
from agent.drivers.power_path.contacts import ContactKind
from agent.errors import ConfigError
from firmware_sim.gpio_lock import GpioLock
from firmware_sim.parts.socket_lock import SocketLock
from firmware_sim.timeline import Timeline
from tests.drivers.gpio.bench import ChipBench, on_a_chip

LOCK, UNLOCK, LOCKED = "GPIO5", "GPIO6", "GPIO13"
BROKEN_CODE = 4_000
TWO_LINES = Options(bus="gpio", lock_line=LOCK, unlock_line=UNLOCK, feedback_line=LOCKED)
SPRING = Options(bus="gpio", lock_line=LOCK, feedback_line=LOCKED)
RESTS_CLOSED = Options(
    bus="gpio",
    lock_line=LOCK,
    unlock_line=UNLOCK,
    feedback_line=LOCKED,
    feedback=ContactKind.NORMALLY_CLOSED,
    feedback_closes_to=ClosesTo.SUPPLY,
)


def table_of(options: Options) -> dict[str, object]:
    """The same, as a board file writes it for the simulator."""
    table: dict[str, object] = {
        "lock_line": options.lock_line,
        "feedback_line": options.feedback_line,
        "active_low": options.active_low,
        "feedback": options.feedback.value,
        "feedback_closes_to": options.feedback_closes_to.value,
    }
    return table if options.unlock_line is None else table | {"unlock_line": options.unlock_line}


class MotorBench:
    """`motor` is the world's: what the lines do to it."""

    def __init__(self, chip: ChipBench, options: Options) -> None:
        timeline = Timeline(asyncio.get_running_loop())
        self.chip = chip
        self.socket = SocketLock(timeline, lambda: None, lambda: 12.0)
        self.motor = GpioLock(timeline, self.socket, chip.chip, table_of(options))
        self.driver: MotorLock = create("motor_lock on gpio", options, {"gpio": chip.bus})

    async def vanish(self) -> None:
        self.chip.chip.vanish()

    async def appear(self) -> None:
        await self.chip.appear()

    async def insert_plug(self) -> None:
        """This lock knows of no plug."""

    def holds_plug(self) -> bool:
        return self.socket.holds_plug

    def jam(self) -> None:
        self.socket.jam(True)

    def break_feedback(self) -> None:
        self.socket.cut(BROKEN_CODE)

    async def faults(self) -> set[str]:
        """Those of now, once they had time to be told."""
        await asyncio.sleep(0.1)
        faults: tuple[DeviceFault, ...] = await anext(aiter(self.driver.faults()))
        return {fault.id for fault in faults}


def at_a_lock(
    test: Callable[[MotorBench], Awaitable[None]], options: Options = TWO_LINES, *, missing: bool = False
) -> None:
    """Whatever the test does, the motor is not abused."""

    async def on(chip: ChipBench) -> None:
        bench = MotorBench(chip, options)
        await chip.bus.open()
        await bench.driver.open()
        try:
            await test(bench)
        finally:
            await bench.driver.aclose()
        assert bench.motor.abuse == []

    on_a_chip(on, missing=missing)


class TestMotorLock(LockContract):
    def run(self, test: Callable[[LockBench], Awaitable[None]], *, missing: bool = False) -> None:
        at_a_lock(test, missing=missing)


class TestOtherContact(LockContract):
    def run(self, test: Callable[[LockBench], Awaitable[None]], *, missing: bool = False) -> None:
        at_a_lock(test, RESTS_CLOSED, missing=missing)

    def test_a_bolt_that_nobody_sees_is_not_told_as_locked(self) -> None:
        """This contact cannot tell it, as the driver's notes say: one that rests open is the better one."""


def test_nothing_moves_at_the_start() -> None:
    async def rest(bench: MotorBench) -> None:
        await asyncio.sleep(120.0)
        assert bench.motor.movements_at_s == []

    at_a_lock(rest)


def test_lines_may_be_active_low() -> None:
    async def lock(bench: MotorBench) -> None:
        assert await bench.driver.set_locked(True)
        assert bench.holds_plug()
        assert not await bench.driver.set_locked(False)
        assert not bench.holds_plug()

    at_a_lock(lock, replace(TWO_LINES, active_low=True))


def test_a_spring_opens_the_bolt_once_nobody_drives_it() -> None:
    async def drive(bench: MotorBench) -> None:
        assert await bench.driver.set_locked(True)
        await asyncio.sleep(60.0)
        assert bench.holds_plug()

        assert not await bench.driver.set_locked(False)
        assert not bench.holds_plug()

        await bench.driver.set_locked(True)
        await bench.driver.aclose()
        await asyncio.sleep(1.0)
        assert not bench.holds_plug()

    at_a_lock(drive, SPRING)


def test_a_bolt_that_does_not_lock_is_a_fault_until_somebody_wants_something_else() -> None:
    async def jam(bench: MotorBench) -> None:
        assert isinstance(bench.driver, ReportingLock)
        bench.jam()
        began_s = asyncio.get_running_loop().time()
        await bench.driver.set_locked(True)
        assert TRIES * TRY_S <= asyncio.get_running_loop().time() - began_s <= SETTLES_WITHIN_S
        assert await bench.faults() == {"lock.lock_failed"}

        await bench.driver.set_locked(False)
        assert await bench.faults() == set()

    at_a_lock(jam)


def test_a_plug_under_tension_is_told_and_let_go_once_somebody_moves_it() -> None:
    async def tension(bench: MotorBench) -> None:
        await bench.driver.set_locked(True)
        bench.socket.jam(True)
        await bench.driver.set_locked(False)
        assert await bench.faults() == {"lock.unlock_failed"}

        bench.socket.jam(False)
        await asyncio.sleep(40.0)
        assert not bench.holds_plug()
        assert await bench.faults() == set()

    at_a_lock(tension)


def test_a_bolt_that_is_levered_out_is_told_and_locked_again() -> None:
    async def lever(bench: MotorBench) -> None:
        await bench.driver.set_locked(True)
        bench.socket.force_open()
        assert "lock.unexpected_open" in await bench.faults()

        await asyncio.sleep(2.0)
        assert bench.holds_plug()
        assert await bench.faults() == {"lock.unexpected_open"}

    at_a_lock(lever)


def test_more_movements_than_the_motor_bears_wait_and_the_last_wish_counts() -> None:
    async def play(bench: MotorBench) -> None:
        for count in range(30):
            await bench.driver.set_locked(count % 2 == 0)
        await bench.driver.set_locked(True)
        await asyncio.sleep(70.0)

        assert bench.holds_plug()

    at_a_lock(play)


def test_lines_that_are_away_for_long_while_a_plug_is_to_be_locked_are_a_lock_that_failed() -> None:
    async def lose(bench: MotorBench) -> None:
        await bench.driver.set_locked(True)
        await bench.vanish()
        await asyncio.sleep(LOST_AFTER_S + 1.0)
        assert await bench.faults() == {"lock.lock_failed"}

        await bench.appear()
        assert await bench.faults() == set()
        assert bench.holds_plug()

    at_a_lock(lose)


def test_lines_that_are_away_for_a_moment_are_no_fault() -> None:
    async def lose(bench: MotorBench) -> None:
        await bench.driver.set_locked(True)
        told: list[tuple[DeviceFault, ...]] = []

        async def listen() -> None:
            async for faults in bench.driver.faults():
                told.append(faults)

        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen())
            await bench.vanish()
            await asyncio.sleep(1.0)
            await bench.appear()
            listening.cancel()

        assert told == [()]

    at_a_lock(lose)


def test_a_line_has_one_user() -> None:
    async def twice(bench: MotorBench) -> None:
        with pytest.raises(ConfigError, match="already used by motor_lock on gpio"):
            create("other", TWO_LINES, {"gpio": bench.chip.bus})

    at_a_lock(twice)
