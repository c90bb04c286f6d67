"""The controllers on Modbus that the simulator can be, by the word that a board file uses in `controller`."""

from __future__ import annotations

from collections.abc import Mapping

from firmware_sim.evse_units.bender import Bender
from firmware_sim.evse_units.phoenix import PhoenixEthernet, PhoenixSerial
from firmware_sim.evse_units.simple_evse import SimpleEvse
from firmware_sim.evse_units.unit import ModbusEvse

MAKES: Mapping[str, type[ModbusEvse]] = {
    make.firmware: make for make in (SimpleEvse, PhoenixSerial, PhoenixEthernet, Bender)
}
