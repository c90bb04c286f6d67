"""A board file that is spelled well and still wrong: what ends the power, devices on buses, inputs and sensors."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.boards import BOARD_FOLDERS
from agent.config.load import load
from agent.config.model import InputMeans
from agent.core.heat.places import HeatPlace
from agent.drivers import loader
from agent.errors import ConfigError
from tests.config.conftest import GOOD_SITE, WriteSite

WITHOUT_BOARD = GOOD_SITE.replace("sim-dual", "board.toml")
CONNECTOR_INPUT = """
[[connector.input]]
means = "{means}"
driver = "my_input"

[[connector.temperature_sensor]]
place = "{place}"
driver = "my_sensor"
"""


def board_text(name: str) -> str:
    return (BOARD_FOLDERS[0] / name).read_text(encoding="utf-8")


def problems(text: str, write_site: WriteSite, folder: Path) -> list[str]:
    """All of them, with the catalogue of drivers."""
    (folder / "board.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(write_site(WITHOUT_BOARD), loader)
    return [problem.removeprefix(f"{folder}/") for problem in raised.value.problems]


def test_a_controller_that_goes_on_without_its_agent_needs_a_cut_off(write_site: WriteSite, tmp_path: Path) -> None:
    text = board_text("sim_openevse.toml").replace("lab_only = true\n", "")

    (problem,) = problems(text, write_site, tmp_path)

    assert "connector.1.contactor.driver: openevse may go on with power when this program is dead" in problem
    assert "add [connector.cut_off]" in problem
    assert "lab_only = true" in problem


def test_a_cut_off_is_one_answer_and_the_laboratory_the_other(write_site: WriteSite, tmp_path: Path) -> None:
    text = board_text("sim_openevse.toml")
    cut_off = '\n[connector.cut_off]\ndriver = "no_such_switch"\n'

    (problem,) = problems(text.replace("lab_only = true\n", "") + cut_off, write_site, tmp_path)

    assert "connector.1.cut_off.driver" in problem
    (tmp_path / "board.toml").write_text(text, encoding="utf-8")
    assert load(write_site(WITHOUT_BOARD), loader).board.lab_only


def test_inputs_and_sensors_of_a_connector_are_told_apart_by_what_they_mean(
    write_site: WriteSite, tmp_path: Path
) -> None:
    text = board_text("sim_single.toml") + CONNECTOR_INPUT.format(means="door", place="terminal")
    (tmp_path / "board.toml").write_text(text, encoding="utf-8")

    (connector,) = load(write_site(WITHOUT_BOARD)).board.connectors

    assert [(one.means, one.driver.driver) for one in connector.inputs] == [(InputMeans.DOOR, "my_input")]
    assert [one.place for one in connector.temperature_sensors] == [HeatPlace.TERMINAL]
    assert connector.inputs[0].driver.options == {}


def test_a_meaning_or_a_place_that_is_none_is_refused_with_the_ones_there_are(
    write_site: WriteSite, tmp_path: Path
) -> None:
    text = board_text("sim_single.toml") + CONNECTOR_INPUT.format(means="window", place="roof")
    (tmp_path / "board.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load(write_site(WITHOUT_BOARD))

    told = "\n".join(raised.value.problems)
    assert 'input.1.means: is no such word; write "emergency_stop" or "door"' in told
    assert 'temperature_sensor.1.place: is no such word; write "board" or "terminal" or "connector"' in told


def test_two_devices_at_one_address_are_told_whatever_they_are(write_site: WriteSite, tmp_path: Path) -> None:
    device = '[bus.device]\nkind = "my_controller"\nbus = "rs485"\naddress = 1\n\n[token_reader]'
    text = board_text("sim_single.toml").replace("[token_reader]", device)
    (tmp_path / "board.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load(write_site(WITHOUT_BOARD))

    (problem,) = raised.value.problems
    assert "address: 1 on bus rs485 is already bus.device; give each its own" in problem


def test_a_device_is_on_a_bus_with_a_wire(write_site: WriteSite, tmp_path: Path) -> None:
    devices = (
        '[bus.a]\nkind = "my_controller"\nbus = "rs485"\naddress = 7\n'
        '[bus.b]\nkind = "my_controller"\nbus = "a"\naddress = 8\n\n[token_reader]'
    )
    text = board_text("sim_single.toml").replace("[token_reader]", devices)
    (tmp_path / "board.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load(write_site(WITHOUT_BOARD))

    (problem,) = raised.value.problems
    assert 'bus.b.bus: "a" is a device on another bus itself; name the bus that has the wire' in problem
