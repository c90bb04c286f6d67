"""An NTC on a converter: from its code to a temperature, and what is a lead and no temperature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.cabinet_contract import TemperatureSensorBench, TemperatureSensorContract
from agent.drivers.temperature_sensors.iio_ntc import Options, Place, celsius_of, create
from agent.errors import DriverImplausible, DriverUnavailable
from firmware_sim.parts import ntc
from firmware_sim.temperature_sensors import NtcOnConverter
from firmware_sim.virtual_loop import run
from tests.drivers.temperature_sensors.bench import FilesBench, on_files
from tests.drivers.world import LoopClock

DEVICE, CHANNEL = "ads1015", "voltage2"


def bench_of(folder: Path) -> FilesBench:
    NtcOnConverter(folder, 0, "other", CHANNEL).appear()
    device = NtcOnConverter(folder, 1, DEVICE, CHANNEL)
    driver = create("iio_ntc", Options(device=DEVICE, channel=CHANNEL, root=folder), {}, clock=LoopClock())
    # Twelve bits: a step is 0.4 K at 110 °C.
    return FilesBench(driver, device, step_k=0.5, fault="open")


class TestIioNtc(TemperatureSensorContract):
    def run(self, test: Callable[[TemperatureSensorBench], Awaitable[None]], *, missing: bool = False) -> None:
        on_files(bench_of, test, missing=missing)


def why(tmp_path: Path, kind: type[DriverUnavailable | DriverImplausible], **changes: object) -> str:
    options = Options(device=DEVICE, channel=CHANNEL, root=tmp_path, **changes)  # type: ignore[arg-type]

    async def main() -> str:
        with pytest.raises(kind) as raised:
            await create("iio_ntc", options, {}, clock=LoopClock()).read()
        return raised.value.what

    return run(main())


@pytest.mark.parametrize(
    ("fault", "side", "words"),
    [
        ("open", Place.LOW, "at the supply: a lead that is open; check"),
        ("short", Place.LOW, "at ground: a lead that is shorted; check"),
        ("open", Place.HIGH, "at the supply: a lead that is shorted; check"),
        ("short", Place.HIGH, "at ground: a lead that is open; check"),
    ],
)
def test_a_voltage_at_a_rail_is_a_lead(tmp_path: Path, fault: str, side: Place, words: str) -> None:
    device = NtcOnConverter(tmp_path, 0, DEVICE, CHANNEL)
    device.appear()
    device.says(fault)

    assert words in why(tmp_path, DriverImplausible, ntc=side)


def test_a_converter_or_a_channel_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert f'there is no converter "{DEVICE}"; check' in why(tmp_path, DriverUnavailable)

    NtcOnConverter(tmp_path, 0, "mcp3208", CHANNEL).appear()
    assert "there are mcp3208; check" in why(tmp_path, DriverUnavailable)

    NtcOnConverter(tmp_path, 1, DEVICE, "voltage7").appear()
    assert "there is no in_voltage2_raw in" in why(tmp_path, DriverUnavailable)


def test_two_converters_of_one_name_are_not_told_apart_by_taking_the_first(tmp_path: Path) -> None:
    for number in (0, 1):
        NtcOnConverter(tmp_path, number, DEVICE, CHANNEL).appear()

    assert "more than one converter" in why(tmp_path, DriverImplausible)


def test_offset_and_scale_of_the_channel_come_before_those_of_the_converter(tmp_path: Path) -> None:
    device = NtcOnConverter(tmp_path, 0, DEVICE, CHANNEL)
    device.appear()
    folder = tmp_path / "iio:device0"
    (folder / f"in_{CHANNEL}_raw").write_text("-100\n")
    (folder / f"in_{CHANNEL}_scale").write_text("1.5\n")
    (folder / f"in_{CHANNEL}_offset").write_text("1200\n")
    options = Options(device=DEVICE, channel=CHANNEL, root=tmp_path)

    async def main() -> float:
        return (await create("iio_ntc", options, {}, clock=LoopClock()).read()).celsius

    # 1650 mV of 3300: the NTC is as large as its resistor, which is its value at 25 °C.
    assert run(main()) == pytest.approx(25.0)


@given(celsius=st.floats(-35, 120), side=st.sampled_from(Place))
def test_the_curve_is_that_of_the_sensor_on_either_side_of_the_divider(celsius: float, side: Place) -> None:
    ohm = ntc.ohms(celsius)
    low_share = ohm / (ohm + 10_000)
    share = low_share if side is Place.LOW else 1 - low_share

    assert celsius_of(share, Options(device=DEVICE, channel=CHANNEL, ntc=side)) == pytest.approx(celsius, abs=1e-6)
