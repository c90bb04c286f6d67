"""A DS18B20 as the kernel shows it: two kinds of files, and what looks like a temperature and is none."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import SystemClock
from agent.drivers.cabinet_contract import TemperatureSensorBench, TemperatureSensorContract
from agent.drivers.temperature_sensors import one_wire
from agent.drivers.temperature_sensors.one_wire import OneWireSensor, Options, create
from agent.errors import DriverImplausible, DriverUnavailable
from firmware_sim.temperature_sensors import OneWire
from firmware_sim.virtual_loop import run
from tests.drivers.temperature_sensors.bench import FilesBench, on_files
from tests.drivers.world import LoopClock

ROM, OTHER_ROM = "28-000005e2fdc3", "28-0316a2797bff"


def sensor_at(root: Path) -> OneWireSensor:
    return create("one_wire", Options(rom=ROM, root=root), {}, clock=LoopClock())


def bench_of(folder: Path, *, is_old_kernel: bool) -> FilesBench:
    device = OneWire(folder, ROM, is_old_kernel=is_old_kernel)
    return FilesBench(sensor_at(folder), device, step_k=1 / 16, fault="crc")


class TestNewKernel(TemperatureSensorContract):
    def run(self, test: Callable[[TemperatureSensorBench], Awaitable[None]], *, missing: bool = False) -> None:
        on_files(lambda folder: bench_of(folder, is_old_kernel=False), test, missing=missing)


class TestOldKernel(TemperatureSensorContract):
    def run(self, test: Callable[[TemperatureSensorBench], Awaitable[None]], *, missing: bool = False) -> None:
        on_files(lambda folder: bench_of(folder, is_old_kernel=True), test, missing=missing)


def read_all(tmp_path: Path, *says: str) -> list[float | str]:
    """What each content of the file is read as: a temperature, or the sentence of the error."""
    folder = tmp_path / ROM
    folder.mkdir()
    sensor = sensor_at(tmp_path)

    async def main() -> list[float | str]:
        told: list[float | str] = []
        for content in says:
            (folder / "temperature").write_text(content)
            try:
                told.append((await sensor.read()).celsius)
            except DriverImplausible as error:
                told.append(error.what)
        return told

    return run(main())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("85000\n", "stands in it when its power comes; check its supply"),
        ("-127000\n", "says -127 °C, which is outside -40…125 °C"),
        ("125062\n", "says 125.062 °C, which is outside"),
        ("-40062\n", "a broken or shorted lead; check the plug of the sensor, the 4.7 kΩ pull-up"),
        ("", "nothing to read; check the plug"),
        ("\n", "nothing to read; check the plug"),
        ("warm\n", 'says "warm", which is no temperature; check that this is a temperature sensor'),
        ("50 05 4b 46 7f ff 0c 10 1c : crc=1d NO\n50 05 4b 46 7f ff 0c 10 1c t=21500\n", "damaged (checksum)"),
    ],
)
def test_what_is_no_measurement_is_told_with_what_to_check(tmp_path: Path, content: str, words: str) -> None:
    (told,) = read_all(tmp_path, content)

    assert isinstance(told, str)
    assert words in told


def test_a_terminal_that_passes_85_degrees_is_believed() -> None:
    async def warm(bench: TemperatureSensorBench) -> None:
        for celsius in (84.0, 84.5, 85.0, 85.5):
            bench.warm(celsius)
            assert (await bench.driver.read()).celsius == celsius

    on_files(lambda folder: bench_of(folder, is_old_kernel=False), warm)


@given(st.binary(max_size=40))
def test_no_content_of_the_file_is_anything_but_a_temperature_or_a_sentence(content: bytes) -> None:
    try:
        one_wire._celsius_of("sensor", content.decode("ascii", errors="replace"))
    except DriverImplausible as error:
        assert "check" in error.what


def why_unavailable(sensor: OneWireSensor) -> str:
    async def main() -> str:
        with pytest.raises(DriverUnavailable) as raised:
            await sensor.read()
        return raised.value.what

    return run(main())


def test_a_sensor_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    for other in (OTHER_ROM, "w1_bus_master1"):
        (tmp_path / other).mkdir()

    told = why_unavailable(sensor_at(tmp_path))

    assert f"no sensor {ROM} answers on the 1-Wire bus; there are {OTHER_ROM}; check the plug" in told


def test_a_bus_that_is_not_switched_on_is_told_as_that(tmp_path: Path) -> None:
    assert "check that the 1-Wire bus is switched on" in why_unavailable(sensor_at(tmp_path / "none"))


def test_a_sensor_without_an_answer_is_told_as_that(tmp_path: Path) -> None:
    # Reading a folder is an error that comes at the read, as the kernel's own EIO does.
    (tmp_path / ROM / "w1_slave").mkdir(parents=True)

    assert "cannot be read (Is a directory); check the rights" in why_unavailable(sensor_at(tmp_path))


def test_a_reading_that_hangs_ends_within_its_bound_and_holds_up_nobody(tmp_path: Path) -> None:
    """In real time and with real threads: a pipe that nobody writes to blocks as a sensor does that is half dead."""
    stuck, good = tmp_path / ROM / "temperature", tmp_path / OTHER_ROM / "temperature"
    stuck.parent.mkdir()
    good.parent.mkdir()
    os.mkfifo(stuck)
    good.write_text("21500\n")

    async def main() -> None:
        hanging = OneWireSensor("one", Options(rom=ROM, root=tmp_path), SystemClock(), answers_within_s=0.05)
        other = OneWireSensor("other", Options(rom=OTHER_ROM, root=tmp_path), SystemClock())

        with pytest.raises(DriverUnavailable, match=r"no answer within 0\.05 s; check its wiring"):
            await hanging.read()
        with pytest.raises(DriverUnavailable, match="still holds an earlier reading"):
            await hanging.read()
        assert (await other.read()).celsius == 21.5

        # What blocked comes to its end, and the next reading is a reading again.
        stuck.write_text("22500\n")
        stuck.unlink()
        stuck.write_text("23500\n")
        for thread in threading.enumerate():
            if thread.name == "aside":
                thread.join(5.0)
        assert (await hanging.read()).celsius == 23.5

    asyncio.run(main())
