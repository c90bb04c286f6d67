"""From the names of a board file to drivers; the folders are the registry."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import is_dataclass

import pytest

from agent.drivers import loader
from agent.drivers.indicators.log_only import LogIndicator
from agent.drivers.meters.modbus_meter import ModbusMeter
from agent.drivers.pilot_board.control_pilot import BoardControlPilot
from agent.errors import ConfigError
from tests.drivers.world import LoopClock

INTERFACES = {
    "contactor": ["gpio_relay", "modbus_evse", "modbus_relay", "openevse", "pilot_board"],
    "control_pilot": ["modbus_evse", "openevse", "pilot_board"],
    "cut_off": ["gpio_pulse"],
    "indicator": ["gpio_led", "log_only", "pilot_board", "sysfs_led"],
    "input": ["gpio", "modbus_relay"],
    "lock": ["motor_lock", "pilot_board"],
    "meter": ["iskra_wm3m4c", "modbus_map", "pulse", "sml"],
    "temperature_sensor": ["iio_ntc", "one_wire", "sysfs"],
    "token_reader": ["keyboard", "pn532", "serial_ascii", "wiegand"],
}
BUSES = ["gpio", "modbus_evse", "modbus_relay", "modbus_rtu", "modbus_tcp", "openevse", "pilot_board"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_folder_lists_its_drivers_and_not_what_serves_them(interface: str) -> None:
    assert loader.known_drivers(interface) == INTERFACES[interface]


def test_the_kinds_of_buses_are_known() -> None:
    assert loader.known_buses() == BUSES


@pytest.mark.parametrize(
    ("interface", "driver"), [(interface, driver) for interface, drivers in INTERFACES.items() for driver in drivers]
)
def test_every_driver_has_options_that_refuse_unknown_keys(interface: str, driver: str) -> None:
    module = loader._driver_module(interface, driver)

    assert is_dataclass(module.Options)
    problems = loader.check_driver(interface, driver, {"nonsense": 1}, None)
    assert any(problem.key == ("nonsense",) and "unknown key" in problem.what for problem in problems)


def test_drivers_are_made_from_their_names() -> None:
    pilot = loader.create_bus("pilot", "pilot_board", {"port": "/dev/nowhere"})
    line = loader.create_bus("rs485", "modbus_rtu", {"port": "/dev/nowhere"})
    buses = {"pilot": pilot, "rs485": line}
    meter_options = {"bus": "rs485", "map": "eastron-sdm630", "address": 1}

    made = [
        loader.create_driver("control_pilot", "pilot_board", {"bus": "pilot"}, buses, LoopClock()),
        loader.create_driver("meter", "modbus_map", meter_options, buses, LoopClock()),
        loader.create_driver("indicator", "log_only", {}, buses, LoopClock()),
    ]

    assert [type(driver) for driver in made] == [BoardControlPilot, ModbusMeter, LogIndicator]
    assert [driver.name for driver in made] == ["pilot_board on pilot", "modbus_map on rs485, address 1", "log_only"]


def test_what_serves_a_driver_is_no_driver() -> None:
    (problem,) = loader.check_driver("meter", "decode", {}, None)

    assert problem.what == 'there is no driver "decode" for a meter; known here: iskra_wm3m4c, modbus_map, pulse, sml'


@pytest.mark.parametrize("name", ["../../errors", "_private", "", "os.path"])
def test_a_name_cannot_lead_out_of_the_folder(name: str) -> None:
    (problem,) = loader.check_driver("meter", name, {}, None)

    assert problem.what.startswith(f'there is no driver "{name}"')


def test_a_driver_on_the_wrong_kind_of_bus_is_told_which_it_needs() -> None:
    problems = loader.check_driver("contactor", "pilot_board", {"bus": "rs485"}, "modbus_rtu")

    assert [(problem.key, problem.what) for problem in problems] == [
        (("bus",), "is of kind modbus_rtu, and pilot_board works on pilot_board; name such a bus")
    ]


def test_wrong_options_are_all_told_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        loader.create_driver("meter", "modbus_map", {"bus": "rs485", "address": 300}, {}, LoopClock())

    assert len(raised.value.problems) == 2


def test_the_contract_is_not_part_of_a_running_agent() -> None:
    probe = (
        "import sys, agent.drivers.loader as loader\n"
        "loader.create_bus('p', 'pilot_board', {'port': '/dev/nowhere'})\n"
        "print('agent.drivers.contract' in sys.modules, 'pymodbus' in sys.modules, 'serial' in sys.modules)\n"
    )

    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["False", "False", "False"]


def test_the_contract_needs_no_test_framework() -> None:
    source = importlib.import_module("agent.drivers.contract")

    assert "pytest" not in vars(source)
