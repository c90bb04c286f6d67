"""The load profile as the charger keeps it: what the meter counted, over restarts, with few writes while it idles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from agent.core.identity import ConnectorId
from agent.core.load_profile.days import Day, figures_of
from agent.core.quantities import MeterSample
from agent.station.load_keeper import LoadKeeper
from tests.station.desk import EPOCH_MS, ONE, TWO, Desk, at_desk

DAY_S = 86_400


@asynccontextmanager
async def kept(desk: Desk) -> AsyncIterator[LoadKeeper]:
    """One run of the program, ended in order."""
    keeper = LoadKeeper(desk.station)
    task = asyncio.create_task(keeper.run())
    await asyncio.sleep(0.1)
    try:
        yield keeper
    finally:
        task.cancel()
        await keeper.conclude()


class Meters:
    """Of both connectors; what was drawn is counted in watt hours."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.counted_wh: dict[ConnectorId, float] = {ONE: 1_000.0, TWO: 50.0}

    async def draw(
        self, keeper: LoadKeeper, seconds: float, powers_w: tuple[float, float], step_s: float = 5.0
    ) -> None:
        for _ in range(round(seconds / step_s)):
            await asyncio.sleep(step_s)
            for connector, power_w in zip((ONE, TWO), powers_w, strict=True):
                self.counted_wh[connector] += power_w * step_s / 3600
                register_wh = int(self.counted_wh[connector])
                sample = MeterSample(at=self.desk.clock.now(), register_wh=register_wh, power_w=power_w)
                outlet = self.desk.outlets[connector]
                outlet.session = replace(outlet.session, last_sample=sample, last_register_wh=register_wh)
                keeper.session_changed(outlet.session)


async def whole(keeper: LoadKeeper) -> list[Day]:
    return list(await keeper.days(0, 40_000))


def told(days: list[Day], port: int) -> list[int]:
    return [energy for day in days for energy in day.ports[port].energy_wh if energy is not None]


def test_what_is_told_of_a_charge_is_what_the_meter_counted_also_over_a_restart(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS + 890_000)
        meters = Meters(desk)
        async with kept(desk) as keeper:
            await meters.draw(keeper, 5.0, (0.0, 0.0))
            await meters.draw(keeper, 1200.0, (10_800.0, 3_600.0))
        await asyncio.sleep(12.0)
        meters.counted_wh[ONE] += 10_800.0 * 12 / 3600
        async with kept(desk) as keeper:
            await meters.draw(keeper, 1500.0, (10_800.0, 0.0))
            days = await whole(keeper)

        assert told(days, 1) == [2700, 2700, 2700]
        assert sum(told(days, 2)) == 1200 - 4, "what flowed before the first whole quarter is in none"
        figures = figures_of(days)
        assert (figures.peak_w, figures.sum_of_peaks_w, figures.coincidence) == (14_400, 14_400, 1.0)

    at_desk(tmp_path, story)


def test_a_day_of_idling_is_known_and_costs_a_handful_of_writes(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS)
        meters = Meters(desk)
        before = desk.commits
        async with kept(desk) as keeper:
            await meters.draw(keeper, 2 * DAY_S, (0.0, 0.0), step_s=60.0)
            days = await whole(keeper)

        assert len(told(days, 1)) >= 190
        assert set(told(days, 1)) == {0}
        assert (desk.commits - before) / 2 <= 20, "two moments a commit"

    at_desk(tmp_path, story)


def test_a_reading_that_is_doubted_and_a_time_that_is_not_known_leave_a_gap(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        meters = Meters(desk)
        async with kept(desk) as keeper:
            await meters.draw(keeper, 1800.0, (10_800.0, 0.0))
            assert await whole(keeper) == []
            desk.clock.told(EPOCH_MS)
            await meters.draw(keeper, 1000.0, (10_800.0, 0.0))
            garbled = MeterSample(at=desk.clock.now(), register_wh=9_999_999, power_w=10_800.0)
            keeper.session_changed(replace(desk.outlets[ONE].session, last_sample=garbled))
            await meters.draw(keeper, 1500.0, (10_800.0, 0.0))
            days = await whole(keeper)

        assert told(days, 1) == [2700]

    at_desk(tmp_path, story)


def test_a_full_disk_loses_nothing_of_the_running_day(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS)
        meters = Meters(desk)
        async with kept(desk) as keeper:
            await meters.draw(keeper, 1000.0, (3_600.0, 0.0))
            desk.is_full = True
            await meters.draw(keeper, 3600.0, (3_600.0, 0.0))
            desk.is_full = False
            await keeper.flush()
        async with kept(desk) as keeper:
            assert told(await whole(keeper), 1)[:4] == [900] * 4

    at_desk(tmp_path, story)


def test_a_restart_within_a_quarter_loses_no_peak_of_the_station(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS + 890_000)
        meters = Meters(desk)
        async with kept(desk) as keeper:
            await meters.draw(keeper, 5.0, (0.0, 0.0))
            await meters.draw(keeper, 300.0, (7_200.0, 3_600.0))
        async with kept(desk) as keeper:
            await meters.draw(keeper, 700.0, (0.0, 0.0))
            (day,) = await whole(keeper)

        assert [peak for peak in day.peak_w if peak] == [10_800], "what both drew together before the restart"

    at_desk(tmp_path, story)


def test_a_peak_whose_moments_went_with_a_power_cut_is_not_below_that_of_a_connector(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS + 890_000)
        meters = Meters(desk)
        lost = LoadKeeper(desk.station)
        task = asyncio.create_task(lost.run())
        await asyncio.sleep(0.1)
        await meters.draw(lost, 5.0, (0.0, 0.0))
        await meters.draw(lost, 300.0, (7_200.0, 0.0))
        await meters.draw(lost, 700.0, (0.0, 0.0))
        await meters.draw(lost, 100.0, (10_800.0, 0.0))
        await lost.flush()
        task.cancel()
        async with kept(desk) as keeper:
            await meters.draw(keeper, 900.0, (0.0, 0.0))
            (day,) = await whole(keeper)

        assert [peak for peak in day.ports[1].peak_w if peak] == [7_200, 10_800]
        assert [peak for peak in day.peak_w if peak] == [7_200, 10_800]

    at_desk(tmp_path, story)
