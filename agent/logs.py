"""How the log looks: a constant message and its fields as `key=value`, one line each, repetitions counted.

    meter answered late connector=2 waited_ms=740 limit_ms=500 repeated=12

Under the journal each line is an entry with fields to search by (agent/journal_entry.py), sent over its own socket;
where that takes none, it is a line of standard error that begins with its priority (`<4>`, sd-daemon(3)), so that
`journalctl -p warning` works either way. On a terminal a line carries time and level. No secret is ever printed, of an
id token only its last four characters.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from pathlib import Path
from typing import TextIO

from agent import journal_entry
from agent.bus import News
from agent.core.identity import IdToken
from agent.journald import SOCKET, Journal
from agent.values import mutable

SAME_FOR_S = 60.0
"""A message like one printed within this time is counted, not printed."""
MOST_REMEMBERED = 128
LONGEST_VALUE = 500
"""Characters of one value: what a stranger sent may be long."""

FOREIGN_LEVELS = {"asyncio": logging.WARNING, "websockets": logging.WARNING, "pymodbus": logging.CRITICAL}
"""Libraries whose own lines are held back: they print frames and headers, passwords included, or what we say better."""

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))
NEWS, STATE = "news", "port_state"
"""What a line is about, where it tells an event, and the state of its port: for the journal, and not for the line."""
IDENTIFIER = "evse-agent"
"""As in the unit file: `journalctl -t` finds entries and lines alike."""
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", NEWS, STATE}
"""What logging itself keeps in a record, and those two; everything else came by `extra`."""

_context: ContextVar[Mapping[str, object]] = ContextVar("log context", default={})  # noqa: B039 never written to

Fields = dict[str, object]


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every line of this block, and of the tasks started in it, carries these fields, such as connector=1."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def setup(level: int = logging.INFO, stream: TextIO | None = None, journal: Path = SOCKET) -> None:
    """Send the whole process's log to `stream` (standard error), in the journal's form where that is the journal.

    `journal`: its socket, which has to be there.
    """
    stream = stream or sys.stderr
    for_journal = is_journal(stream, os.environ.get("JOURNAL_STREAM"))
    is_native = for_journal and journal.is_socket()
    handler = JournalHandler(stream, Journal(journal)) if is_native else CountingHandler(stream)
    handler.setFormatter(LineFormatter(for_journal=for_journal))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # Nobody prints these, so nobody pays for them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name, least in FOREIGN_LEVELS.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(least, logger.level))


def is_journal(stream: TextIO, journal_stream: str | None) -> bool:
    """Whether `stream` is the journal's socket: JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return journal_stream == f"{status.st_dev}:{status.st_ino}"


