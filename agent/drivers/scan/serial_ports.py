"""The serial ports of this machine: their lasting names, their adapters, and who holds them. Reads files only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from agent.values import frozen

ROOT = Path("/")
STABLE = ("dev/serial/by-id", "dev/serial/by-path")
"""In the order in which they last: a by-id name survives another socket, a by-path name another adapter."""
ADAPTER_WORDS = ("manufacturer", "product", "serial")
NO_UART = "0"
"""What the kernel says of a port that a driver keeps for hardware that is not there."""


@frozen(kw_only=True)
class PortEntry:
    """`stable` is the name for a board file; it is `device` where there is no better one."""

    device: str
    stable: str
    adapter: str = ""
    is_console: bool = False
    """The kernel or a login talks there."""


@frozen
class Holder:
    """A process that has the port open."""

    pid: int
    program: str


def serial_ports(root: Path = ROOT) -> tuple[PortEntry, ...]:
    """Every port behind which there is hardware, by name."""
    names = sorted(entry.name for entry in (root / "sys/class/tty").glob("*") if _is_hardware(entry))
    stable, consoles = _stable_names(root), _consoles(root)
    return tuple(
        PortEntry(
            device=f"/dev/{name}",
            stable=stable.get(name, f"/dev/{name}"),
            adapter=_adapter(root / "sys/class/tty" / name / "device"),
            is_console=name in consoles,
        )
        for name in names
    )


def named_port(path: str, root: Path = ROOT) -> PortEntry:
    """The port at a path that a person named; nothing is known of one that the kernel does not list."""
    real = str(Path(path).resolve())
    for port in serial_ports(root):
        if real == str((root / port.device.lstrip("/")).resolve()):
            return port
    return PortEntry(device=real, stable=path)


def holders(device: str, root: Path = ROOT) -> tuple[Holder, ...]:
    """Other processes that have it open, as far as this user may see: another user's are root's to see."""
    return tuple(_holders(device, root))


def _holders(device: str, root: Path) -> Iterator[Holder]:
    for process in sorted((root / "proc").glob("[0-9]*")):
        if process.name == str(os.getpid()) or not _has_open(process, device):
            continue
        yield Holder(int(process.name), _text(process / "comm") or "a program")


def _has_open(process: Path, device: str) -> bool:
    try:
        return any(_target(file) == device for file in (process / "fd").iterdir())
    except OSError:
        return False


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _is_hardware(entry: Path) -> bool:
    return (entry / "device").exists() and _text(entry / "type") != NO_UART and not _is_pseudo(entry)


def _is_pseudo(entry: Path) -> bool:
    return "/virtual/" in str(entry.resolve())


def _stable_names(root: Path) -> dict[str, str]:
    """By the name of the device, the best of its lasting names."""
    found: dict[str, str] = {}
    for folder in STABLE:
        for link in sorted((root / folder).glob("*")):
            found.setdefault(link.resolve().name, f"/{folder}/{link.name}")
    return found


def _consoles(root: Path) -> frozenset[str]:
    return frozenset(_text(root / "sys/class/tty/console/active").split())


def _adapter(device: Path) -> str:
    """ "FTDI FT232R USB UART A50285BI"; the driver's name where it hangs at no USB."""
    real = device.resolve()
    for above in (real, *real.parents):
        if (above / "idVendor").exists():
            return " ".join(filter(None, (_text(above / word) for word in ADAPTER_WORDS)))
    driver = real / "driver"
    return driver.resolve().name if driver.exists() else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
