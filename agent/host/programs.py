"""Programs of the system that know what no file tells: each is started for one answer, within a time, and ends.

They see neither a terminal nor a language but the one that is read here. Nothing is given to them that came from afar.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress

from agent.errors import NotTold

MOST_BYTES = 256 << 10
ALSO_IN = "/usr/sbin:/sbin"
"""Where iw lies, which the path of an ordinary user does not name."""
LONGEST_SAYING = 160
AT_ONCE_BYTES = 16 << 10
ENDS_WITHIN_S = 1.0


async def told_by(command: Sequence[str], within_s: float) -> str:
    """What `command` writes. Raises NotTold with why it said nothing: not installed, refused, silent."""
    name = command[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": f"{os.environ.get('PATH', os.defpath)}:{ALSO_IN}", "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise NotTold(f"{name} is not installed") from error
    except OSError as error:
        raise NotTold(f"{name} cannot be run here ({error.strerror})") from error
    try:
        async with asyncio.timeout(within_s):
            said, complained = await asyncio.gather(_read(process.stdout), _read(process.stderr))
            status = await process.wait()
    except TimeoutError as error:
        raise NotTold(f"{name} did not answer within {within_s:g} s") from error
    finally:
        if process.returncode is None:
            await _end(process)
    if status:
        words = complained.strip().partition("\n")[0][:LONGEST_SAYING] or f"it ended with {status}"
        raise NotTold(f"{name} refuses: {words.removeprefix('error: ')}")
    return said


async def _end(process: asyncio.subprocess.Process) -> None:
    """Its pipes are read to their end, or it would be waited for in vain; a child of its own may hold them open."""
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDS_WITHIN_S):
            await asyncio.gather(_read(process.stdout), _read(process.stderr), process.wait())


async def _read(stream: asyncio.StreamReader | None) -> str:
    """To its end; what is more than anybody wants is thrown away, until the program's time is over."""
    assert stream is not None
    kept = bytearray()
    while more := await stream.read(AT_ONCE_BYTES):
        kept += more[: MOST_BYTES - len(kept)]
    return kept.decode(errors="replace")