def fields_of(record: logging.LogRecord) -> Fields:
    """What came with the line by `extra`, and what its context added."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _take_context(record: logging.LogRecord) -> None:
    """The context is kept with the record: a count of it may be printed when another task is at work."""
    for name, value in _context.get().items():
        vars(record).setdefault(name, value)


class LineFormatter(logging.Formatter):
    """One record as one line; a traceback adds its own, each marked like the first."""

    def __init__(self, *, for_journal: bool) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = self.message(record)
        if not self._for_journal:
            return f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {record.name}: {text}"
        mark = f"<{priority_of(record)}>"
        return "\n".join(mark + line for line in text.splitlines())

    def message(self, record: logging.LogRecord) -> str:
        """The words, the fields, and a traceback where there is one, below."""
        fields = (f"{name}={_value(value)}" for name, value in fields_of(record).items())
        text = " ".join([_printable(record.getMessage()), *fields])
        if record.exc_info and record.exc_info[0] is not None:
            text += "\n" + self.formatException(record.exc_info)
        return text


def entry(record: logging.LogRecord, message: str) -> Iterator[tuple[str, str]]:
    """The fields of its entry in the journal."""
    yield "MESSAGE", message
    yield "PRIORITY", str(priority_of(record))
    yield "SYSLOG_IDENTIFIER", IDENTIFIER
    news = vars(record).get(NEWS)
    if isinstance(news, News):
        yield from journal_entry.fields_of(news, vars(record).get(STATE, ""))
    elif (connector := fields_of(record).get("connector")) is not None:
        yield "EVSE_PORT", str(connector)


def priority_of(record: logging.LogRecord) -> int:
    """The syslog priority of a line: of an event by what it means, else by the level."""
    news = vars(record).get(NEWS)
    return journal_entry.priority_of(news) if isinstance(news, News) else priority(record.levelno)


def priority(level: int) -> int:
    """The syslog priority of a level: 2 critical … 7 debug."""
    return next((number for least, number in _PRIORITIES if level >= least), 7)


@mutable
class _Printed:
    """A message that was printed at `at_s`, and how often it was not since."""

    record: logging.LogRecord
    at_s: float
    repeated: int = 0


class CountingHandler(logging.StreamHandler[TextIO]):
    """Prints; what repeats within a minute is counted, and the count is printed afterwards.

    Two warnings or errors are the same when message, logger and words agree, whatever their numbers are; below that
    level everything has to agree, as there each line is something that a person did or saw.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._printed: dict[object, _Printed] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print or count. Prints first what the minute of another message has left to say."""
        for key in [key for key, printed in self._printed.items() if _is_over(printed, record.created)]:
            self._settle(self._printed.pop(key))
        _take_context(record)
        key = _likeness(record)
        known = self._printed.get(key)
        if known is not None:
            known.repeated += 1
            known.record = record
            return
        if len(self._printed) >= MOST_REMEMBERED:
            self._settle(self._printed.pop(next(iter(self._printed))))
        self._printed[key] = _Printed(record, record.created)
        self._print(record)

    def close(self) -> None:
        """Print the counts that are left."""
        for printed in self._printed.values():
            self._settle(printed)
        self._printed.clear()
        super().close()

    def _settle(self, printed: _Printed) -> None:
        if printed.repeated:
            # The latest of them, so that its numbers are fresh; the traceback was there with the first.
            self._print(logging.makeLogRecord({**vars(printed.record), "repeated": printed.repeated, "exc_info": None}))

    def _print(self, record: logging.LogRecord) -> None:
        super().emit(record)


class JournalHandler(CountingHandler):
    """The same as entries of the journal; what that does not take goes down the stream, so that each is there once."""

    def __init__(self, stream: TextIO, journal: Journal) -> None:
        super().__init__(stream)
        self._journal, self._taken = journal, 0

    def close(self) -> None:
        super().close()
        self._journal.close()

    def _print(self, record: logging.LogRecord) -> None:
        """EVSE_SEQ counts from 1 in each run of the program: one that is missing was lost in the journal."""
        fields = entry(record, self._message(record))
        if self._journal.send([*fields, ("EVSE_SEQ", str(self._taken + 1))]):
            self._taken += 1
        else:
            super()._print(record)

    def _message(self, record: logging.LogRecord) -> str:
        formatter = self.formatter
        return formatter.message(record) if isinstance(formatter, LineFormatter) else self.format(record)


def _is_over(printed: _Printed, now_s: float) -> bool:
    # The wall clock may be set back meanwhile; a message must not stay silent until it has caught up.
    return not 0 <= now_s - printed.at_s < SAME_FOR_S


def _likeness(record: logging.LogRecord) -> object:
    fields = fields_of(record)
    if record.levelno >= logging.WARNING:
        fields = {name: value for name, value in fields.items() if name == "connector" or not _is_number(value)}
    words = tuple((name, _value(value)) for name, value in fields.items())
    return record.name, record.levelno, record.getMessage(), words


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _value(value: object) -> str:
    """A value without line breaks; quoted where its end would not be seen."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return f"{round(value, 3)!r}"
    if isinstance(value, IdToken):
        return value.masked
    text = str(value.value if isinstance(value, Enum) else value)
    if len(text) > LONGEST_VALUE:
        text = text[:LONGEST_VALUE] + "…"
    return text if text and not any(letter in ' "=' for letter in text) and text.isprintable() else _quoted(text)


def _printable(text: str) -> str:
    """A message of a library may hold anything; a line break in it could pass for a line of ours."""
    return text if text.isprintable() else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())
