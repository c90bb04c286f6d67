"""A temperature that the kernel measures by itself: `driver = "sysfs"`, a thermal zone or an input of a hwmon chip.

`zone = "cpu-thermal"` is the type of a thermal zone; `chip = "lm75"` the name of a hwmon chip, with `label` where it
has several inputs. Both are found anew at each reading: their numbers change from start to start.

Wiring: none for the controller's own chip (`place = "controller"`); a hwmon chip on I²C as its data sheet says, with
the kernel's driver of it in the device tree.

Quirks:

- What a processor measures is its own heat, 20 K and more above the cabinet: it says nothing of a terminal.
- Two zones of one type, or two equal chips, cannot be told apart by name; that is refused, and the first is not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from agent.clock import Clock
from agent.drivers.aside import Aside
from agent.drivers.interfaces import Bus, TemperatureSample
from agent.drivers.temperature_sensors.reading import read_aside, within_sense
from agent.errors import DriverImplausible, DriverUnavailable
from agent.values import frozen

ANSWERS_WITHIN_S = 2.0
"""A chip behind I²C waits for its bus, and some measure on demand."""


@frozen(kw_only=True)
class Options:
    """Either `zone`, or `chip` and, where the chip has more than one input, its `label`."""

    zone: str | None = None
    chip: str | None = None
    label: str | None = None
    thermal_root: Path = Path("/sys/class/thermal")
    hwmon_root: Path = Path("/sys/class/hwmon")

    def __post_init__(self) -> None:
        if (self.zone is None) == (self.chip is None):
            raise ValueError("zone: name either a thermal zone by zone, or a hwmon chip by chip")
        if self.zone is not None and self.label is not None:
            raise ValueError("label: belongs to a chip; a zone has one temperature")


class SysfsSensor:
    """A `TemperatureSensor`."""

    def __init__(self, name: str, find: Callable[[str], Path], clock: Clock) -> None:
        self.name = name
        self._find = find
        self._clock = clock
        self._aside = Aside()

    async def open(self) -> None:
        """Nothing to open: each reading opens its file."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def read(self) -> TemperatureSample:
        """What it measures now, °C. Raises DriverUnavailable, DriverImplausible."""
        celsius = await read_aside(self.name, self._aside, self._read, ANSWERS_WITHIN_S)
        celsius = within_sense(self.name, celsius, "check the sensor's wiring, or the name in the board file")
        return TemperatureSample(celsius=celsius, at=self._clock.now())

    def _read(self) -> float:
        """In a thread."""
        file = self._find(self.name)
        try:
            text = file.read_text(encoding="ascii", errors="replace").strip()
        except OSError as error:
            # Thermal drivers answer so while the sensor is off or not ready.
            what = f"{file} cannot be read ({error.strerror}); check dmesg for what the kernel says of it"
            raise DriverUnavailable(self.name, what) from error
        try:
            return int(text) / 1000
        except ValueError:
            what = f'{file} says "{text[:30]}", which is no temperature; check the kernel\'s driver of it'
            raise DriverImplausible(self.name, what) from None


def _zone(options: Options, name: str) -> Path:
    zones = [(_word(folder / "type"), folder / "temp") for folder in _folders(options.thermal_root, "thermal_zone")]
    found = [file for kind, file in zones if kind == options.zone]
    return _only(name, found, f'thermal zone "{options.zone}"', sorted({kind for kind, _ in zones}))


def _input(options: Options, name: str) -> Path:
    chips = [(_word(folder / "name"), folder) for folder in _folders(options.hwmon_root, "hwmon")]
    inputs = [
        (_word(file.with_name(file.name.replace("_input", "_label"))), file)
        for chip, folder in chips
        if chip == options.chip
        for file in sorted(folder.glob("temp*_input"))
    ]
    if not inputs:
        return _only(name, [], f'hwmon chip "{options.chip}" with a temperature', sorted({chip for chip, _ in chips}))
    found = [file for label, file in inputs if options.label in (None, label)]
    wanted = f'temperature of chip "{options.chip}"' + (f' labelled "{options.label}"' if options.label else "")
    return _only(name, found, wanted, sorted({label for label, _ in inputs if label}))


def _only(name: str, found: list[Path], what: str, there: list[str]) -> Path:
    """The one. An ambiguous name is no invitation to take the first."""
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(file.parent.name for file in found)
        raise DriverImplausible(
            name, f"there is more than one {what}: {places}; check which is meant, by chip and label"
        )
    known = f"; there are {', '.join(there)}" if there else ""
    raise DriverUnavailable(
        name, f"there is no {what}{known}; check the name, and that the kernel's driver of it is loaded"
    )


def _folders(root: Path, prefix: str) -> Iterator[Path]:
    yield from sorted(root.glob(f"{prefix}[0-9]*"))


def _word(file: Path) -> str:
    """Its content; nothing where it is not there or goes away meanwhile."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> SysfsSensor:
    """Needs no bus."""
    look_up = _zone if options.zone is not None else _input
    words = " ".join(word for word in (name, options.zone, options.chip, options.label) if word)
    return SysfsSensor(words, lambda asks: look_up(options, asks), clock)
