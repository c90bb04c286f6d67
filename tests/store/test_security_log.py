from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.time import Instant
from agent.store import reset
from agent.store.security_log import SecurityRecord, broken_at
from agent.store.store import Store, open_store
from firmware_sim.virtual_loop import run

NOW_MS = 1_790_000_000_000


def at(second: int) -> Instant:
    return Instant(float(second), NOW_MS + second * 1000, "boot-1")


def opened(folder: Path) -> Store:
    return open_store(folder, inline=True, flush=False)


async def filled(store: Store, count: int) -> tuple[SecurityRecord, ...]:
    for number in range(count):
        await store.logs.security.append(
            at(number), "TamperDetectionActivated", f"number {number}", waits=number % 2 == 0
        )
    return await store.logs.security.records()


def test_what_waits_is_told_in_order_also_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        store = opened(tmp_path)
        await filled(store, 5)
        first = store.logs.security.oldest_waiting()
        assert first is not None
        await store.logs.security.told(first.seq)
        await store.aclose()

        again = opened(tmp_path)
        oldest = again.logs.security.oldest_waiting()
        assert oldest is not None
        assert (oldest.info, oldest.at) == ("number 2", at(2))
        assert again.logs.security.waiting() == 2
        await again.aclose()

    run(story())


def test_the_log_is_bounded_by_age_and_so_is_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.store.security_log.RECORDS_KEPT", 6)
    monkeypatch.setattr("agent.store.security_log.WAITING_AT_MOST", 2)

    async def story() -> None:
        store = opened(tmp_path)
        records = await filled(store, 20)
        assert [record.info for record in records] == [f"number {number}" for number in range(14, 20)]
        assert broken_at(records) is None
        assert store.logs.security.waiting() == 2
        await store.aclose()
        again = opened(tmp_path)
        assert again.logs.security.waiting() == 2
        await again.aclose()

    run(story())


def test_a_factory_reset_keeps_it(tmp_path: Path) -> None:
    async def story() -> None:
        store = opened(tmp_path)
        before = await filled(store, 3)
        await reset.erase(store.writer)
        assert await store.logs.security.records() == before
        await store.aclose()

    run(story())


@given(
    place=st.integers(1, 5),
    change=st.sampled_from(["info", "event", "time", "gone", "swapped"]),
)
def test_a_record_that_was_altered_or_taken_out_shows(
    place: int, change: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def story() -> tuple[SecurityRecord, ...]:
        store = opened(tmp_path_factory.mktemp("log"))
        records = await filled(store, 7)
        await store.aclose()
        return records

    records = list(run(story()))
    assert broken_at(tuple(records)) is None
    match change:
        case "info":
            records[place] = replace(records[place], info="nothing happened")
        case "event":
            records[place] = replace(records[place], event="StartupOfTheDevice")
        case "time":
            records[place] = replace(records[place], at=at(1000))
        case "gone":
            del records[place]
        case _:
            records[place], records[place + 1] = records[place + 1], records[place]

    assert broken_at(tuple(records)) is not None


@pytest.mark.parametrize(("taken_out", "lost"), [("id > 2", 3), ("id = 5", 1), ("1 = 1", 5), ("1 = 0", 0)])
def test_records_that_somebody_took_out_are_missed_once(tmp_path: Path, taken_out: str, lost: int) -> None:
    async def story() -> None:
        store = opened(tmp_path)
        await filled(store, 5)
        store.writer.connection.execute(f"DELETE FROM security_log WHERE {taken_out}")
        await store.aclose()

        again = opened(tmp_path)
        assert again.logs.security.lost == lost
        assert again.security_records_lost.startswith(f"{lost} of" if lost else "")
        await filled(again, 1)
        await again.aclose()
        assert opened(tmp_path).logs.security.lost == 0

    run(story())


def test_a_log_that_grows_beyond_its_bound_misses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.store.security_log.RECORDS_KEPT", 3)

    async def story() -> None:
        store = opened(tmp_path)
        await filled(store, 8)
        await reset.erase(store.writer)
        await store.aclose()
        assert opened(tmp_path).security_records_lost == ""

    run(story())
