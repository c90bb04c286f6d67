"""An NTC in a voltage divider on a converter of Linux: `driver = "iio_ntc"`, the converter by its IIO name.

(raw + offset) · scale are millivolts; the divider makes ohms of them, Beta makes a temperature (relays-and-inputs.md
section 5). A voltage within 2 % of either rail is a lead that is open or shorted, not very cold or very hot.

Wiring: NTC and a fixed resistor in series between ground and the supply of the converter, their middle to its input,
with 100 nF to ground. `ntc = "low"`: the NTC is the one at ground.

Quirks:

- `supply_mv` is the divider's supply, which need not be the converter's reference.
- Beta of the sensor at hand is in its data sheet; with 3950 K where 3435 K is right, 90 °C is read as 80.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from math import log
from pathlib import Path
from typing import Annotated

from agent.clock import Clock
from agent.drivers.aside import Aside
from agent.drivers.interfaces import Bus, TemperatureSample
from agent.drivers.temperature_sensors.reading import read_aside, within_sense
from agent.errors import DriverImplausible, DriverUnavailable
from agent.tables import Spelled, Within
from agent.values import frozen

ANSWERS_WITHIN_S = 2.0
ZERO_K = 273.15
RAIL_SHARE = 0.02
CHECK = "check the plug and the lead of the sensor"

Ohms = Annotated[float, Within(1, 10_000_000, "ohm")]
Channel = Annotated[str, Spelled(r"voltage\d+", 'write it as the kernel does, as "voltage0"')]


class Place(Enum):
    """On which side of the divider the NTC is: to ground, or to the supply."""

    LOW = "low"
    HIGH = "high"


@frozen(kw_only=True)
class Options:
    """`device` is the converter's name (`cat /sys/bus/iio/devices/*/name`), `ntc` the side of the divider it is on."""

    device: str
    channel: Channel
    ntc: Place = Place.LOW
    supply_mv: Annotated[float, Within(100, 50_000, "mV")] = 3300.0
    series_ohm: Ohms = 10_000.0
    nominal_ohm: Ohms = 10_000.0
    nominal_celsius: Annotated[float, Within(-40, 125, "°C")] = 25.0
    beta_k: Annotated[float, Within(1000, 10_000, "K")] = 3950.0
    root: Path = Path("/sys/bus/iio/devices")


class NtcSensor:
    """A `TemperatureSensor`."""

    def __init__(self, name: str, options: Options, clock: Clock) -> None:
        self.name = name
        self._options = options
        self._clock = clock
        self._aside = Aside()

    async def open(self) -> None:
        """Nothing to open: each reading opens its files."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def read(self) -> TemperatureSample:
        """What it measures now, °C. Raises DriverUnavailable, DriverImplausible."""
        millivolts = await read_aside(self.name, self._aside, self._read_mv, ANSWERS_WITHIN_S)
        celsius = within_sense(self.name, self._celsius(millivolts), f"{CHECK}, and its values in the board file")
        return TemperatureSample(celsius=celsius, at=self._clock.now())

    def _celsius(self, millivolts: float) -> float:
        share = millivolts / self._options.supply_mv
        if not RAIL_SHARE < share < 1 - RAIL_SHARE:
            rail = "ground" if share <= RAIL_SHARE else "the supply"
            is_open = (share > RAIL_SHARE) == (self._options.ntc is Place.LOW)
            state = "open" if is_open else "shorted"
            what = f"its voltage is {millivolts:.0f} mV, at {rail}: a lead that is {state}; {CHECK}"
            raise DriverImplausible(self.name, what)
        return celsius_of(share, self._options)

    def _read_mv(self) -> float:
        """In a thread."""
        folder = self._folder()
        channel = folder / f"in_{self._options.channel}"
        raw = self._number(Path(f"{channel}_raw"), None)
        # A converter has a scale and an offset for all of its channels, or for each.
        scale = self._number(Path(f"{channel}_scale"), self._number(folder / "in_voltage_scale", 1.0))
        offset = self._number(Path(f"{channel}_offset"), self._number(folder / "in_voltage_offset", 0.0))
        return (raw + offset) * scale

    def _folder(self) -> Path:
        names = {folder: _word(folder / "name") for folder in sorted(self._options.root.glob("iio:device[0-9]*"))}
        found = [folder for folder, name in names.items() if name == self._options.device]
        if len(found) == 1:
            return found[0]
        if found:
            what = f'there is more than one converter "{self._options.device}"; check the device tree for their labels'
            raise DriverImplausible(self.name, what)
        known = f"; there are {', '.join(sorted(set(names.values())))}" if names else ""
        what = f'there is no converter "{self._options.device}"{known}; check the name, and the kernel\'s driver of it'
        raise DriverUnavailable(self.name, what)

    def _number(self, file: Path, missing: float | None) -> float:
        try:
            return float(file.read_text(encoding="ascii", errors="replace"))
        except FileNotFoundError as error:
            if missing is not None:
                return missing
            what = f"there is no {file.name} in {file.parent}; check the channel in the board file"
            raise DriverUnavailable(self.name, what) from error
        except OSError as error:
            what = f"{file} cannot be read ({error.strerror}); check dmesg for what the kernel says of it"
            raise DriverUnavailable(self.name, what) from error
        except ValueError:
            raise DriverImplausible(self.name, f"{file} holds no number; check the kernel's driver of it") from None


def celsius_of(share: float, options: Options) -> float:
    """The temperature at which the divider gives this share of its supply, between 0 and 1, °C."""
    ratio = share / (1 - share) if options.ntc is Place.LOW else (1 - share) / share
    ohm = options.series_ohm * ratio
    return 1 / (1 / (options.nominal_celsius + ZERO_K) + log(ohm / options.nominal_ohm) / options.beta_k) - ZERO_K


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> NtcSensor:
    """Needs no bus."""
    return NtcSensor(f"{name} {options.device} {options.channel}", options, clock)
