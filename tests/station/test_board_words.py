"""Which devices start anew by order, and what the others say instead: of the drivers themselves."""

from __future__ import annotations

import pytest

from agent.drivers.interfaces import ControlPilot, ServicedBoard
from agent.drivers.loader import create_buses
from agent.drivers.modbus_evse import control_pilot as modbus_pilot
from agent.drivers.modbus_evse.kinds import known_controllers
from agent.drivers.openevse import control_pilot as openevse_pilot
from agent.drivers.pilot_board import control_pilot as board_pilot
from agent.station.board_words import why_no_restart

OFF_AND_ON = "have its supply switched off and on"


def test_an_openevse_gives_power_by_itself_after_a_start_and_says_so() -> None:
    buses = create_buses([("evse", "openevse", {"port": "/dev/null"})])
    pilot: ControlPilot = openevse_pilot.create("pilot", openevse_pilot.Options(bus="evse"), buses)

    why = why_no_restart(pilot)

    assert not isinstance(pilot, ServicedBoard)
    assert "serves whoever is plugged in" in why and OFF_AND_ON in why


@pytest.mark.parametrize("controller", known_controllers())
def test_of_a_controller_on_modbus_no_such_order_is_known(controller: str) -> None:
    line = ("line", "modbus_tcp", {"host": "127.0.0.1"})
    evse = ("evse", "modbus_evse", {"bus": "line", "address": 1, "controller": controller})
    pilot: ControlPilot = modbus_pilot.create("pilot", modbus_pilot.Options(bus="evse"), create_buses([line, evse]))

    assert not isinstance(pilot, ServicedBoard)
    assert "nothing is known to start a" in why_no_restart(pilot) and OFF_AND_ON in why_no_restart(pilot)


def test_a_pilot_board_is_asked() -> None:
    buses = create_buses([("pilot", "pilot_board", {"port": "/dev/null"})])
    pilot: ControlPilot = board_pilot.create("pilot", board_pilot.Options(bus="pilot"), buses)

    assert isinstance(pilot, ServicedBoard)
    assert OFF_AND_ON in why_no_restart(pilot)
