"""Where the history is kept. One way to write, one to read, two databases behind it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tools.support.failures import NotReachable, SupportError, WrongUse
from tools.support.history.rows import COLUMNS, Row
from tools.support.history.schema import HYPERTABLE, TABLES
from tools.support.settings import HistoryTable

PLACES = ", ".join(["?"] * len(COLUMNS))
INSERT = (
    f"INSERT INTO message ({', '.join(COLUMNS)}) SELECT {PLACES} WHERE NOT EXISTS"  # noqa: S608 - names of ours
    " (SELECT 1 FROM message WHERE device = ? AND boot_id = ? AND digest = ?) ON CONFLICT DO NOTHING"
)
"""The key alone does not do: a time-partitioned table wants the time in it, and a message that was sent before its
charger knew the time has one when it is sent again."""
NO_VALUES = (OverflowError, ValueError, TypeError)
"""Of a driver that cannot write a value: an integer beyond 8 bytes, a text that is no Unicode."""
BUSY_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5
MAKING_TABLES, DECIDING = 8471001, 8471002
"""Of PostgreSQL's advisory locks, which are numbers; nobody else in this database should use them."""
LOCK_TO_THE_END = "SELECT pg_advisory_xact_lock(%s)"


class HistoryDown(NotReachable):
    """The database does not answer now; it may later."""


class RowRefused(SupportError):
    """The database will never take one of these rows, as it stands."""


class History(Protocol):
    """Values go in as they are, never as text of a statement; "?" stands for each."""

    def put(self, rows: Iterable[Row]) -> int:
        """All or none, durable when it returns; how many were new. Raises HistoryDown, RowRefused, SupportError."""
        ...

    def ask(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a SELECT. Raises HistoryDown."""
        ...

    def change(self, statement: str, *values: Any) -> int:
        """How many rows were touched; durable when it returns. Raises HistoryDown."""
        ...

    def deciding(self) -> AbstractContextManager[None]:
        """While the block runs nobody else decides, in whatever program; all of it is written, or nothing.

        For what is asked and then changed in the light of the answer, as whether a case is open. Raises HistoryDown.
        """
        ...

    def close(self) -> None: ...


def open_history(table: HistoryTable) -> History:
    """Makes what is missing. Raises HistoryDown, WrongUse."""
    if table.url.startswith("sqlite"):
        return Sqlite(sqlite_file(table.url))
    return Postgres(table.url)


@contextlib.contextmanager
def opened(table: HistoryTable, *, made: bool = False) -> Iterator[History]:
    """While the block runs. Raises HistoryDown, and WrongUse where nothing is there, unless it is `made`.

    Who only looks would take a file that he has just made under a wrong name for an empty history.
    """
    file = sqlite_file(table.url) if table.url.startswith("sqlite") else None
    if file is not None and not made and not file.exists():
        raise WrongUse(
            f"history.url: there is no {file}; look at the name. evse-support collect makes it, and writes what comes"
        )
    history = open_history(table)
    try:
        yield history
    finally:
        history.close()


def sqlite_file(url: str) -> Path:
    """Of "sqlite:FILE" and "sqlite:///FILE"."""
    path = url.partition(":")[2]
    return Path(path[2:] if path.startswith("//") else path).expanduser()


class Sqlite:
    """One file. Several programs may use it at once."""

    def __init__(self, file: Path, named_by: str = "history.url") -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            for statement in TABLES:
                self._db.execute(statement)
        except (OSError, sqlite3.Error) as error:
            raise WrongUse(
                f"{named_by}: {file} cannot be used: {error}; name another file, or mend this one"
            ) from error
        self._file = file

    def put(self, rows: Iterable[Row]) -> int:
        with self._told(), self._transaction():
            before = self._db.total_changes
            self._db.executemany(INSERT, [_inserted(row) for row in rows])
            return self._db.total_changes - before

    def ask(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with self._told():
            return [dict(row) for row in self._db.execute(statement, values)]

    def change(self, statement: str, *values: Any) -> int:
        with self._told():
            return self._db.execute(statement, values).rowcount

    @contextlib.contextmanager
    def deciding(self) -> Iterator[None]:
        with self._told(), self._transaction():
            yield

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DataError, sqlite3.IntegrityError, *NO_VALUES) as error:
            raise RowRefused(f"history {self._file}: {error}") from error
        except sqlite3.Error as error:
            raise HistoryDown(f"history {self._file}: {error}") from error


class Postgres:
    """PostgreSQL, and TimescaleDB where the extension is there. Connects anew by itself with the next statement."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise WrongUse(
                "history.url: PostgreSQL needs the library psycopg; install evse-agent[postgres], or write sqlite:FILE"
            ) from error
        self._psycopg, self._url = psycopg, url
        self._db: Any = None
        self._connected()

    def put(self, rows: Iterable[Row]) -> int:
        values = [_inserted(row) for row in rows]
        with self._told(), self._connected().transaction(), self._connected().cursor() as cursor:
            # psycopg sends them in one go, and counts what was new.
            cursor.executemany(_dollar(INSERT), [_without_nul(one) for one in values])
            return max(0, int(cursor.rowcount))

    def ask(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        from psycopg.rows import dict_row

        with self._told(), self._connected().cursor(row_factory=dict_row) as cursor:
            return list(cursor.execute(_dollar(statement), values).fetchall())

    def change(self, statement: str, *values: Any) -> int:
        with self._told():
            return int(self._connected().execute(_dollar(statement), values).rowcount)

    @contextlib.contextmanager
    def deciding(self) -> Iterator[None]:
        with self._told(), self._connected().transaction():
            self._connected().execute(LOCK_TO_THE_END, [DECIDING])
            yield

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _connected(self) -> Any:
        if self._db is None or self._db.closed or self._db.broken:
            with self._told():
                self._db = self._psycopg.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, application_name="evse-support"
                )
                self._make_tables()
        return self._db

    def _make_tables(self) -> None:
        # Two collectors that start at once would both make a table, and one of them fail.
        with self._db.transaction():
            self._db.execute(LOCK_TO_THE_END, [MAKING_TABLES])
            for statement in TABLES:
                self._db.execute(statement)
            if self._db.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'").fetchone():
                self._db.execute(HYPERTABLE)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What can pass by itself is HistoryDown; what cannot is told with the words of the database."""
        psycopg = self._psycopg
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise HistoryDown(f"history: the database does not answer: {_first_line(error)}") from error
        except (psycopg.DataError, psycopg.IntegrityError, *NO_VALUES) as error:
            raise RowRefused(f"history: the database refuses a row: {_first_line(error)}") from error
        except psycopg.Error as error:
            raise SupportError(f"history: the database refuses: {_first_line(error)}") from error


def put_each(history: History, rows: Sequence[Row], refused: Callable[[Row, RowRefused], None]) -> int:
    """All at once; where the database will not take one of them, all others. How many were new. Raises HistoryDown."""
    try:
        return history.put(rows)
    except RowRefused:
        new = 0
        for row in rows:
            try:
                new += history.put([row])
            except RowRefused as error:
                refused(row, error)
        return new


def _inserted(row: Row) -> tuple[Any, ...]:
    return (*row.values, row.device, row.boot_id, row.digest)


def _dollar(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")


def _without_nul(values: Sequence[Any]) -> tuple[Any, ...]:
    # The one character that PostgreSQL's texts cannot hold.
    return tuple(one.replace("\x00", "\N{REPLACEMENT CHARACTER}") if isinstance(one, str) else one for one in values)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def first(rows: list[dict[str, Any]]) -> Mapping[str, Any] | None:
    """The first row, or none."""
    return rows[0] if rows else None
