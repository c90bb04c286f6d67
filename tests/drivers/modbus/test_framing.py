"""The library of frames is loaded when it is wanted: at once for who switches, after the start for a meter."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import asyncio, sys
from agent.clock import SystemClock
from agent.drivers import loader
from agent.drivers.modbus.block import WRITE_COIL, Write
from agent.drivers.modbus.framing import AFTER_START_S
from agent.drivers.modbus.line import Device, Unanswered
from agent.errors import DriverUnavailable
from firmware_sim import virtual_loop

OPTIONS = {"port": "/dev/nowhere"}

async def tell(asks_meter):
    loop = asyncio.get_running_loop()
    bus = loader.create_bus("rs485", "modbus_rtu", OPTIONS)
    meter = loader.create_driver(
        "meter", "modbus_map", {"bus": "rs485", "map": "eastron-sdm630", "address": 1}, {"rs485": bus}, SystemClock()
    )
    await bus.open()
    was_loaded, began = "pymodbus" in sys.modules, loop.time()
    if asks_meter:
        try:
            await meter.read()
        except DriverUnavailable:
            print(was_loaded, "pymodbus" in sys.modules, loop.time() - began == AFTER_START_S)
    else:
        try:
            await bus.write(Device(unit=1), Write(WRITE_COIL, 0, (0,)))
        except Unanswered:
            print(was_loaded, "pymodbus" in sys.modules, loop.time() == began)

virtual_loop.run(tell(sys.argv[1] == "meter"))
"""


def told(who: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROBE, who], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_meter_waits_for_the_start_and_then_finds_the_library() -> None:
    assert told("meter") == ["False", "True", "True"]


def test_a_relay_that_must_open_waits_for_nothing() -> None:
    assert told("relay") == ["False", "True", "True"]
