"""Registers are exact: the sum of power times time, whatever the order of changes and readings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.energy import (
    PJ_PER_WH,
    EnergyRegisters,
    Integrator,
    MemoryRegisters,
    RegisterFile,
    RegistersUnreadable,
)
from firmware_sim.timeline import US_PER_S, Timeline
from firmware_sim.virtual_loop import run

POWERS_UW = st.integers(0, 30_000 * 10**6)
SEGMENTS = st.lists(st.tuples(POWERS_UW, st.integers(1, 10_000 * US_PER_S)), max_size=30)


class Hands:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at_us = 0

    def now_us(self) -> int:
        return self.at_us


@given(SEGMENTS, st.data())
def test_energy_is_the_sum_of_power_times_time(segments: list[tuple[int, int]], data: st.DataObject) -> None:
    clock = Hands()
    counter = Integrator(clock)  # type: ignore[arg-type]
    readings = [counter.energy_pj()]

    for power_uw, lasts_us in segments:
        counter.set_power(power_uw)
        first_us = data.draw(st.integers(0, lasts_us))
        clock.at_us += first_us
        readings.append(counter.energy_pj())
        clock.at_us += lasts_us - first_us
        readings.append(counter.energy_pj())

    assert readings[-1] == sum(power_uw * lasts_us for power_uw, lasts_us in segments)
    assert readings == sorted(readings)


@given(st.lists(st.tuples(POWERS_UW, POWERS_UW, POWERS_UW, st.integers(1, 10**9)), max_size=20))
def test_the_total_is_the_sum_of_the_phases_rounded_down(segments: list[tuple[int, int, int, int]]) -> None:
    clock = Hands()
    registers = EnergyRegisters(clock, MemoryRegisters(), "m", first_wh=1_000)  # type: ignore[arg-type]

    for *phases_uw, lasts_us in segments:
        registers.set_power(phases_uw)
        clock.at_us += lasts_us

    flowed_pj = sum((one + two + three) * lasts_us for one, two, three, lasts_us in segments)
    assert sum(registers.read_pj()) == 1_000 * PJ_PER_WH + flowed_pj
    assert registers.total_wh() == 1_000 + flowed_pj // PJ_PER_WH


@given(st.integers(0, 10**9))
def test_a_fresh_meter_starts_at_the_watt_hours_it_was_told(first_wh: int) -> None:
    registers = EnergyRegisters(Hands(), MemoryRegisters(), "m", first_wh)  # type: ignore[arg-type]

    assert registers.total_wh() == first_wh


def test_eleven_kilowatts_for_an_hour_are_eleven_kilowatt_hours() -> None:
    async def main() -> int:
        registers = EnergyRegisters(Timeline(asyncio.get_running_loop()), MemoryRegisters(), "m")
        registers.set_power((3_680_000_000, 3_680_000_000, 3_680_000_000))
        await asyncio.sleep(3_600)
        return registers.total_wh()

    assert run(main()) == 11_040


def test_what_was_read_once_is_kept_over_the_death_of_the_world(tmp_path: Path) -> None:
    file, clock = tmp_path / "meter.json", Hands()
    registers = EnergyRegisters(clock, RegisterFile(file), "m")  # type: ignore[arg-type]
    registers.set_power((10**9, 10**9, 10**9))
    clock.at_us = 3_600 * US_PER_S
    seen_wh = registers.total_wh()

    again = EnergyRegisters(Hands(), RegisterFile(file), "m", first_wh=7)  # type: ignore[arg-type]

    assert seen_wh == 3_000
    assert again.total_wh() == seen_wh


@pytest.mark.parametrize("content", ["", "{", "[]", '{"m": [1, 2]}', '{"m": [1, 2, -3]}', '{"m": [1, 2, 3.5]}'])
def test_a_file_that_holds_no_counters_is_refused_in_words(tmp_path: Path, content: str) -> None:
    file = tmp_path / "meter.json"
    file.write_text(content)

    with pytest.raises(RegistersUnreadable, match="holds no meter counters; move it away"):
        RegisterFile(file)


def test_a_meter_that_is_not_read_and_not_used_writes_nothing(tmp_path: Path) -> None:
    file, clock = tmp_path / "meter.json", Hands()
    registers = EnergyRegisters(clock, RegisterFile(file), "m")  # type: ignore[arg-type]
    registers.read_pj()
    first = file.stat().st_mtime_ns

    clock.at_us = 10**9
    registers.read_pj()

    assert file.stat().st_mtime_ns == first
    assert json.loads(file.read_text()) == {"m": [0, 0, 0]}
