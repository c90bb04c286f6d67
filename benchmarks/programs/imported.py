"""Prints the modules that a running agent holds and that are not its own. `… imported SITE_FILE`"""

from __future__ import annotations

import sys
from pathlib import Path

import agent.__main__
import agent.app
import agent.config.load
from agent.drivers import loader


def main(site_file: Path) -> None:
    # A configuration names drivers, and drivers import.
    agent.config.load.load(site_file, loader)
    import websockets.asyncio.client  # noqa: F401 the agent imports it with its first connection

    own = ("agent", "benchmarks", "__main__")
    print("\n".join(name for name in list(sys.modules) if name.partition(".")[0] not in own))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
