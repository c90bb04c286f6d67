"""Writes the sample database of this release: `python -m tests.store.samples.build`.

Every later agent must open every sample here. A release adds one and never changes an old one.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from agent import VERSION
from agent.bus import Bus, News
from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.store.journal import Command
from agent.store.store import FILE_NAME, Store, open_store
from agent.store.tokens import KnownToken
from tests.store.domain import CARD, ONE, PLUG, TWO, key, moment, sampled, started, stopped
from tests.store.test_latches import WELDED
from tests.store.test_profiles import a_profile

FOLDER = Path(__file__).parent


async def fill(store: Store) -> None:
    """One of everything: a session told, one given up, one running, a queue, and all the small things."""
    ledger = store.ledger
    await ledger.record_start(started(1), PLUG)
    await ledger.record_sample(sampled(1), for_network=True, for_stop=True)
    await ledger.record_stop(stopped(1))
    for _ in range(3):
        await _tell(store, remote_id=4711)
    await ledger.record_start(started(2), PLUG)
    refused = await ledger.next_fact()
    assert refused is not None
    await ledger.record_attempt(refused.seq)
    await ledger.abandon(refused.seq, "answered InternalError")
    await ledger.record_stop(stopped(2))
    await ledger.record_start(started(3, TWO), PLUG)
    await ledger.record_sample(sampled(3), for_network=True, for_stop=True)
    await ledger.record_sample(sampled(None), for_network=True, for_stop=False)
    await ledger.record_checkpoint(key(3), 1777, moment(300, trusted=False))
    await store.settings.put({"HeartbeatInterval": "300", "accepted_once": "true"})
    await store.tokens.add(KnownToken(token=CARD, label="Ann", group=IdToken("FAMILY")))
    await store.tokens.remember(KnownToken(token=IdToken("BAD001"), status=AuthorizationStatus.BLOCKED))
    await store.profiles.change(lambda _: (a_profile(7),))
    await store.latches.keep_faults(ONE, (WELDED,))
    await store.latches.record_operative(TWO, False)
    await store.logs.journal.record(
        Command(at=moment(), uid=1000, role="operator", verb="start", arguments="{}", outcome="ok", took_ms=2)
    )
    bus = Bus()
    with bus.reader() as reader:
        bus.tell(News(name="transaction.started", at=moment(), connector=ONE, fields=(("register_wh", 1000),)))
        await store.logs.journal.flush(reader)


async def _tell(store: Store, remote_id: int) -> None:
    queued = await store.ledger.next_fact()
    assert queued is not None
    await store.ledger.settle(queued.seq, remote_id)


def build(target: Path) -> None:
    """Write the sample to `target`; the same bytes every time with one version of the database library."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), inline=True)
        with asyncio.Runner() as runner:
            runner.run(fill(store))
            runner.run(store.aclose())
        shutil.copy(Path(folder) / FILE_NAME, target)


if __name__ == "__main__":
    build(FOLDER / f"{VERSION}.db")
