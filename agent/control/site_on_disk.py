"""The site file as it lies on disk now: what a start would say to it, and what it would change."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.errors import Busy, ConfigError

if TYPE_CHECKING:
    from agent.config.model import StationConfig

MOST_TOLD = 3
"""Problems in a refusal; all of them by `config check`."""


async def looked_at(running: StationConfig) -> dict[str, Any]:
    """`problems` that keep a start from happening, `notices`, and the `changes` since this start. In a thread."""
    thread = ThreadPoolExecutor(1, "site file")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, _looked_at, running)
    finally:
        thread.shutdown(wait=False)


async def refuse_unusable(running: StationConfig) -> None:
    """Raises Busy where the program would not come back from a restart."""
    problems = (await looked_at(running))["problems"]
    if problems:
        left_out = f"; and {len(problems) - MOST_TOLD} more" if len(problems) > MOST_TOLD else ""
        raise Busy(
            "nothing was restarted: the agent would not come back with the site file as it is on disk: "
            f"{'; '.join(problems[:MOST_TOLD])}{left_out}; mend it, and see: evsectl config check"
        )


def _looked_at(running: StationConfig) -> dict[str, Any]:
    """By the same code as a start and `evse-agent check`."""
    from agent.config.load import load
    from agent.control.plan_applying import changes
    from agent.drivers import loader

    file = running.site_file
    found: dict[str, Any] = {"file": str(file), "problems": [], "notices": [], "changes": []}
    try:
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        found["written_at"] = written.strftime("%Y-%m-%dT%H:%M:%SZ")
    except OSError:
        pass
    try:
        wanted = load(file, loader)
    except ConfigError as error:
        return {**found, "problems": list(error.problems)}
    return {**found, "notices": list(wanted.notices), "changes": changes(running, wanted)}
