"""What an operating system does to a port: closed to this user, or held by another process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534
HOLD = """
import serial, sys
port = serial.Serial(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def denied(port: Path) -> Iterator[None]:
    """This user may not open the port. Root may open everything, so it is somebody else for so long."""
    device, folder = port.resolve(), port.parent
    modes = device.stat().st_mode, folder.stat().st_mode
    is_root = os.geteuid() == 0
    device.chmod(0)
    folder.chmod(0o755)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        device.chmod(modes[0])
        folder.chmod(modes[1])


@contextmanager
def held_by_another(port: Path) -> Iterator[None]:
    """Another process has the port."""
    command = [sys.executable, "-c", HOLD, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.stdin.close()
            holder.wait()
