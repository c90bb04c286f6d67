from __future__ import annotations

import asyncio
from pathlib import Path

from agent.core.health.boots import RunEnd, RunReason
from agent.core.time import Instant
from agent.store import reset
from agent.store.runs import RUNS_KEPT
from agent.store.store import Store, open_store

AT = Instant(50.0, 1_800_000_000_000, "boot-1")


def reopened(folder: Path) -> Store:
    return open_store(folder, inline=True, flush=False)


def test_each_start_says_how_the_one_before_it_ended(tmp_path: Path, run: asyncio.Runner) -> None:
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(AT, "1.0", hardware_watchdog=False))
    run.run(store.upkeep.runs.conclude(AT.plus(60.0), RunEnd.RESTART))
    store.writer.drop()
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(AT.plus(70.0), "1.1", hardware_watchdog=False))
    run.run(store.upkeep.runs.stuck(("connector 1", "limits")))
    store.writer.drop()
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(AT.plus(90.0), "1.1", hardware_watchdog=False))
    store.writer.drop()
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(Instant(9.0, None, "boot-2"), "1.1", hardware_watchdog=False))

    last, *rest = run.run(store.upkeep.runs.newest(10))

    assert (last.reason, last.how, last.started.boot_id) == (RunReason.POWER, None, "boot-2")
    assert [(one.reason, one.how, one.stuck, one.version) for one in rest] == [
        (RunReason.WATCHDOG, RunEnd.POWER, "", "1.1"),
        (RunReason.RESTART, RunEnd.WATCHDOG, "connector 1, limits", "1.1"),
        (RunReason.FIRST, RunEnd.RESTART, "", "1.0"),
    ]
    assert rest[-1].ended == AT.plus(60.0)
    store.writer.drop()


def test_a_part_that_goes_on_is_stuck_no_more(store: Store, run: asyncio.Runner) -> None:
    runs = store.upkeep.runs
    run.run(runs.begin(AT, "1.0", hardware_watchdog=False))
    run.run(runs.stuck(("limits",)))
    run.run(runs.stuck(()))

    [one] = run.run(runs.newest(10))
    assert one.stuck == ""


def test_runs_are_bounded_and_outlive_a_factory_reset(store: Store, run: asyncio.Runner) -> None:
    for number in range(RUNS_KEPT + 3):
        run.run(store.upkeep.runs.begin(AT.plus(number), f"1.{number}", hardware_watchdog=False))

    run.run(reset.erase(store.writer))

    kept = run.run(store.upkeep.runs.newest(1000))
    assert len(kept) == RUNS_KEPT
    assert kept[0].version == f"1.{RUNS_KEPT + 2}"
