"""A handler of the log whose lines can be read, at moments that the test names."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import TextIO

from agent.logs import CountingHandler, LineFormatter


class Log:
    """`make` gets the stream that the handler writes to."""

    def __init__(
        self, make: Callable[[TextIO], CountingHandler] = CountingHandler, *, for_journal: bool = True
    ) -> None:
        self._text = io.StringIO()
        self.handler = make(self._text)
        self.handler.setFormatter(LineFormatter(for_journal=for_journal))
        self.now_s = 1_800_000_000.0

    def say(self, message: str, level: int = logging.INFO, **fields: object) -> None:
        record = logging.makeLogRecord({"name": "agent.room", "levelno": level, "msg": message, **fields})
        record.levelname, record.created = logging.getLevelName(level), self.now_s
        self.handler.handle(record)

    def warn(self, message: str, **fields: object) -> None:
        self.say(message, logging.WARNING, **fields)

    def lines(self) -> list[str]:
        return self._text.getvalue().split("\n")[:-1]
