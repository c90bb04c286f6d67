"""The lock against pilot-board-hardware.md 8."""

from __future__ import annotations

import asyncio

from firmware_sim.parts.socket_lock import BRAKE, COAST, LOCK, UNLOCK, SocketLock
from tests.firmware_sim.parts.bench import Watched, on_bench


class Supply:
    def __init__(self) -> None:
        self.volts = 12.0


def test_it_passes_between_and_holds_the_plug_within_a_pulse() -> None:
    async def story(at: Watched) -> list[tuple[int, bool]]:
        lock = SocketLock(at.timeline, at.changed, lambda: 12.0)
        seen = [(lock.code, lock.holds_plug)]
        for drive, wait_s in ((LOCK, 0.1), (LOCK, 0.3), (COAST, 0), (UNLOCK, 0.1), (UNLOCK, 0.3), (BRAKE, 0)):
            lock.drive(drive)
            await asyncio.sleep(wait_s)
            seen.append((lock.code, lock.holds_plug))
        return seen

    assert on_bench(story) == [
        (3000, False), (1800, False), (600, True), (600, True), (1800, False), (3000, False), (3000, False),
    ]  # fmt: skip


def test_a_pulse_that_is_too_short_leaves_it_between() -> None:
    async def story(at: Watched) -> int:
        lock = SocketLock(at.timeline, at.changed, lambda: 12.0)
        lock.drive(LOCK)
        await asyncio.sleep(0.1)
        lock.drive(COAST)
        await asyncio.sleep(1)
        return lock.code

    assert on_bench(story) == 1800


def test_a_jammed_bolt_stays_where_it_is() -> None:
    async def story(at: Watched) -> int:
        lock = SocketLock(at.timeline, at.changed, lambda: 12.0)
        lock.jam(True)
        lock.drive(LOCK)
        await asyncio.sleep(1)
        return lock.code

    assert on_bench(story) == 3000


def test_without_supply_the_capacitor_holds_one_pulse_and_is_full_again_after_twenty_seconds() -> None:
    async def story(at: Watched) -> list[tuple[int, float]]:
        supply = Supply()
        lock = SocketLock(at.timeline, at.changed, lambda: supply.volts)
        lock.drive(LOCK)
        await asyncio.sleep(1)
        supply.volts = 8.0
        seen = []
        for drive in (UNLOCK, COAST, LOCK):
            lock.drive(drive)
            await asyncio.sleep(1)
            seen.append((lock.code, lock.release_v))
        supply.volts = 12.0
        await asyncio.sleep(21)
        return [*seen, (lock.code, lock.release_v)]

    assert on_bench(story) == [(3000, 8.0), (3000, 8.0), (3000, 8.0), (3000, 12.0)]
