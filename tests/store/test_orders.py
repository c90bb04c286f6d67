"""The ids of orders that were taken, and what they moved, over restarts, power cuts and a factory reset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from agent.core.orders.envelope import Order, moment
from agent.core.time import Instant
from agent.store import reset
from agent.store.journal import Command
from agent.store.orders import MOST_MOVES, Orders
from agent.store.store import open_store
from firmware_sim.virtual_loop import run

T = TypeVar("T")
NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000


def order(number: int, at_ms: int = NOW_MS) -> Order:
    issued, expires = moment(at_ms), moment(at_ms + 60_000)
    return Order(id=f"{number:032x}", device="QE-1", verb="version", issued=issued, expires=expires, key_id="ada")


def in_store(folder: Path, work: Callable[[Orders], Awaitable[T]]) -> T:
    async def main() -> T:
        store = open_store(folder, inline=True, flush=False)
        try:
            return await work(Orders(store.writer))
        finally:
            await store.aclose()

    return run(main())


def test_what_was_taken_is_seen_after_a_restart(tmp_path: Path) -> None:
    in_store(tmp_path, lambda orders: orders.take(order(1), NOW_MS))

    seen = in_store(tmp_path, lambda orders: orders.seen())

    assert seen.has(order(1)) and not seen.has(order(2))


def test_what_is_forgotten_leaves_its_floor_over_a_restart(tmp_path: Path) -> None:
    late_ms = NOW_MS + 2 * HOUR_MS
    in_store(tmp_path, lambda orders: orders.take(order(1), NOW_MS))
    in_store(tmp_path, lambda orders: orders.take(order(2, late_ms), late_ms))

    seen = in_store(tmp_path, lambda orders: orders.seen())

    assert not seen.has(order(1)) and seen.has(order(2))
    assert seen.floor_ms == order(1).expires_ms


def test_a_factory_reset_lets_no_old_order_be_new_again(tmp_path: Path) -> None:
    async def main() -> bool:
        store = open_store(tmp_path, inline=True, flush=False)
        await Orders(store.writer).take(order(1), NOW_MS)
        await reset.erase(store.writer)
        seen = await Orders(store.writer).seen()
        await store.aclose()
        return seen.has(order(1))

    assert run(main())


def command(verb: str, at_s: float, via: str = "mqtt", outcome: str = "done") -> Command:
    at = Instant(at_s, NOW_MS + round(1000 * at_s), "boot")
    return Command(
        at=at, uid=0, role="operator", verb=verb, arguments="", outcome=outcome, took_ms=3, via=via, changes=True
    )


def test_what_was_moved_through_a_door_is_known_after_a_restart(tmp_path: Path) -> None:
    """Not what only reads, what somebody did elsewhere, and what was refused; but what was ordered and failed."""

    async def main() -> list[tuple[str, float]]:
        store = open_store(tmp_path, inline=True, flush=False)
        for one in (
            command("restart service", 1.0),
            command("unlock", 2.0),
            command("restart board", 3.0, outcome="refused: a charge runs"),
            command("restart system", 4.0, outcome="failed: systemctl says no"),
            command("unlock", 5.0, via="socket"),
            command("log-level", 6.0),
        ):
            await store.logs.journal.record(one)
        await store.aclose()
        store = open_store(tmp_path, inline=True, flush=False, boot_id="boot")
        moved = await Orders(store.writer).moved("mqtt")
        await store.aclose()
        return [(verb, at.monotonic_s) for verb, at in moved]

    assert run(main()) == [("restart service", 1.0), ("unlock", 2.0), ("restart system", 4.0)]


def test_of_many_moves_the_newest_are_known(tmp_path: Path) -> None:
    async def main() -> list[float]:
        store = open_store(tmp_path, inline=True, flush=False, boot_id="boot")
        for number in range(2 * MOST_MOVES):
            await store.logs.journal.record(command("unlock", float(number)))
        moved = await Orders(store.writer).moved("mqtt")
        await store.aclose()
        return [at.monotonic_s for _, at in moved]

    assert run(main()) == [float(number) for number in range(MOST_MOVES, 2 * MOST_MOVES)]
