"""ST604 lock.motor: the bolt of the socket goes in and out, three times, and holds the plug.

What the bolt's motor draws has no reading, and a plug that is half in asks for a hand that holds it there: neither is
in this test.
"""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, failed, not_applicable, passed
from agent.errors import DriverRejected
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.judging.limits import all_told, outside

VERSION = 1
TIMES = 3
MOVES_WITHIN_S = 1.0
CAUSE = "lock.lock_failed"
HINT = "Look into the socket for a bolt that is bent or blocked, and check the plug of the lock's motor on the board."


async def run(bench: Bench) -> Outcome:
    if bench.drivers().get("lock") is None:
        return not_applicable("The cable is part of this charger: there is no socket to lock.")
    return await _moved(bench)


@with_adapter
async def _moved(bench: Bench, adapter: Adapter) -> Outcome:
    await adapter.be("B")
    measured: list[Measured] = []
    for turn in range(1, TIMES + 1):
        for locks in (True, False):
            word = "locking" if locks else "unlocking"
            began = bench.now()
            try:
                is_locked = await bench.set_locked(locks)
            except DriverRejected as error:
                return failed(f"The lock refuses: {error.what}.", HINT, *measured, cause=CAUSE)
            took_s = bench.now().since(began)
            took = Measured(
                name=f"{word} {turn}",
                value=round(took_s, 2) if is_locked is locks else None,
                unit="s",
                high=MOVES_WITHIN_S,
                source="self-test catalogue ST604",
            )
            measured.append(took)
            if is_locked is not locks:
                cause = CAUSE if locks else "lock.unlock_failed"
                return failed(f"The bolt did not move: {word} {turn} came to nothing.", HINT, *measured, cause=cause)
    if slow := outside(tuple(measured)):
        return failed(f"The bolt is slow: {all_told(slow)}.", HINT, *measured, cause=CAUSE)
    return await _held(bench, tuple(measured))


async def _held(bench: Bench, measured: tuple[Measured, ...]) -> Outcome:
    await bench.set_locked(True)
    holds = await bench.person.confirms("ST604.holds", "Pull at the plug by hand: does the lock hold it?")
    await bench.set_locked(False)
    if holds:
        return passed(f"The lock moves and holds: {all_told(measured)}.", *measured)
    says = "The lock says that it holds the plug, and the plug can be pulled out."
    return failed(
        says, "Replace the lock: its feedback does not tell the truth, or the bolt misses.", *measured, cause=CAUSE
    )
