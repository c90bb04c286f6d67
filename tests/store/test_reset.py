from __future__ import annotations

import asyncio
from pathlib import Path

from agent.core.identity import IdToken
from agent.store import reset
from agent.store.journal import Command
from agent.store.store import FILE_NAME, Store, open_store
from agent.store.tokens import KnownToken
from tests.store.domain import CARD, ONE, PLUG, moment, sampled, started
from tests.store.test_latches import WELDED, dated

CANARY = "CANARY0815"


def filled(store: Store, run: asyncio.Runner) -> None:
    command = Command(at=moment(), uid=0, role="service", verb="token add", arguments="{}", outcome="ok", took_ms=1)
    run.run(store.logs.journal.record(command))
    run.run(store.latches.keep_faults(ONE, (WELDED,)))
    run.run(store.tokens.add(KnownToken(token=IdToken(CANARY))))
    run.run(store.settings.put({"MeterPublicKey": CANARY}))
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_sample(sampled(1), for_network=True, for_stop=True))


def test_what_belongs_to_people_goes_and_what_belongs_to_the_hardware_stays(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    filled(store, run)

    run.run(reset.erase(store.writer))
    store.writer.drop()
    store = open_store(tmp_path, inline=True, flush=False)

    assert run.run(store.tokens.listed()) == ()
    assert dict(store.settings.all()) == {}
    assert store.ledger.open_transactions() == ()
    assert store.ledger.queued() == 0
    assert store.latches.faults(ONE) == (dated(WELDED),)
    assert [one.verb for one in run.run(store.logs.journal.commands())] == ["token add"]
    store.writer.drop()


def test_erased_values_are_not_readable_in_any_file(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    filled(store, run)
    before = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE_NAME}*"))

    run.run(reset.erase(store.writer))
    after = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE_NAME}*"))

    assert CANARY.encode() in before
    assert CANARY.encode() not in after
    assert CARD.value.encode() not in after
