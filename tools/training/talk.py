"""What a trainee types at the terminal of a trainer, and what is told of a lesson when it is asked for."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

Doings = Mapping[str, Callable[[], Awaitable[str]]]
"""By the words that are typed; each gives what is to be said then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """`hints`: the first says least."""

    hints: tuple[str, ...]
    solution: str


async def talk(lesson: Lesson, doings: Doings, help_line: str, ends: tuple[str, ...] = ("quit",)) -> str:
    """Until one of `ends` is typed, which it gives, or the input is over, which gives ""."""
    shown = 0
    async for line in typed(sys.stdin):
        words = " ".join(line.split()).casefold()
        if words in ends:
            return words
        if words == "hint":
            shown = min(shown + 1, len(lesson.hints))
            says = f"hint {shown} of {len(lesson.hints)}: {lesson.hints[shown - 1]}"
        elif words == "solution":
            says = lesson.solution
        else:
            says = await doings[words]() if words in doings else help_line
        print(says, flush=True)
    return ""


async def typed(source: TextIO) -> AsyncIterator[str]:
    """The lines of a terminal or a pipe as they come; of anything else, which never makes anybody wait, at once."""
    kind = os.fstat(source.fileno()).st_mode
    if not (source.isatty() or stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        for line in source:
            yield line
        return
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), source)
    while line := (await lines.readline()).decode(errors="replace"):
        yield line
