"""A broker for a demonstration: Mosquitto where it is installed, else the simulator's."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tools.processes import ROOT

LISTENS_WITHIN_S = 15.0


def mosquitto() -> str | None:
    """Debian keeps it where only root's path leads."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[tuple[int, str]]:
    """Its port on this machine, and which one it is."""
    port, program = _free_port(), mosquitto()
    if program is None:
        command = [sys.executable, "-m", "firmware_sim.mqtt_broker", "--listen", f"127.0.0.1:{port}"]
    else:
        settings = folder / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", encoding="utf-8")
        command = [program, "-c", str(settings)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    try:
        await _listens(port)
        yield port, "the simulator's" if program is None else "Mosquitto"
    finally:
        process.terminate()
        await process.wait()


async def _listens(port: int) -> None:
    end = time.monotonic() + LISTENS_WITHIN_S
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
