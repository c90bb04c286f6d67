"""Temperature sensors as Linux shows them: folders with the files of its 1-Wire, thermal, hwmon and IIO drivers.

A sensor is told how warm its place is and writes that as the kernel would print it. `says` makes it say something else,
`vanish` pulls it out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from firmware_sim.parts import ntc

POWER_ON_MC, NOTHING_MC = 85_000, -127_000
"""In thousandths of a degree: what stands in a DS18B20 when its power comes, and what reading thin air gives."""


class Sensor(Protocol):
    """One sensor of the charger's computer."""

    faults: tuple[str, ...]
    """What `says` may be told."""

    def show(self, celsius: float) -> None:
        """Its place is that warm."""
        ...

    def says(self, fault: str | None) -> None:
        """What it says instead of a temperature; None mends it."""
        ...

    def vanish(self) -> None:
        """It is pulled out."""
        ...

    def appear(self) -> None:
        """It is there."""
        ...


class _File:
    """A file that is written when its content changes; `pulled` takes away the folder it makes its sensor known by."""

    def __init__(self, file: Path, beside: Mapping[str, str]) -> None:
        self._file = file
        self._beside = beside
        self._celsius = 25.0
        self._fault: str | None = None
        self._is_there = False

    def show(self, celsius: float) -> None:
        if celsius != self._celsius:
            self._celsius = celsius
            self._write()

    def says(self, fault: str | None) -> None:
        self._fault = fault
        self._write()

    def vanish(self) -> None:
        self._is_there = False
        shutil.rmtree(self._file.parent, ignore_errors=True)

    def appear(self) -> None:
        self._is_there = True
        self._file.parent.mkdir(parents=True, exist_ok=True)
        for name, content in self._beside.items():
            (self._file.parent / name).write_text(content)
        self._write()

    def _write(self) -> None:
        if self._is_there:
            self._file.write_text(self.content())

    def content(self) -> str:
        raise NotImplementedError


class OneWire(_File):
    """A DS18B20. Before Linux 5.8 it has only the older file, which shows the sensor's nine octets."""

    faults: tuple[str, ...] = ("crc", "empty", "power_on", "nothing")

    def __init__(self, root: Path, rom: str, *, is_old_kernel: bool = False) -> None:
        self._is_old_kernel = is_old_kernel
        super().__init__(root / rom / ("w1_slave" if is_old_kernel else "temperature"), {"name": f"{rom}\n"})

    def content(self) -> str:
        thousandths = {"power_on": POWER_ON_MC, "nothing": NOTHING_MC}.get(self._fault or "", self._measured_mc())
        if self._fault == "empty":
            return ""
        if not self._is_old_kernel and self._fault != "crc":
            return f"{thousandths}\n"
        octets = round(thousandths * 16 / 1000).to_bytes(2, "little", signed=True) + bytes.fromhex("4b467fff0c10")
        checksum = 0x00 if self._fault == "crc" else _dallas_crc(octets)
        shown = " ".join(f"{octet:02x}" for octet in (*octets, checksum))
        verdict = "NO" if self._fault == "crc" else "YES"
        # What the kernel had understood last, whatever came now.
        return f"{shown} : crc={_dallas_crc(octets):02x} {verdict}\n{shown} t={thousandths}\n"

    def _measured_mc(self) -> int:
        """It measures sixteenths of a degree."""
        return round(self._celsius * 16) * 1000 // 16


class ThermalZone(_File):
    """`thermal_zoneN` with its type."""

    faults: tuple[str, ...] = ("empty", "nothing")

    def __init__(self, root: Path, number: int, kind: str) -> None:
        super().__init__(root / f"thermal_zone{number}" / "temp", {"type": f"{kind}\n", "mode": "enabled\n"})

    def content(self) -> str:
        return "" if self._fault == "empty" else f"{_thousandths(self)}\n"


class HwmonChip(_File):
    """`hwmonN` with a name, and a second input that nobody asked for."""

    faults: tuple[str, ...] = ("empty", "nothing")

    def __init__(self, root: Path, number: int, chip: str, label: str | None) -> None:
        beside = {"name": f"{chip}\n"}
        if label is not None:
            beside |= {"temp1_label": f"{label}\n", "temp2_label": "other\n", "temp2_input": "61000\n"}
        super().__init__(root / f"hwmon{number}" / "temp1_input", beside)

    def content(self) -> str:
        return "" if self._fault == "empty" else f"{_thousandths(self)}\n"


class NtcOnConverter(_File):
    """A 10 kΩ NTC below 10 kΩ on a 12-bit converter of 3.3 V that can be read in millivolts only after its scale."""

    faults: tuple[str, ...] = ("open", "short")

    def __init__(self, root: Path, number: int, device: str, channel: str) -> None:
        beside = {"name": f"{device}\n", "in_voltage_scale": f"{3300 / ntc.FULL_CODE:.9f}\n"}
        super().__init__(root / f"iio:device{number}" / f"in_{channel}_raw", beside)

    def content(self) -> str:
        broken = {"open": ntc.OPEN_CODE, "short": ntc.SHORT_CODE}
        return f"{broken.get(self._fault or '', ntc.code_of(self._celsius))}\n"


def _thousandths(one: ThermalZone | HwmonChip) -> int:
    return NOTHING_MC if one._fault == "nothing" else round(one._celsius * 1000)


def _dallas_crc(octets: bytes) -> int:
    """Polynomial x⁸ + x⁵ + x⁴ + 1, least significant bit first."""
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPlace:
    """Where one is built in: its table of the board file, whose roots are moved below `folder`, and its number."""

    table: dict[str, Any]
    folder: Path
    number: int

    def root(self, key: str, folder: str) -> Path:
        """The folder that the kernel would have, in the table from now on."""
        path = self.folder / folder
        self.table[key] = str(path.absolute())
        return path


def _one_wire(place: SensorPlace) -> Sensor:
    return OneWire(place.root("root", "w1"), str(place.table.get("rom")))


def _sysfs(place: SensorPlace) -> Sensor:
    if "zone" in place.table:
        return ThermalZone(place.root("thermal_root", "thermal"), place.number, str(place.table["zone"]))
    label = place.table.get("label")
    root = place.root("hwmon_root", "hwmon")
    return HwmonChip(root, place.number, str(place.table.get("chip")), None if label is None else str(label))


def _iio_ntc(place: SensorPlace) -> Sensor:
    root = place.root("root", "iio")
    return NtcOnConverter(root, place.number, str(place.table.get("device")), str(place.table.get("channel")))


MAKERS: Mapping[str, Callable[[SensorPlace], Sensor]] = {
    "one_wire": _one_wire,
    "sysfs": _sysfs,
    "iio_ntc": _iio_ntc,
}
"""By the driver that a board file names."""
