"""The agent with a stopwatch in its loop, ended by SIGTERM. `… timed_agent SITE_FILE RESULT`"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent.app import run_as_service
from agent.config.load import load
from agent.drivers import loader
from benchmarks.stopwatch import Stopwatch


def main(site_file: Path, result: Path) -> None:
    watch = Stopwatch()
    config = load(site_file, loader)
    watch.start()
    asyncio.run(run_as_service(config))
    watch.write(result)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
