"""Child processes of a measure: run to the end for their output, or held for as long as a block runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tools.processes import ROOT

PROGRAMS = "benchmarks.programs"


async def output_of(*arguments: str, given: str = "") -> str:
    """What `python …` prints; raises CalledProcessError with what it complained about."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate(given.encode())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments, output, errors.decode(errors="replace"))
    return output.decode()


async def result_of(program: str, *arguments: str, given: str = "") -> Any:
    """The JSON that one of our programs prints, `given` this to read."""
    return json.loads(await output_of("-m", f"{PROGRAMS}.{program}", *arguments, given=given))


@asynccontextmanager
async def silent(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python …` without a voice, killed at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def program(name: str, *arguments: str, given: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """One of our programs, once it has printed its first line; killed at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"{PROGRAMS}.{name}", *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(given.encode())
        process.stdin.close()
        if not await process.stdout.readline():
            raise ChildProcessError(f"{name} ended before it was ready")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
