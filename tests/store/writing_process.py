"""Charges without end and says what is on record, one line after each commit; killed by its test.

`python -m tests.store.writing_process FOLDER FIRST_NUMBER`. It also plays the network: it says which fact it tells
before it settles it.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent.core.facts import Fact, TransactionSampled, TransactionStarted, TransactionStopped
from agent.store.store import Store, open_store
from tests.store.domain import PLUG, sampled, started, stopped


def words(fact: Fact) -> str:
    """One fact in one line: "0 started 7" sorts before its samples, those before "9 stopped 7"."""
    number = 0 if fact.key is None else int(fact.key, 16)
    match fact:
        case TransactionStarted():
            return f"{number:06} 0 started"
        case TransactionSampled():
            return f"{number:06} 1 sampled {fact.readings.readings[0].value}"
        case TransactionStopped():
            return f"{number:06} 2 stopped {fact.register_wh}"


async def charge(store: Store, number: int) -> None:
    """One transaction from start to stop; of two facts recorded about one is told."""
    await store.ledger.record_start(started(number), PLUG)
    say("recorded", started(number))
    for minute in range(3):
        sample = sampled(number, 1100 + minute)
        await store.ledger.record_sample(sample, for_network=True, for_stop=False)
        say("recorded", sample)
        await tell(store)
    await stop(store, number)


async def stop(store: Store, number: int) -> None:
    fact = stopped(number, register_wh=2000)
    await store.ledger.record_stop(fact)
    say("recorded", fact)


async def tell(store: Store) -> None:
    queued = await store.ledger.next_fact()
    if queued is not None:
        say("telling", queued.fact)
        await store.ledger.settle(queued.seq, 1)


def say(what: str, fact: Fact) -> None:
    sys.stdout.write(f"{what} {words(fact)}\n")
    sys.stdout.flush()


async def main(folder: Path, first_number: int) -> None:
    store = open_store(folder)
    for one in store.ledger.open_transactions():
        await stop(store, int(one.key, 16))
    for number in range(first_number, first_number + 100_000):
        await charge(store, number)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
