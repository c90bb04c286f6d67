"""The machine that measures: its processor, its load, a disk that is one, and byte code that is cached."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path

IN_MEMORY = frozenset({"tmpfs", "ramfs"})


def environment(bytecode: Path) -> dict[str, str]:
    """What children get on top. Byte code is cached, as it is for an installed package, whatever the shell says."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return {"PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONUNBUFFERED": "1"}


def scratch() -> Path:
    """Where to put files that must reach a disk: the usual temporary folder, or /var/tmp where that is memory."""
    usual = Path(tempfile.gettempdir())
    return Path("/var/tmp") if file_system(usual, Path("/proc/mounts").read_text()) in IN_MEMORY else usual


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that holds `path`, by the text of /proc/mounts."""
    holders = [fields for line in mounts.splitlines() if path.is_relative_to((fields := line.split())[1])]
    return max(holders, key=lambda fields: len(Path(fields[1]).parts))[2] if holders else ""


def described() -> str:
    """One line: what these figures were taken on. They compare within one run only."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    where = f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"
    return f"{where}, Python {platform.python_version()}, load {load}. Times compare within one run only."
