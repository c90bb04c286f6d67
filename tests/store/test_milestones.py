from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import Attempt, Job, JobState, StepRecord, Verdict, passed
from agent.core.metrics.records import Gate, Milestone
from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant
from agent.store import reset
from agent.store.database import known_migrations
from agent.store.journal import Command
from agent.store.milestones import Commissionings, Milestones
from agent.store.store import FILE_NAME, Store, open_store
from agent.store.writer import Writer
from agent.store.written_moments import jobs_as_written, ticks_as_written
from tests.store.domain import BOOT, NOON_UTC_MS, moment

AS_ROOT: dict[str, Any] = {
    **{"uid": 0, "role": "service", "verb": "stop", "arguments": ""},
    **{"outcome": "ok", "took_ms": 1},
}
OTHER = "11111111-0000-4000-8000-000000000000"


def kept(store: Store, run: asyncio.Runner) -> list[Milestone]:
    return list(run.run(store.commissioning.milestones.all()))


def reopened(folder: Path, boot_id: str = BOOT) -> Store:
    return open_store(folder, inline=True, flush=False, boot_id=boot_id)


def test_a_gate_is_kept_once_with_the_first_moment_also_over_restarts(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    assert run.run(store.commissioning.milestones.keep(Gate.AVAILABLE, moment(1), connector=1))
    assert run.run(
        store.commissioning.milestones.keep(Gate.AVAILABLE, moment(2), connector=2, fields={"why": "tested"})
    )
    assert not run.run(store.commissioning.milestones.keep(Gate.AVAILABLE, moment(9), connector=1))
    store.writer.drop()

    store = reopened(tmp_path)

    assert not run.run(store.commissioning.milestones.keep(Gate.AVAILABLE, moment(10), connector=2))
    assert kept(store, run) == [
        Milestone(gate=Gate.AVAILABLE, at=moment(1), connector=1),
        Milestone(gate=Gate.AVAILABLE, at=moment(2), connector=2, fields=(("why", "tested"),)),
    ]
    store.writer.drop()


def test_what_is_shared_by_all_connectors_is_kept_of_the_first_one_alone(store: Store, run: asyncio.Runner) -> None:
    run.run(store.commissioning.milestones.keep(Gate.PAID, moment(1), connector=2, is_shared=True))
    run.run(store.commissioning.milestones.keep(Gate.PAID, moment(2), connector=1, is_shared=True))

    assert [(one.connector, one.at) for one in kept(store, run)] == [(2, moment(1))]
    assert store.commissioning.milestones.has_passed(Gate.PAID)


def test_a_clock_that_was_found_or_set_places_what_the_boot_recorded_before(store: Store, run: asyncio.Runner) -> None:
    run.run(store.commissioning.milestones.keep(Gate.POWERED, moment(0, trusted=False)))
    for after_s, wrong_by_s in ((50, 86_400), (100, 0)):
        at = moment(after_s)
        assert at.utc_ms is not None
        run.run(store.commissioning.milestones.anchor(Instant(at.monotonic_s, at.utc_ms + 1000 * wrong_by_s, BOOT)))

    found = kept(store, run)

    assert [one.gate for one in found] == [Gate.POWERED, Gate.CLOCK], "one anchor a boot, however often it is set"
    assert Timeline(one.at for one in found).utc_ms(moment(0, trusted=False)) == moment(0).utc_ms


def test_a_boot_in_which_nothing_was_recorded_gets_no_anchor(store: Store, run: asyncio.Runner) -> None:
    run.run(store.commissioning.milestones.anchor(moment(5)))

    assert kept(store, run) == []


@pytest.mark.parametrize("boot_id", [BOOT, OTHER])
def test_after_a_factorys_reset_the_site_begins_with_another_boot(
    tmp_path: Path, run: asyncio.Runner, boot_id: str
) -> None:
    store = reopened(tmp_path)
    assert store.commissioning.milestones.begins_at_site()
    run.run(store.commissioning.milestones.keep(Gate.POWERED, moment(1)))
    run.run(reset.erase(store.writer))
    store.writer.drop()

    store = reopened(tmp_path, boot_id)

    assert store.commissioning.milestones.begins_at_site() is (boot_id == OTHER)
    assert not store.commissioning.milestones.has_any()
    store.writer.drop()


def test_once_a_commissioning_was_begun_a_reset_keeps_them(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.commissioning.milestones.keep(Gate.POWERED, moment(1)))
    run.run(store.commissioning.jobs.begin(Job(number=0, job_id="j", state=JobState.RUNNING, started=moment(2))))

    run.run(reset.erase(store.writer))
    store.writer.drop()

    store = reopened(tmp_path)
    assert [one.gate for one in kept(store, run)] == [Gate.POWERED]
    store.writer.drop()


def test_how_commissionings_stand_is_told_without_reading_all_of_them(store: Store, run: asyncio.Runner) -> None:
    assert run.run(store.commissioning.milestones.commissioning()) == Commissionings(is_open=False, completed=None)
    job = run.run(store.commissioning.jobs.begin(Job(number=0, job_id="j", state=JobState.PAUSED, started=moment(2))))
    assert run.run(store.commissioning.milestones.commissioning()).is_open
    run.run(store.commissioning.jobs.keep(replace(job, state=JobState.COMPLETE, ended=moment(9))))

    assert run.run(store.commissioning.milestones.commissioning()) == Commissionings(
        is_open=False, completed=("j", moment(9))
    )


def test_a_commissioning_in_a_boot_without_a_clock_keeps_its_own_moments_for_figures(
    tmp_path: Path, run: asyncio.Runner
) -> None:
    """For people it is placed by the next boot, at the latest it can have been; a figure must not rest on that."""
    dark = [Instant(float(second), None, BOOT) for second in (10, 20, 30, 40)]
    store = reopened(tmp_path)
    step = StepRecord(key="papers", started=dark[1], ended=dark[2], verdict=Verdict.PASS)
    attempt = Attempt(
        test="ST001", connector=None, version=1, attempt=1, started=dark[1], duration_ms=5, outcome=passed("good")
    )
    job = run.run(store.commissioning.jobs.begin(Job(number=0, job_id="j", state=JobState.RUNNING, started=dark[0])))
    run.run(store.commissioning.jobs.keep_attempt(attempt, job.number))
    run.run(store.commissioning.jobs.keep(replace(job, state=JobState.COMPLETE, ended=dark[3], steps=(step,))))
    run.run(store.commissioning.reports.tick("lights", dark[3]))
    store.writer.drop()
    store = reopened(tmp_path, OTHER)
    run.run(store.logs.journal.record(Command(**AS_ROOT, at=Instant(5.0, NOON_UTC_MS, OTHER))))

    placed = run.run(store.commissioning.jobs.all())
    (found,) = run.run(jobs_as_written(store.writer, placed))

    assert placed[0].started.boot_id == OTHER
    assert (found.started, found.ended) == (dark[0], dark[3])
    assert [(one.started, one.ended) for one in found.steps] == [(dark[1], dark[2])]
    assert [one.started for one in found.attempts] == [dark[1]]
    assert run.run(ticks_as_written(store.writer)) == {"lights": dark[3]}
    store.writer.drop()


def test_a_charger_of_an_older_release_says_that_its_first_power_on_is_unknown(
    tmp_path: Path, run: asyncio.Runner
) -> None:
    own = next(number for number, file in known_migrations().items() if "milestones" in file.name)
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    for number in range(1, own):
        connection.executescript(f"{known_migrations()[number].read_text()}; PRAGMA user_version = {number};")
    connection.execute("INSERT INTO boots (boot_id) VALUES (?)", (OTHER,))
    row = (1.0, 1, "agent.started", "[]")
    connection.execute("INSERT INTO journal (at_s, at_boot, name, fields) VALUES (?, ?, ?, ?)", row)
    connection.commit()
    connection.close()

    store = reopened(tmp_path)

    assert [one.gate for one in kept(store, run)] == [Gate.BEGAN]
    assert not store.commissioning.milestones.begins_at_site()
    store.writer.drop()


@given(
    st.lists(st.tuples(st.sampled_from(Gate), st.sampled_from((None, 1, 2)), st.sampled_from(("", "a"))), max_size=12)
)
def test_whatever_is_kept_in_whatever_order_each_is_there_once(
    wanted: list[tuple[Gate, int | None, str]],
) -> None:
    with asyncio.Runner() as run:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        for number in sorted(known_migrations()):
            connection.executescript(known_migrations()[number].read_text())
        milestones = Milestones(Writer(connection, inline=True))

        news = [
            run.run(milestones.keep(gate, moment(place), connector=connector, which=which))
            for place, (gate, connector, which) in enumerate(wanted)
        ]

        assert sum(news) == len(set(wanted)) == len(run.run(milestones.all()))
        assert all(milestones.has_passed(*one) for one in wanted)
