"""A broker on this machine for benchmarks, demonstrations and tests: Mosquitto where it is installed, else ours."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.processes import ROOT

LISTENS_WITHIN_S = 15.0
ENDS_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.05


def mosquitto() -> str | None:
    """Debian keeps it where only root's path leads."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """Nobody listens there now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def broker(folder: Path) -> Iterator[tuple[int, str]]:
    """Its port on this machine, and which one it is. Raises ConnectionError where it does not come to listen.

    Mosquitto is as it is installed, with nothing set but its port, and keeps nothing on disk.
    """
    port, program = free_port(), mosquitto()
    if program is None:
        command = [sys.executable, "-m", "firmware_sim.mqtt_broker", "--listen", f"127.0.0.1:{port}"]
    else:
        settings = folder / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", encoding="utf-8")
        command = [program, "-c", str(settings)]
    with serving(command, port, folder / "broker.log"):
        yield port, "the simulator's broker" if program is None else "Mosquitto"


@contextmanager
def serving(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    """The program while it listens at `port`. Raises ConnectionError with its log where it does not come to that."""
    with log.open("wb") as said:
        # In a session of its own: Ctrl-C reaches whoever uses it, and that one ends it.
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
    try:
        _await_listening(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(ENDS_WITHIN_S)


def _await_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end_s = time.monotonic() + LISTENS_WITHIN_S
    while process.poll() is None and time.monotonic() < end_s:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(LOOKS_EVERY_S)
    raise ConnectionError(f"no broker came to listen at port {port}; it said: {log.read_text('utf-8', 'replace')}")
