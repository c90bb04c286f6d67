from __future__ import annotations

import asyncio
import re
from pathlib import Path

import agent.store
from agent.store.store import Store, open_store


def test_settings_survive_a_restart(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.settings.put({"HeartbeatInterval": "300", "AuthorizeRemoteTxRequests": "false"}))
    run.run(store.settings.put({"HeartbeatInterval": "60"}))
    store.writer.drop()

    store = open_store(tmp_path, inline=True, flush=False)
    store.writer.drop()

    assert dict(store.settings.all()) == {"AuthorizeRemoteTxRequests": "false", "HeartbeatInterval": "60"}


def test_no_statement_numbers_its_placeholders() -> None:
    """Numbered ones count as named: with a sequence of values they are an error from Python 3.14 on."""
    sources = Path(agent.store.__file__).parent.glob("*.py")

    assert [source.name for source in sources if re.search(r"\?\d", source.read_text(encoding="utf-8"))] == []


def test_a_setting_that_has_its_value_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    run.run(store.settings.put({"HeartbeatInterval": "300"}))
    commits = store.writer.commits

    run.run(store.settings.put({"HeartbeatInterval": "300"}))

    assert store.writer.commits == commits


def test_a_setting_is_told_only_once_it_is_durable(store: Store, run: asyncio.Runner) -> None:
    seen = []

    async def put_and_look() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(store.settings.put({"HeartbeatInterval": "300"}))
            seen.append(dict(store.settings.all()))

    run.run(put_and_look())

    assert seen == [{}]
