"""Has the controller start anew, where its system lets this service do so (docs/remote-maintenance.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.errors import Busy

COMMAND = ("systemctl", "reboot", "--no-ask-password")
WITHIN_S = 10.0


async def reboot(command: Sequence[str] = COMMAND) -> None:
    """Queued when it returns; the service is stopped in order then. Raises Busy with the system's own words."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise Busy(f"the controller was not restarted: {command[0]} cannot be run here ({error.strerror})") from error
    try:
        async with asyncio.timeout(WITHIN_S):
            _, said = await process.communicate()
    except TimeoutError as error:
        process.kill()
        raise Busy(f"the controller was not restarted: its system did not answer within {WITHIN_S:g} s") from error
    if process.returncode:
        words = said.decode(errors="replace").strip().partition("\n")[0][:120] or f"it ended with {process.returncode}"
        raise Busy(
            f"the controller was not restarted: its system does not let this service ({words}); "
            "see docs/remote-maintenance.md for the rule that lets it"
        )
