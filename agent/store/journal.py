"""What happened and who asked for what, for people to read later. Two logs with a cap each.

News is written in batches: five seconds may be lost with the power, the flash is spared. A command that changes
something is on record before its answer leaves; one that only reads is written along with the next batch.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from agent.bus import News, Reader
from agent.chain import BEGINNING, linked
from agent.core.identity import ConnectorId
from agent.core.leaving import is_personal, names_somebody, without_cards, without_login
from agent.core.time import Instant
from agent.core.uptime.acts import Act
from agent.errors import StoreError
from agent.store import acts, moments
from agent.store.writer import Writer
from agent.values import frozen

T = TypeVar("T")
log = logging.getLogger(__name__)

_NEWEST_EVENTS = "SELECT * FROM journal ORDER BY id DESC LIMIT ?"
_NEWEST_NAMED = "SELECT * FROM journal WHERE name = ? ORDER BY id DESC LIMIT ?"
_NEWEST_COMMANDS = "SELECT * FROM audit ORDER BY id DESC LIMIT ?"
BY_NETWORK = "station.reset"
BATCH_S = 5.0
CONCLUDES_WITHIN_S = 2.0
NEWS_KEPT = 20_000
COMMANDS_KEPT = 5_000
NOTED_AT_MOST = 256
"""Commands that wait for the next batch; more are written at once."""


@frozen(kw_only=True)
class Command:
    """One command. `arguments` are redacted already; `outcome` is a word and a sentence.

    `via`: the control socket, "mqtt" or "ocpp"; `key` signed the order `order_id`, for the support case `case`.
    `changes`: it has an effect; `port`: it is about that connector alone.
    """

    at: Instant
    uid: int
    role: str
    verb: str
    arguments: str
    outcome: str
    took_ms: int
    via: str = "socket"
    key: str = ""
    case: str = ""
    order_id: str = ""
    changes: bool = False
    port: int | None = None

    @property
    def is_act(self) -> bool:
        """It was done, and had an effect or was for a support case: acts are kept for longer than commands."""
        return self.outcome.startswith("done") and (self.changes or bool(self.case))


class Journal:
    """The log of events, and the log of commands, which a factory reset keeps."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._noted: list[Command] = []

    async def run(self, reader: Reader) -> None:
        """Write what `reader` brings, for ever. What cannot be written is lost, with a warning; charging goes on."""
        while True:
            await reader.arrived()
            await asyncio.sleep(BATCH_S)
            await self.flush(reader)

    async def flush(self, reader: Reader) -> None:
        """Write everything that waits."""
        news, commands = reader.drain(), self._noted
        self._noted = []
        if not news and not commands:
            return
        try:
            await self._writer.write(lambda connection: _insert(connection, news, commands))
        except StoreError as error:
            log.warning("events were not written", extra={"count": len(news), "error": str(error)})

    async def conclude(self, reader: Reader) -> None:
        """The last events before the end of the program; CONCLUDES_WITHIN_S at most."""
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                await self.flush(reader)
        except TimeoutError:
            log.warning("last events were not written in time", extra={"limit_s": CONCLUDES_WITHIN_S})

    def note(self, command: Command) -> None:
        """A command that only reads: written with the next batch of news."""
        if len(self._noted) < NOTED_AT_MOST:
            self._noted.append(command)

    async def record(self, command: Command) -> None:
        """A command that changes something: durable when it returns."""
        commands, self._noted = [*self._noted, command], []
        await self._writer.write(lambda connection: _insert(connection, (), commands))

    async def events(self, limit: int = 50) -> tuple[News, ...]:
        """The newest events on record, oldest first."""
        return await self._newest(_NEWEST_EVENTS, (limit,), _news)

    async def named(self, name: str, limit: int) -> tuple[News, ...]:
        """The newest events of that name on record, oldest first."""
        return await self._newest(_NEWEST_NAMED, (name, limit), _news)

    async def linked_events(self, limit: int) -> tuple[dict[str, Any], ...]:
        """The newest events as the chain was made of them, oldest first, each with its link in hexadecimal digits."""
        return await self._newest(_NEWEST_EVENTS, (limit,), _linked_entry)

    async def commands(self, limit: int = 50) -> tuple[Command, ...]:
        """The newest commands on record, oldest first."""
        return await self._newest(_NEWEST_COMMANDS, (limit,), _command)

    async def _newest(
        self, query: str, given: tuple[object, ...], of: Callable[[sqlite3.Connection, sqlite3.Row], T]
    ) -> tuple[T, ...]:
        def work(connection: sqlite3.Connection) -> tuple[T, ...]:
            rows = connection.execute(query, given).fetchall()
            return tuple(of(connection, row) for row in reversed(rows))

        return await self._writer.read(work)


