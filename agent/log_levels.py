"""How much the parts of the program tell in their log: more for a while, never for good: a debug log fills a disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import ClassVar

from agent.errors import BadRequest
from agent.tables import nearest

LONGEST_S = 86_400.0
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
TOP = "agent"


def parts() -> list[str]:
    """The rooms that have a log of their own by now, and "all"."""
    names = {name.split(".")[1] for name in logging.root.manager.loggerDict if name.startswith(f"{TOP}.")}
    return ["all", *sorted(names)]


class LogLevels:
    """A level that was set ends by itself; setting another in between replaces it."""

    _timers: ClassVar[dict[str, asyncio.TimerHandle]] = {}
    """Shared by all, as the loggers of a process are."""

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended

    def set(self, part: str, level: str, lasts_s: float) -> None:
        """Raises BadRequest."""
        if part not in parts():
            raise BadRequest(f'part: nothing here is called "{part[:40]}"{nearest(part[:40], parts())}')
        if timer := self._timers.pop(part, None):
            timer.cancel()
        _logger(part).setLevel(LEVELS[level])
        loop = asyncio.get_running_loop()
        self._timers[part] = loop.call_later(min(lasts_s, LONGEST_S), self._end, part)

    def _end(self, part: str) -> None:
        self._timers.pop(part, None)
        _logger(part).setLevel(logging.NOTSET)
        self._ended(part)

    @classmethod
    def end_all(cls) -> None:
        """Now, with nobody told: as with the process, for one that has several chargers' lives in it."""
        for part, timer in cls._timers.items():
            timer.cancel()
            _logger(part).setLevel(logging.NOTSET)
        cls._timers.clear()


def _logger(part: str) -> logging.Logger:
    return logging.getLogger(TOP if part == "all" else f"{TOP}.{part}")
