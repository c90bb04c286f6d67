"""A DS18B20 or a relative on the 1-Wire bus of Linux, by its ROM id: `driver = "one_wire"`.

A reading measures for 750 ms in the kernel. What the sensor says while something is wrong with it looks like a
temperature: 85 °C is what stands in it after power came and before it has measured, −127 °C what a read of nothing
gives, and after a wrong checksum the kernel repeats an older value. None of these is one.

Wiring: three wires: 3.3 V, data, ground; 4.7 kΩ from data to 3.3 V. Screwed or glued to what it shall watch, insulated
from live parts for mains voltage, which a metal sleeve on a terminal is not. On a Raspberry Pi `dtoverlay=w1-gpio`.

Quirks:

- Each sensor is named by its ROM id; which one is which is found by plugging them in one by one.
- A sensor fed by its data line alone ("parasitic") may brown out when it measures, and says 85 °C: use three wires.
- One reading takes 0.75 s; sensors of one bus wait for each other, so more than five of them want a second bus.
- Copies of the chip with other ROM numbers or slower measurements are sold everywhere.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from agent.clock import Clock
from agent.drivers.aside import Aside
from agent.drivers.interfaces import Bus, TemperatureSample
from agent.drivers.temperature_sensors.reading import read_aside, within_sense
from agent.errors import DriverImplausible, DriverUnavailable
from agent.tables import Spelled
from agent.values import frozen

ANSWERS_WITHIN_S = 4.0
"""750 ms for the measurement, and as much for each other sensor on the bus that is asked first."""
POWER_ON_C = 85.0
NEAR_K = 5.0
"""A sensor that read within this of 85 °C a moment ago may well read 85 °C now."""
NEW_FILE, OLD_FILE = "temperature", "w1_slave"
VALUE = re.compile(r"t=(-?\d+)")
CHECK_WIRING = "check the plug of the sensor, the 4.7 kΩ pull-up of its data line and its supply"

Rom = Annotated[
    str, Spelled("(10|22|28|3b|42)-[0-9a-f]{12}", 'write the sensor\'s folder below the root, as "28-000005e2fdc3"')
]


@frozen(kw_only=True)
class Options:
    """`rom` is printed on the sensor's cable or found by plugging it in alone: `ls /sys/bus/w1/devices`."""

    rom: Rom
    root: Path = Path("/sys/bus/w1/devices")


class OneWireSensor:
    """A `TemperatureSensor`."""

    def __init__(self, name: str, options: Options, clock: Clock, answers_within_s: float = ANSWERS_WITHIN_S) -> None:
        self.name = name
        self._answers_within_s = answers_within_s
        self._folder = options.root / options.rom
        self._clock = clock
        self._aside = Aside()
        self._last_c: float | None = None

    async def open(self) -> None:
        """Nothing to open: each reading opens its file."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def read(self) -> TemperatureSample:
        """What it measures now, °C. Raises DriverUnavailable, DriverImplausible."""
        text = await read_aside(self.name, self._aside, self._read, self._answers_within_s)
        celsius = within_sense(self.name, _celsius_of(self.name, text), CHECK_WIRING)
        is_near = self._last_c is not None and abs(self._last_c - POWER_ON_C) <= NEAR_K
        if celsius == POWER_ON_C and not is_near:
            raise DriverImplausible(
                self.name,
                "it says 85 °C, which is no measurement but what stands in it when its power comes; "
                "check its supply: a loose pin, or a data line that feeds it and sags",
            )
        self._last_c = celsius
        return TemperatureSample(celsius=celsius, at=self._clock.now())

    def _read(self) -> str:
        """In a thread. Kernels before 5.8 have the older file only."""
        try:
            return (self._folder / NEW_FILE).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            pass
        try:
            return (self._folder / OLD_FILE).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError as error:
            raise DriverUnavailable(self.name, _why_missing(self._folder)) from error
        except OSError as error:
            raise _unreadable(self.name, error) from error


def _celsius_of(name: str, text: str) -> float:
    """Of the content of either file. Raises DriverImplausible."""
    lines = text.split("\n")
    if not text.strip():
        raise DriverImplausible(name, f"it gave nothing to read; {CHECK_WIRING}")
    if lines[0].rstrip().endswith("NO"):
        raise DriverImplausible(name, f"its answer came damaged (checksum); {CHECK_WIRING}, and the cable's length")
    found = VALUE.search(text)
    digits = found[1] if found else lines[0].strip()
    try:
        return int(digits) / 1000
    except ValueError:
        what = f'it says "{digits[:30]}", which is no temperature; check that this is a temperature sensor'
        raise DriverImplausible(name, what) from None


def _why_missing(folder: Path) -> str:
    try:
        there = sorted(path.name for path in folder.parent.iterdir() if path.name[2:3] == "-")
    except OSError:
        return (
            f"there is no {folder.parent}; check that the 1-Wire bus is switched on "
            "(Raspberry Pi: dtoverlay=w1-gpio in config.txt, then a restart)"
        )
    others = f"there are {', '.join(there)}" if there else "there is no other sensor"
    return f"no sensor {folder.name} answers on the 1-Wire bus; {others}; {CHECK_WIRING}, and the id in the board file"


def _unreadable(name: str, error: OSError) -> DriverUnavailable:
    if error.errno == errno.EIO:
        return DriverUnavailable(name, f"it did not answer; {CHECK_WIRING}")
    return DriverUnavailable(name, f"its file cannot be read ({error.strerror}); check the rights of the agent's user")


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> OneWireSensor:
    """Needs no bus of ours: the kernel has it."""
    return OneWireSensor(f"{name} {options.rom}", options, clock)
