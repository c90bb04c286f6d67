"""Temperatures that the kernel measures by itself, found by their names among others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.drivers import loader
from agent.drivers.cabinet_contract import TemperatureSensorBench, TemperatureSensorContract
from agent.drivers.temperature_sensors.sysfs import Options, create
from agent.errors import DriverImplausible, DriverUnavailable
from firmware_sim.temperature_sensors import HwmonChip, ThermalZone
from firmware_sim.virtual_loop import run
from tests.drivers.temperature_sensors.bench import FilesBench, on_files
from tests.drivers.world import LoopClock


def zone_bench(folder: Path) -> FilesBench:
    ThermalZone(folder, 0, "gpu-thermal").appear()
    device = ThermalZone(folder, 3, "cpu-thermal")
    driver = create("sysfs", Options(zone="cpu-thermal", thermal_root=folder), {}, clock=LoopClock())
    return FilesBench(driver, device, step_k=0.001, fault="nothing")


def chip_bench(folder: Path) -> FilesBench:
    HwmonChip(folder, 0, "nvme", None).appear()
    device = HwmonChip(folder, 1, "lm75", "terminal")
    driver = create("sysfs", Options(chip="lm75", label="terminal", hwmon_root=folder), {}, clock=LoopClock())
    return FilesBench(driver, device, step_k=0.001, fault="nothing")


class TestThermalZone(TemperatureSensorContract):
    def run(self, test: Callable[[TemperatureSensorBench], Awaitable[None]], *, missing: bool = False) -> None:
        on_files(zone_bench, test, missing=missing)


class TestHwmon(TemperatureSensorContract):
    def run(self, test: Callable[[TemperatureSensorBench], Awaitable[None]], *, missing: bool = False) -> None:
        on_files(chip_bench, test, missing=missing)


def why(options: Options, kind: type[DriverUnavailable | DriverImplausible]) -> str:
    async def main() -> str:
        with pytest.raises(kind) as raised:
            await create("sysfs", options, {}, clock=LoopClock()).read()
        return raised.value.what

    return run(main())


def test_a_zone_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    ThermalZone(tmp_path, 0, "soc-thermal").appear()

    told = why(Options(zone="cpu-thermal", thermal_root=tmp_path), DriverUnavailable)

    assert told.startswith('there is no thermal zone "cpu-thermal"; there are soc-thermal; check the name')


def test_a_label_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    HwmonChip(tmp_path, 0, "lm75", "terminal").appear()

    told = why(Options(chip="lm75", label="socket", hwmon_root=tmp_path), DriverUnavailable)

    assert 'there is no temperature of chip "lm75" labelled "socket"; there are other, terminal' in told


def test_two_of_one_name_are_not_told_apart_by_taking_the_first(tmp_path: Path) -> None:
    for number in (0, 1):
        ThermalZone(tmp_path / "thermal", number, "cpu-thermal").appear()
    HwmonChip(tmp_path / "hwmon", 0, "lm75", "terminal").appear()

    zones = why(Options(zone="cpu-thermal", thermal_root=tmp_path / "thermal"), DriverImplausible)
    inputs = why(Options(chip="lm75", hwmon_root=tmp_path / "hwmon"), DriverImplausible)

    assert 'more than one thermal zone "cpu-thermal": thermal_zone0, thermal_zone1; check which is meant' in zones
    assert 'more than one temperature of chip "lm75": hwmon0, hwmon0; check which is meant' in inputs


def test_a_zone_that_holds_no_number_is_told_as_that(tmp_path: Path) -> None:
    zone = ThermalZone(tmp_path, 0, "cpu-thermal")
    zone.appear()
    zone.says("empty")

    assert "which is no temperature; check" in why(
        Options(zone="cpu-thermal", thermal_root=tmp_path), DriverImplausible
    )


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({}, "zone", "either a thermal zone"),
        ({"zone": "a", "chip": "b"}, "zone", "either a thermal zone"),
        ({"zone": "a", "label": "b"}, "label", "belongs to a chip"),
    ],
)
def test_a_board_names_one_of_both(options: dict[str, object], key: str, words: str) -> None:
    (problem,) = loader.check_driver("temperature_sensor", "sysfs", options, None)

    assert problem.key == (key,)
    assert words in problem.what