def _insert(connection: sqlite3.Connection, news: Sequence[News], commands: Sequence[Command]) -> None:
    link = _last_link(connection) if news else BEGINNING
    for one in news:
        link = linked(link, entry(one))
        connection.execute(
            """
            INSERT INTO journal (at_s, at_utc_ms, at_boot, name, connector, fields, link)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                *moments.columns(connection, one.at),
                *(one.name, one.connector, json.dumps(one.fields, separators=(",", ":")), link),
            ),
        )
    connection.executemany(
        """
        INSERT INTO audit (at_s, at_utc_ms, at_boot, uid, role, verb, arguments, outcome, took_ms, via, key,
            support_case, order_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                *(*moments.columns(connection, one.at), one.uid, one.role, one.verb, one.arguments, one.outcome),
                *(one.took_ms, one.via, one.key, one.case, one.order_id),
            )
            for one in commands
        ],
    )
    for act in _acts(news, commands):
        acts.insert(connection, act)
    connection.execute("DELETE FROM journal WHERE id <= (SELECT max(id) FROM journal) - ?", (NEWS_KEPT,))
    connection.execute("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", (COMMANDS_KEPT,))


def _acts(news: Sequence[News], commands: Sequence[Command]) -> Iterator[Act]:
    """A restart that the central system asks for is no command of ours, and an act all the same."""
    for told in news:
        if told.name == BY_NETWORK:
            yield Act(number=0, at=told.at, verb="reset", via="ocpp")
    for one in commands:
        if one.is_act:
            yield Act(number=0, at=one.at, verb=one.verb, role=one.role, via=one.via, case=one.case, port=one.port)


def entry(news: News) -> dict[str, Any]:
    """What the chain is made of: the event as it was read then. What tells of a person stays here, outside the hash."""
    return {
        "s": news.at.monotonic_s,
        "utc_ms": news.at.utc_ms,
        "boot": news.at.boot_id,
        "event": news.name,
        "port": None if news.connector is None else int(news.connector),
        "fields": {
            name: without_login(without_cards(value)) if isinstance(value, str) else value
            for name, value in news.fields
            if not names_somebody(name) and not is_personal(news.name, name, value)
        },
    }


def _linked_entry(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    told = News(
        name=row["name"],
        at=moments.as_written(connection, row, "at"),
        connector=row["connector"],
        fields=tuple((name, value) for name, value in json.loads(row["fields"])),
    )
    return entry(told) | {"link": None if row["link"] is None else row["link"].hex()}


def _last_link(connection: sqlite3.Connection) -> bytes:
    found = connection.execute("SELECT link FROM journal ORDER BY id DESC LIMIT 1").fetchone()
    return BEGINNING if found is None or found["link"] is None else bytes(found["link"])


def _news(connection: sqlite3.Connection, row: sqlite3.Row) -> News:
    return News(
        name=row["name"],
        at=moments.instant(connection, row, "at"),
        connector=None if row["connector"] is None else ConnectorId(row["connector"]),
        fields=tuple((name, value) for name, value in json.loads(row["fields"])),
    )


def _command(connection: sqlite3.Connection, row: sqlite3.Row) -> Command:
    words = {name: row[name] for name in ("uid", "role", "verb", "arguments", "outcome", "took_ms")}
    came = {name: row[name] for name in ("via", "key", "order_id")}
    return Command(at=moments.instant(connection, row, "at"), case=row["support_case"], **words, **came)
