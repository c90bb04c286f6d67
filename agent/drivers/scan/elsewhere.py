"""What is found without asking anybody: GPIO chips, 1-Wire sensors, readers that type like a keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from agent.drivers.gpio.chip import Library, load_library, why_no_chip
from agent.drivers.scan.finding import Finding
from agent.drivers.wire import WireLost
from agent.values import frozen

ROOT = Path("/")
LIBRARY = "gpiod"
ROM = re.compile("(10|22|28|3b|42)-[0-9a-f]{12}")
"""Families of 1-Wire thermometers."""
KEYS_OF_DIGITS = range(2, 12)
"""KEY_1 to KEY_0 in the kernel's numbering: what a reader types a card's number with."""


@frozen(kw_only=True)
class GpioLine:
    """`consumer` is who holds it, "" for a line that is free."""

    offset: int
    name: str
    consumer: str


@frozen(kw_only=True)
class GpioChip:
    path: str
    label: str
    lines: tuple[GpioLine, ...] = ()
    check: str = ""

    @property
    def write(self) -> tuple[str, ...]:
        return () if self.check else ("[bus.gpio]", 'kind = "gpio"', f'chip = "{self.label}"')


def gpio_chips(devices: Path = ROOT / "dev", library: str = LIBRARY) -> tuple[GpioChip, ...]:
    """Every chip with its lines. One that cannot be opened says why; none where there are no chips."""
    paths = sorted({str(path.resolve()) for path in devices.glob("gpiochip*")})
    if not paths:
        return ()
    try:
        loaded = load_library(library)
    except WireLost as error:
        return tuple(GpioChip(path=path, label="", check=str(error)) for path in paths)
    return tuple(_chip(loaded, path) for path in paths)


def _chip(library: Library, path: str) -> GpioChip:
    try:
        with library.Chip(path) as opened:
            info = opened.get_info()
            lines = tuple(_line(opened.get_line_info(offset)) for offset in range(info.num_lines))
            return GpioChip(path=path, label=str(info.label), lines=lines)
    except OSError as error:
        return GpioChip(path=path, label="", check=why_no_chip(path, error))


def _line(info: Library) -> GpioLine:
    consumer = (str(info.consumer) or "the kernel") if info.used else ""
    return GpioLine(offset=int(info.offset), name=str(info.name or ""), consumer=consumer)


def thermometers(root: Path = ROOT) -> tuple[Finding, ...]:
    """1-Wire sensors by their ROM id, with what they read where that is quick."""
    folder = root / "sys/bus/w1/devices"
    return tuple(
        Finding(
            where=f"1-Wire {one.name}",
            what=_warmth(one),
            write=("[[temperature_sensor]]", 'place = "terminal"', 'driver = "one_wire"', f'rom = "{one.name}"'),
        )
        for one in sorted(folder.glob("*-*"))
        if ROM.fullmatch(one.name)
    )


def _warmth(sensor: Path) -> str:
    try:
        return f"thermometer, {int((sensor / 'temperature').read_text()) / 1000:.1f} °C"
    except (OSError, ValueError):
        return "thermometer that cannot be read now; check its plug and its pull-up of 4.7 kΩ"


def keyboards(root: Path = ROOT) -> tuple[Finding, ...]:
    """What types digits: card readers that pretend to be a keyboard, and keyboards."""
    return tuple(_keyboards(root))


def _keyboards(root: Path) -> Iterator[Finding]:
    stable = {link.resolve().name: link for link in sorted((root / "dev/input/by-id").glob("*-event-*"))}
    for entry in sorted((root / "sys/class/input").glob("event*")):
        keys = _number(entry / "device/capabilities/key")
        if all(keys >> key & 1 for key in KEYS_OF_DIGITS):
            path = stable.get(entry.name)
            where = f"/dev/input/by-id/{path.name}" if path else f"/dev/input/{entry.name}"
            name = _text(entry / "device/name") or "no name"
            yield Finding(
                where=where,
                what=f"types digits: {name}; a card reader, or a keyboard",
                write=("[token_reader]", 'driver = "keyboard"', f'device = "{where}"'),
            )


def _number(file: Path) -> int:
    """A bit mask as the kernel writes it: words of 64 bits, the highest first."""
    words = _text(file).split()
    try:
        return int("".join(word.rjust(16, "0") for word in words) or "0", 16)
    except ValueError:
        return 0


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
