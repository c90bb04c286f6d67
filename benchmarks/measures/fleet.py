"""The table of `evse-support fleet` over 1,000 chargers: until its first screen stands whole, and what it takes."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks.child import program, result_of
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.process import memory, peak_mb
from benchmarks.spread import spread
from tools.brokers import broker
from tools.processes import ROOT

ORDER = 18
CHARGERS = 1000
KEPT = 4 * CHARGERS
MOST_FIRST_SCREEN_MS = 2000.0
MOST_MB = 150.0
LONGEST_S = 30.0
WATCHED_S = 10.0
QUICK_WATCHED_S = 2.0


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    with broker(folder) as (port, who):
        return asyncio.run(_measure(effort, folder, port, who))


async def _measure(effort: Effort, folder: Path, port: int, who: str) -> list[Figure]:
    config = folder / "support.toml"
    screens, floors, sizes = [], [], []
    async with program("fleet_of", "127.0.0.1", str(port), str(CHARGERS)):
        config.write_text(f'[broker]\nurl = "mqtt://127.0.0.1:{port}"\n')
        for _ in range(effort.rounds):
            # In turns, so that a busy moment of the machine meets both.
            floors.append((await result_of("bare_subscriber", "127.0.0.1", str(port), str(KEPT)))["ms"])
            watched_s = QUICK_WATCHED_S if effort.rounds < 5 else WATCHED_S
            screen_ms, size_mb = await asyncio.to_thread(_first_screen, config, watched_s)
            screens.append(screen_ms)
            sizes.append(size_mb)
    return [
        Figure(
            name="fleet of 1,000, first screen",
            value=median(screens),
            unit="ms",
            floor=median(floors),
            floor_is=f"a bare subscriber until it has the same {KEPT:,} kept messages of {who}, start included",
            target=at_most(MOST_FIRST_SCREEN_MS),
            notes=(spread(screens, "ms"), "from the start of the process to a terminal that shows all of them"),
        ),
        Figure(
            name="fleet of 1,000, highest RSS",
            value=max(sizes),
            unit="MB",
            target=at_most(MOST_MB),
            notes=("with 20 meter values a second coming in",),
        ),
    ]


def _first_screen(config: Path, watched_s: float) -> tuple[float, float]:
    """In a terminal of its own: ms until all chargers are counted on it, then MB while it goes on."""
    began = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.environ |= {"LINES": "40", "COLUMNS": "160", "TERM": "xterm"}
        os.execv(sys.executable, [sys.executable, "-m", "tools.support", "--config", str(config), "fleet"])
    try:
        _read_until(terminal, f"{CHARGERS} chargers".encode(), began + LONGEST_S)
        screen_ms = (time.monotonic() - began) * 1000
        _read_until(terminal, None, time.monotonic() + watched_s)
        return screen_ms, max(peak_mb(child), memory(child).rss_mb)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def _read_until(terminal: int, wanted: bytes | None, end: float) -> None:
    seen = b""
    while (left := end - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            continue
        seen = (seen + os.read(terminal, 65536))[-200_000:]
        if wanted is not None and wanted in seen:
            return
    if wanted is not None:
        tail = seen[-500:].decode(errors="replace")
        raise subprocess.SubprocessError(f"the table never showed {wanted.decode()}; it ended with: {tail}")
