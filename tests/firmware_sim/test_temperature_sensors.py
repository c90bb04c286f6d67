"""Sensors that the charger's computer reads: files as the kernel writes them, as warm as their place is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware_sim import board_file
from firmware_sim.board_file import BoardUnusable
from firmware_sim.breakage import NEEDS_SENSOR
from firmware_sim.energy import MemoryRegisters
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.temperature_sensors import OneWire
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run


def cabinet() -> dict[str, Any]:
    return board_file.read(board_file.find("sim-cabinet"))


def in_cabinet(folder: Path, story: Any) -> Any:
    async def body() -> Any:
        async with Rig(cabinet(), RigOptions(directory=folder, registers=MemoryRegisters())) as rig:
            return await story(rig)

    return run(body())


def terminal_file(rig: Rig) -> Path:
    table = rig.board["connector"][0]["temperature_sensor"][0]
    return Path(table["root"], table["rom"], "temperature")


def test_the_files_are_where_the_board_copy_says_and_follow_their_places(tmp_path: Path) -> None:
    async def story(rig: Rig) -> list[str]:
        shown = [terminal_file(rig).read_text()]
        rig.world.outlets[1].parts.warmth.places["terminal"].force(84.0)
        return [*shown, terminal_file(rig).read_text()]

    assert in_cabinet(tmp_path, story) == ["25000\n", "84000\n"]
    assert "28-000005e2fdc3" in (tmp_path / "board.toml").read_text()


@pytest.mark.parametrize("name", NEEDS_SENSOR)
def test_a_sensor_is_broken_and_mended_by_name(tmp_path: Path, name: str) -> None:
    async def story(rig: Rig) -> list[str | None]:
        def shown() -> str | None:
            return terminal_file(rig).read_text() if terminal_file(rig).exists() else None

        await perform(rig.world, "fault", {"name": name, "connector": 1})
        broken = shown()
        await perform(rig.world, "heal", {"name": name})
        return [broken, shown()]

    broken, mended = in_cabinet(tmp_path, story)
    assert broken in (None, "")
    assert mended == "25000\n"


def test_a_place_without_a_sensor_is_told_with_those_that_have_one(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(ValueError, match="has no sensor at its 'contactor'; it has board, connector, terminal"):
            await perform(rig.world, "fault", {"name": "sensor_gone", "connector": 1, "place": "contactor"})
        with pytest.raises(ValueError, match="nothing that such a sensor says; write crc or empty"):
            await perform(rig.world, "fault", {"name": "sensor_says", "connector": 1, "what": "nonsense"})

    in_cabinet(tmp_path, story)


def test_a_sensor_that_cannot_be_simulated_is_told() -> None:
    board = cabinet()
    board["connector"][0]["temperature_sensor"][0]["driver"] = "my_sensor"

    with pytest.raises(BoardUnusable, match="temperature_sensor is 'my_sensor'; only one_wire or sysfs or iio_ntc"):
        board_file.temperature_sensors(board)


def test_the_older_file_has_the_octets_of_the_sensor_and_a_verdict(tmp_path: Path) -> None:
    sensor = OneWire(tmp_path, "28-0316a2797bff", is_old_kernel=True)
    sensor.show(22.1875)
    sensor.appear()

    first, second, _ = (tmp_path / "28-0316a2797bff" / "w1_slave").read_text().split("\n")

    # 0x0163 sixteenths of a degree; the checksum is the one that makes the whole come to nothing.
    assert first.startswith("63 01 4b 46 7f ff 0c 10 ")
    assert first.endswith("YES")
    assert second.endswith(" t=22187")
