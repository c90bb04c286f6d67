"""The agent with a stopwatch in its loop, ended by SIGTERM. `… timed_agent SITE_FILE RESULT`

It takes the priority that its unit gives it, where the user of the benchmark may; with `timed_timers` the same.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent.__main__ import SWITCH_INTERVAL_S
from agent.app import run_as_service
from agent.config.load import load
from agent.drivers import loader
from benchmarks.priority import take_priority
from benchmarks.stopwatch import Stopwatch


def main(site_file: Path, result: Path) -> None:
    take_priority()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    watch = Stopwatch()
    config = load(site_file, loader)
    watch.start()
    asyncio.run(run_as_service(config))
    watch.write(result)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
