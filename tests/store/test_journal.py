from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agent.bus import Bus, News
from agent.chain import first_break
from agent.store.journal import Command
from agent.store.store import Store, open_store
from firmware_sim import virtual_loop
from tests.store.domain import ONE, moment


def news(number: int) -> News:
    fields = (("register_wh", 10_000 + number), ("reason", None), ("offered_a", 16.0), ("resumed", False))
    return News(name="transaction.started", at=moment(number), connector=ONE, fields=fields)


def command(verb: str) -> Command:
    return Command(
        at=moment(), uid=1000, role="installer", verb=verb, arguments='{"connector":1}', outcome="ok", took_ms=3
    )


def test_news_is_read_back_as_it_was_told(store: Store, run: asyncio.Runner) -> None:
    bus = Bus()

    async def tell_and_flush() -> tuple[News, ...]:
        with bus.reader() as reader:
            for number in range(3):
                bus.tell(news(number))
            await store.logs.journal.flush(reader)
        return await store.logs.journal.events(2)

    assert run.run(tell_and_flush()) == (news(1), news(2))


def test_a_batch_is_one_commit_and_nothing_is_none(store: Store, run: asyncio.Runner) -> None:
    bus = Bus()

    async def tell_and_flush() -> None:
        with bus.reader() as reader:
            await store.logs.journal.flush(reader)
            for number in range(20):
                bus.tell(news(number))
            await store.logs.journal.flush(reader)
            await store.logs.journal.flush(reader)

    run.run(tell_and_flush())

    assert store.writer.commits == 1


def test_only_the_newest_events_are_kept(store: Store, run: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.store.journal.NEWS_KEPT", 5)
    bus = Bus()

    async def tell_many() -> tuple[News, ...]:
        with bus.reader() as reader:
            for number in range(12):
                bus.tell(news(number))
                await store.logs.journal.flush(reader)
        return await store.logs.journal.events(100)

    assert run.run(tell_many()) == tuple(news(number) for number in range(7, 12))


def test_a_command_that_changes_something_is_durable_with_those_noted_before(store: Store, run: asyncio.Runner) -> None:
    store.logs.journal.note(command("status"))
    run.run(store.logs.journal.record(command("stop")))

    assert run.run(store.logs.journal.commands()) == (command("status"), command("stop"))


def test_commands_that_were_only_noted_are_written_with_the_next_batch(store: Store, run: asyncio.Runner) -> None:
    store.logs.journal.note(command("status"))

    async def flush() -> tuple[Command, ...]:
        with Bus().reader() as reader:
            await store.logs.journal.flush(reader)
        return await store.logs.journal.commands()

    assert run.run(flush()) == (command("status"),)


def test_news_is_written_five_seconds_after_the_first_of_a_batch(tmp_path: Path) -> None:
    async def tell_now_and_then() -> list[int]:
        store = open_store(tmp_path, inline=True, flush=False)
        bus, commits = Bus(), []
        with bus.reader() as reader:
            async with asyncio.TaskGroup() as group:
                running = group.create_task(store.logs.journal.run(reader))
                for number in range(8):
                    bus.tell(news(number))
                    await asyncio.sleep(2)
                    commits.append(store.writer.commits)
                running.cancel()
        store.writer.drop()
        return commits

    # Told at 0, 2, 4 … s; written at 5 s, and 5 s after the first that came later: 11 s.
    assert virtual_loop.run(tell_now_and_then()) == [0, 0, 1, 1, 1, 2, 2, 2]


def test_news_that_cannot_be_written_is_lost_and_the_journal_goes_on(store: Store, run: asyncio.Runner) -> None:
    bus = Bus()

    async def tell_and_flush() -> tuple[News, ...]:
        with bus.reader() as reader:
            await store.writer.alone(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
            for number in range(200):
                bus.tell(replace(news(number), fields=(("text", "x" * 1000),)))
            await store.logs.journal.flush(reader)
            await store.writer.alone(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
            bus.tell(news(1))
            await store.logs.journal.flush(reader)
        return await store.logs.journal.events()

    assert run.run(tell_and_flush()) == (news(1),)


def test_no_event_can_be_changed_taken_out_or_moved_without_breaking_the_chain(
    store: Store, run: asyncio.Runner
) -> None:
    bus = Bus()

    async def tell_in_two_batches() -> list[dict[str, object]]:
        with bus.reader() as reader:
            for number in range(6):
                bus.tell(news(number))
                if number == 2:
                    await store.logs.journal.flush(reader)
            await store.logs.journal.flush(reader)
        return list(await store.logs.journal.linked_events(10))

    entries = run.run(tell_in_two_batches())

    assert first_break(entries) is None
    assert first_break([*entries[:2], *entries[3:]]) == 2
    assert first_break([*entries[:2], entries[3], entries[2], *entries[4:]]) == 2
    for place in range(1, len(entries)):
        changed = [dict(one) for one in entries]
        changed[place]["fields"] = {"register_wh": 1}
        assert first_break(changed) == place


def test_the_chain_says_nothing_of_who_charged(store: Store, run: asyncio.Runner) -> None:
    told = News(name="session.authorized", at=moment(1), connector=ONE, fields=(("token", "04A1B2C3"), ("by", "list")))
    bus = Bus()

    async def tell() -> str:
        with bus.reader() as reader:
            bus.tell(told)
            await store.logs.journal.flush(reader)
        return repr(await store.logs.journal.linked_events(10))

    assert "04A1B2C3" not in run.run(tell())
