"""One database file: open, check, set aside when damaged, migrate.

The file is opened exclusively. A second agent on the same file is refused, and the index of the write-ahead log lives
in memory, which saves the flash a file that would be rewritten all the time.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from agent.errors import StoreDamaged, StoreError, StoreFull, StoreTooNew
from agent.store.moments import begin_boot
from agent.values import frozen

MIGRATIONS = Path(__file__).parent / "migrations"
PAGE_BYTES = 512
"""Small, since a commit writes whole pages; the figures behind it stand in docs/store.md."""
CACHE_KIB = 512
LOG_PAGES = 2000
"""Pages in the write-ahead log before they are copied into the file, about 1 MB. The longer the log, the fewer copies
of a page that changes all the time; a start after a power cut reads at most this much more."""
CHECKED_WHOLE_BYTES = 16 * 1024 * 1024
"""A larger file holds a long queue. Reading all of it could delay a start by seconds on an SD card, so then only the
tables without which no charge can be resumed are read."""
ALWAYS_CHECKED = (
    *("transactions", "settings", "local_tokens", "network_list", "availability"),
    *("latched_faults", "charging_profiles", "reservations"),
)
SET_ASIDE_AT_MOST = 3


@frozen
class Opened:
    """An open database. `set_aside` is where the damaged one went that it replaces."""

    connection: sqlite3.Connection
    set_aside: Path | None = None


def open_database(path: Path, *, flush: bool = True, boot_id: str = "") -> Opened:
    """Open or create the database at `path`, readable by its owner only, in the newest format.

    A damaged file is moved to `<name>.damaged-N` and replaced by an empty one: a charger without its past can charge,
    one without a database cannot. Raises StoreTooNew for the file of a newer agent, StoreError where there is no
    access. `flush` False gives up durability at a power cut, for simulation only. `boot_id` is the controller's now.
    """
    try:
        opened = Opened(_open(path, flush))
    except StoreDamaged:
        opened = open_anew(path, flush=flush)
    begin_boot(opened.connection, boot_id)
    return opened


def open_anew(path: Path, *, flush: bool = True) -> Opened:
    """Set the file at `path` aside and open an empty one in its place."""
    set_aside = _set_aside(path)
    return Opened(_open(path, flush), set_aside)


def store_error(error: sqlite3.Error) -> StoreError:
    """The same in the program's own words."""
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StoreFull("no space is left for the database; free some on its file system")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreDamaged(f"the database is damaged ({error}); the next start sets it aside")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError("the database is in use by another agent; stop that one first")
        case _:
            return StoreError(f"the database failed: {error}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, so that a new one has to take its place."""
    return isinstance(store_error(error), StoreDamaged)


def _open(path: Path, flush: bool) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        _prepare(connection, flush)
        _check(connection, path)
        _migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise store_error(error) from error
    except StoreError:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be opened ({error}); check the owner and the mode of its folder") from error
    connection.row_factory = sqlite3.Row
    return connection


def _prepare(connection: sqlite3.Connection, flush: bool) -> None:
    # The order counts: the page size before the first page, exclusive locking before the first look at the log.
    for pragma in (
        f"page_size = {PAGE_BYTES}",
        "locking_mode = EXCLUSIVE",
        "journal_mode = WAL",
        f"synchronous = {'FULL' if flush else 'OFF'}",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        f"cache_size = -{CACHE_KIB}",
        f"wal_autocheckpoint = {LOG_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreDamaged where the pages do not fit together."""
    whole = path.stat().st_size <= CHECKED_WHOLE_BYTES
    present = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    checks = ["quick_check(1)"] if whole else [f"quick_check('{name}')" for name in ALWAYS_CHECKED if name in present]
    for check in checks:
        verdict = str(connection.execute(f"PRAGMA {check}").fetchone()[0])
        if verdict != "ok":
            raise StoreDamaged(f"{path}: {verdict}")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply every migration above the file's own number, each in one transaction."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    migrations = known_migrations()
    if found > max(migrations):
        raise StoreTooNew(
            f"{path} has format {found}, this agent knows formats up to {max(migrations)}; "
            "install the agent that wrote it, or a newer one"
        )
    for number in range(found + 1, max(migrations) + 1):
        statements = migrations[number].read_text(encoding="utf-8")
        connection.executescript(f"BEGIN IMMEDIATE;\n{statements}\nPRAGMA user_version = {number};\nCOMMIT;")


def known_migrations() -> dict[int, Path]:
    """Every migration by its number: the digits in front of its file's name."""
    return {int(file.name.split("_")[0]): file for file in sorted(MIGRATIONS.glob("*.sql"))}


def _set_aside(path: Path) -> Path:
    """Move the file and its log away; older ones are removed, since space is short on a charger."""
    asides = sorted(path.parent.glob(f"{path.name}.damaged-*"), key=_number)
    for old in asides[: len(asides) + 1 - SET_ASIDE_AT_MOST]:
        old.unlink()
    target = path.with_name(f"{path.name}.damaged-{_number(asides[-1]) + 1 if asides else 1}")
    path.rename(target)
    # A log without its file would be applied to the new one.
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return target


def _number(aside: Path) -> int:
    digits = aside.name.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
