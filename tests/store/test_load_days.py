from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import given, settings

from agent.core.load_profile.days import KEPT_DAYS, Day, PortDay, with_quarter
from agent.core.load_profile.quarters import QUARTERS, Mark, Quarter, Running
from agent.core.time import Instant
from agent.store import reset
from agent.store.load_days import packed, unpacked
from agent.store.store import Store, open_store
from tests.core.load_profile.test_days import days

RUNNING = Running(number=5, opened_wh=100, peak_w=900, last=Mark(Instant(0.0, 4_600_000), 130))


def a_day(number: int, *, place: int = 0, energy_wh: int = 100) -> Day:
    day = Day(number=number, ports={1: PortDay()})
    return with_quarter(day, 1, Quarter(number=number * QUARTERS + place, energy_wh=energy_wh, peak_w=4 * energy_wh))


@given(days())
@settings(max_examples=30)
def test_a_day_comes_back_as_it_was(day: Day) -> None:
    day = Day(number=day.number, ports={port: one.at(RUNNING) for port, one in day.ports.items()}, peak_w=day.peak_w)

    assert unpacked(day.number, packed(day)) == day


def test_a_day_without_a_charge_takes_little_room() -> None:
    idle = Day(number=9, ports={port: PortDay(energy_wh=(0,) * QUARTERS, peak_w=(0,) * QUARTERS) for port in (1, 2)})

    assert len(packed(idle)) < 200


def test_a_day_is_on_record_with_all_that_was_known_of_it_before(tmp_path: Path, run: asyncio.Runner) -> None:
    store = open_store(tmp_path, inline=True, flush=False)
    run.run(store.upkeep.load_days.keep(a_day(9, place=3)))
    store.writer.drop()
    store = open_store(tmp_path, inline=True, flush=False)
    run.run(store.upkeep.load_days.keep(a_day(9, place=7, energy_wh=5)))

    [day] = run.run(store.upkeep.load_days.days(9, 9))
    newest = run.run(store.upkeep.load_days.newest())

    assert (day.ports[1].energy_wh[3], day.ports[1].energy_wh[7]) == (100, 5)
    assert newest == day
    store.writer.drop()


def test_days_are_bounded_and_a_clock_that_ran_ahead_pushes_out_one_alone(store: Store, run: asyncio.Runner) -> None:
    load = store.upkeep.load_days
    for number in range(1, KEPT_DAYS + 3):
        run.run(load.keep(a_day(number)))
    run.run(load.keep(a_day(30_000)))

    kept = [day.number for day in run.run(load.days(0, 40_000))]

    assert len(kept) == KEPT_DAYS
    assert kept[-1] == 30_000
    assert kept[0] == 4


def test_a_factory_reset_forgets_when_somebody_charged(store: Store, run: asyncio.Runner) -> None:
    run.run(store.upkeep.load_days.keep(a_day(9)))

    run.run(reset.erase(store.writer))

    assert run.run(store.upkeep.load_days.days(0, 40_000)) == ()
