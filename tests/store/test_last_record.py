"""The last record of a running transaction, from which a power cut's end takes its register and its time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.store.store import Store, open_store
from tests.store.domain import PLUG, key, moment, sampled, started


def test_a_reading_from_before_the_start_lets_no_charge_end_before_it_began(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_sample(sampled(1, 1000, after_s=0.4), for_network=False, for_stop=True))

    store.writer.drop()
    again = open_store(tmp_path, inline=True, flush=False)
    (found,) = again.ledger.open_transactions()
    again.writer.drop()

    assert (found.last_wh, found.last_at) == (1000, found.started_at)


def test_the_register_of_another_boot_is_the_last_whatever_that_boots_clock_says(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    later = moment(-900, boot="another-boot")
    run.run(store.ledger.record_checkpoint(key(1), 1250, later))

    store.writer.drop()
    again = open_store(tmp_path, inline=True, flush=False)
    (found,) = again.ledger.open_transactions()
    again.writer.drop()

    assert (found.last_wh, found.last_at) == (1250, later)
