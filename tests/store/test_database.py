from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from agent.errors import StoreError, StoreTooNew
from agent.store.database import SET_ASIDE_AT_MOST, known_migrations, open_database
from agent.store.store import FILE_NAME, open_store


def created(folder: Path) -> Path:
    open_database(folder / FILE_NAME).connection.close()
    return folder / FILE_NAME


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    assert sorted(known_migrations()) == list(range(1, len(known_migrations()) + 1))


def test_a_new_file_is_durable_strict_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / FILE_NAME).connection) as connection:
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "page_size", "locking_mode")
        }
        tables = connection.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "page_size": 512,
        "locking_mode": "exclusive",
    }
    assert [row["name"] for row in tables if not row["strict"]] == []
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_newer_database_is_refused_in_words_and_left_as_it_is(tmp_path: Path) -> None:
    file = created(tmp_path)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version = {max(known_migrations()) + 1}")

    with pytest.raises(StoreTooNew, match=r"has format \d+, this agent knows formats up to \d+; install the agent"):
        open_database(file)

    assert [one.name for one in tmp_path.iterdir()] == [FILE_NAME]


def test_a_second_agent_on_the_same_file_is_refused_in_words(tmp_path: Path) -> None:
    with (
        closing(open_database(tmp_path / FILE_NAME).connection),
        pytest.raises(StoreError, match="in use by another agent"),
    ):
        open_database(tmp_path / FILE_NAME)


@pytest.mark.parametrize("damage", [b"this was never a database" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_file_that_is_no_database_is_set_aside_and_replaced(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / FILE_NAME
    file.write_bytes(damage)

    opened = open_database(file)
    opened.connection.close()

    assert opened.set_aside == tmp_path / f"{FILE_NAME}.damaged-1"
    assert opened.set_aside.read_bytes() == damage
    assert open_database(file).set_aside is None


def test_damage_in_the_middle_of_a_file_is_found_at_opening(tmp_path: Path) -> None:
    store = open_store(tmp_path, inline=True, flush=False)
    store.writer.connection.executemany(
        "INSERT INTO settings (name, value) VALUES (?, ?)", [(f"name {n}", "x" * 100) for n in range(200)]
    )
    store.writer.drop()
    file = tmp_path / FILE_NAME
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = b"\xa5" * 4096
    file.write_bytes(content)

    opened = open_database(file)
    opened.connection.close()

    assert opened.set_aside is not None


def test_damage_in_a_long_queue_is_found_before_the_first_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path, inline=True, flush=False)
    store.writer.connection.executemany(
        "INSERT INTO facts (kind, connector, format, body) VALUES ('sampled', 1, 1, ?)", [("x" * 300,)] * 500
    )
    root = store.writer.connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'facts'").fetchone()[0]
    store.writer.drop()
    file = tmp_path / FILE_NAME
    content = bytearray(file.read_bytes())
    content[(root - 1) * 512 : root * 512] = b"\xa5" * 512
    file.write_bytes(content)
    monkeypatch.setattr("agent.store.database.CHECKED_WHOLE_BYTES", 0)

    store = open_store(tmp_path, inline=True, flush=False)
    store.writer.drop()

    assert store.set_aside is not None
    assert store.ledger.queued() == 0


def test_only_the_newest_damaged_files_are_kept(tmp_path: Path) -> None:
    for _ in range(SET_ASIDE_AT_MOST + 2):
        (tmp_path / FILE_NAME).write_bytes(b"damaged")
        open_database(tmp_path / FILE_NAME).connection.close()

    names = sorted(one.name for one in tmp_path.glob("*.damaged-*"))
    assert names == [f"{FILE_NAME}.damaged-{number}" for number in (3, 4, 5)]


def test_a_folder_without_access_is_refused_in_words_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("not a folder")

    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path / "a file" / FILE_NAME)
