from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agent import VERSION
from agent.core.facts import TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import IdToken
from agent.store.store import FILE_NAME, open_store
from agent.store.transactions import Delivery
from tests.store.domain import CARD, ONE, PLUG, TWO, key, moment, sampled, started, stopped
from tests.store.samples.build import FOLDER, build
from tests.store.test_latches import WELDED, dated
from tests.store.test_profiles import a_profile

SAMPLES = sorted(FOLDER.glob("*.db"))


def content(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        return list(connection.iterdump())


def test_there_is_a_sample_of_this_release() -> None:
    assert f"{VERSION}.db" in [sample.name for sample in SAMPLES]


def test_the_sample_of_this_release_is_what_this_release_writes(tmp_path: Path) -> None:
    build(tmp_path / "built.db")

    assert content(tmp_path / "built.db") == content(FOLDER / f"{VERSION}.db")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_every_sample_is_opened_with_all_it_holds(sample: Path, tmp_path: Path, run: asyncio.Runner) -> None:
    shutil.copy(sample, tmp_path / FILE_NAME)

    store = open_store(tmp_path, inline=True, flush=False)

    (running,) = store.ledger.open_transactions()
    assert (running.key, running.connector, running.plug) == (key(3), TWO, PLUG)
    # Recorded without a clock; the boot's place in time is known where this release wrote the file.
    assert (running.last_wh, replace(running.last_at, utc_ms=None)) == (1777, moment(300, trusted=False))
    sessions = run.run(store.ledger.sessions())
    assert [(one.key, one.energy_wh, one.remote_id) for one in sessions] == [
        (key(3), 777, None),
        (key(2), 1000, None),
        (key(1), 1000, 4711),
    ]
    assert sessions[1].start_delivery is Delivery.ABANDONED
    known = run.run(store.tokens.find(CARD)).kept
    assert known is not None
    assert (known.label, known.group) == ("Ann", IdToken("FAMILY"))
    assert run.run(store.tokens.find(IdToken("BAD001"))).cached is not None
    assert dict(store.settings.all()) == {"HeartbeatInterval": "300", "accepted_once": "true"}
    assert store.profiles.all() == (a_profile(7),)
    assert store.latches.faults(ONE) == (dated(WELDED),)
    assert not store.latches.operative(TWO)
    assert [one.verb for one in run.run(store.logs.journal.commands())] == ["start"]
    assert [one.name for one in run.run(store.logs.journal.events())] == ["transaction.started"]
    store.writer.drop()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_the_queue_of_every_sample_is_told_to_its_end(sample: Path, tmp_path: Path, run: asyncio.Runner) -> None:
    shutil.copy(sample, tmp_path / FILE_NAME)
    store = open_store(tmp_path, inline=True, flush=False)

    async def tell_all() -> list[object]:
        told: list[object] = []
        while (queued := await store.ledger.next_fact()) is not None:
            told.append(queued.fact)
            await store.ledger.settle(queued.seq, 9)
        return told

    told = run.run(tell_all())
    store.writer.drop()

    assert told == [stopped(2), started(3, TWO), sampled(3), sampled(None)]
    assert [type(fact) for fact in told] == [
        TransactionStopped,
        TransactionStarted,
        TransactionSampled,
        TransactionSampled,
    ]
