"""From the broker into the history: acknowledged once it is durable, spooled on this disk while the database is away.

Several collectors of one group split a fleet by shared subscriptions; each stands under its own name, for which the
broker keeps what comes while it is away. Kept messages do not come on a shared subscription (MQTT 5, 4.8.2): history
begins with the first change.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from agent.errors import AgentError
from agent.telemetry.topics import Topics
from tools.support.failures import WrongUse
from tools.support.history.rows import Row, Verdicts, row_of
from tools.support.history.sink import History, HistoryDown, RowRefused, Sqlite, put_each
from tools.support.link import Link, Message

MOST_AT_ONCE = 500
GATHER_S = 0.5
NEXT_WITHIN_S = 0.005
RETRY_S = 5.0

DELETE_EVERY_S = 86_400.0

Now = Callable[[], int]
Tell = Callable[[str], None]
Refused = Callable[[Row, RowRefused], None]


def filters(prefix: str, group: str) -> list[str]:
    """Shared among the group; what has no place in a history is left at the broker."""
    every = Topics(prefix, "+")
    topics = [every.state, every.health, f"{every.base}/port/+/status", every.event]
    topics += [every.session, every.outage, every.load, every.result("+")]
    return [f"$share/{group}/{topic}" for topic in topics]


class Spool:
    """What could not be written, on this disk, bounded. The same table as the history's.

    One program's at a time, so that no two collectors of one name run here: raises WrongUse.
    """

    def __init__(self, file: Path, most: int) -> None:
        self._history = Sqlite(file, "--spool")
        self._ours = _taken(file)
        self._most = most
        self.waiting = self._count()

    def put(self, rows: list[Row], refused: Refused) -> bool:
        """False where there is no room: then the broker keeps it, for it is not acknowledged."""
        if self.waiting + len(rows) > self._most:
            return False
        self.waiting += put_each(self._history, rows, refused)
        return True

    def drain(self, history: History, refused: Refused) -> int:
        """The oldest into the history; how many. Raises HistoryDown, and then they stay."""
        found = self._history.ask("SELECT rowid, * FROM message ORDER BY received_ms LIMIT ?", MOST_AT_ONCE)
        if not found:
            return 0
        places = [row.pop("rowid") for row in found]
        put_each(history, [Row(**row) for row in found], refused)
        # Each statement is flushed to the disk: one for each row would take minutes of a full spool.
        self._history.change(f"DELETE FROM message WHERE rowid IN ({', '.join('?' * len(places))})", *places)  # noqa: S608 - marks
        self.waiting = self._count()
        return len(found)

    def close(self) -> None:
        self._history.close()
        self._ours.close()

    def _count(self) -> int:
        return int(self._history.ask("SELECT count(*) AS n FROM message")[0]["n"])


def _taken(file: Path) -> TextIO:
    """A lock beside it, until it is closed or the program ends, however it ends. Raises WrongUse.

    A file of its own: SQLite's locks of a file end when anybody in this program closes it.
    """
    lock = file.with_suffix(".lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        whose = lock.read().strip() or "unknown"
        lock.close()
        raise WrongUse(
            f"a collector {file.stem} runs on this computer already (process {whose}); "
            "stop that one, or give this one its own name in [collect]"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


@dataclass
class Collector:
    """`connect` opens the history and may fail; it is tried again. `tell` hears of what changes."""

    link: Link
    connect: Callable[[], History]
    spool: Spool
    now_ms: Now
    tell: Tell
    keep_days: int = 400
    taken: int = 0
    new: int = 0
    refused: int = 0
    broken: int = 0
    """Messages that could not be written, whatever they are. They are acknowledged: else they come again for ever, and
    nothing behind them does."""
    _history: History | None = None
    _tried_s: float = float("-inf")
    _deleted_s: float = float("-inf")
    _verdicts: Verdicts = field(default_factory=Verdicts)
    _told_down: bool = False

    def run(self, until: Callable[[], bool]) -> None:
        """Until told otherwise; what has come is written or left unacknowledged."""
        while not until():
            self.step()
        if self._history is not None:
            self._history.close()

    def step(self) -> None:
        """What comes within a moment, in one transaction."""
        messages = self._gathered()
        rows = [row for one in messages if (row := self._row(one)) is not None]
        while not self._kept(rows):
            # Nothing is acknowledged, so the broker sends no more than it may have under way.
            time.sleep(RETRY_S)
        for message in messages:
            self.link.done(message)
        self.taken += len(messages)
        self._catch_up()

    def _gathered(self) -> list[Message]:
        found: list[Message] = []
        message = self.link.next(GATHER_S)
        # A broker has few under way unacknowledged (Mosquitto: 20): to wait for more would be to wait for ourselves.
        while message is not None and len(found) < MOST_AT_ONCE:
            found.append(message)
            message = self.link.next(NEXT_WITHIN_S)
        return [*found, message] if message is not None else found

    def _row(self, message: Message) -> Row | None:
        try:
            row = row_of(message.topic, message.payload, message.content_type, self.now_ms(), self._verdicts)
        except Exception as error:  # noqa: BLE001 - one message of one charger must not stop the history of all
            self._cannot(message.topic, error)
            return None
        self.refused += row is None
        return row

    def _cannot(self, where: str, error: Exception) -> None:
        """Told the first time and then ever more seldom: a charger may send such all day."""
        self.broken += 1
        if str(self.broken).strip("0") == "1":
            self.tell(f"{where}: left out, it cannot be written ({error}); {self.broken} such so far")

    def _refused(self, row: Row, error: RowRefused) -> None:
        self._cannot(f"{row.kind} of {row.device}", error)

    def _kept(self, rows: list[Row]) -> bool:
        """In the history, else in the spool; in the spool, too, while something older waits there."""
        if not rows:
            return True
        history = self._open()
        if history is not None and not self.spool.waiting:
            try:
                self.new += put_each(history, rows, self._refused)
            except HistoryDown as error:
                self._down(error)
            else:
                return True
        return self.spool.put(rows, self._refused)

    def _catch_up(self) -> None:
        history = self._open() if self.spool.waiting or self._told_down else self._history
        if history is None:
            return
        try:
            while self.spool.waiting:
                self.new += self.spool.drain(history, self._refused)
            self._delete_old(history)
        except HistoryDown as error:
            self._down(error)

    def _open(self) -> History | None:
        if self._history is None and time.monotonic() - self._tried_s >= RETRY_S:
            self._tried_s = time.monotonic()
            try:
                self._history = self.connect()
            except HistoryDown as error:
                self._down(error)
            else:
                if self._told_down:
                    self.tell("the history is back; what waited is written now")
                self._told_down = False
        return self._history

    def _down(self, error: AgentError) -> None:
        if not self._told_down:
            self.tell(f"{error}; what comes waits on this disk and is written later")
        self._told_down, self._tried_s = True, time.monotonic()
        if self._history is not None:
            self._history.close()
            self._history = None

    def _delete_old(self, history: History) -> None:
        """Once a day: what is older than is kept. Cases and their actions stay."""
        if time.monotonic() - self._deleted_s < DELETE_EVERY_S:
            return
        self._deleted_s = time.monotonic()
        oldest_ms = self.now_ms() - self.keep_days * 86_400_000
        history.change("DELETE FROM message WHERE received_ms < ?", oldest_ms)
