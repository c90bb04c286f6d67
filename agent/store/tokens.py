"""What is known about tokens without asking: the list kept at this charger, the network's list, and its last words."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.errors import StoreFull
from agent.store.network_list import NetworkList
from agent.store.writer import Writer
from agent.values import frozen

LOCAL_AT_MOST = 10_000
CACHED_AT_MOST = 1_000


@frozen(kw_only=True)
class KnownToken:
    """A token and the word on it. `expires_ms` is UTC milliseconds; who asks compares it with a trusted clock."""

    token: IdToken
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_ms: int | None = None
    group: IdToken | None = None
    label: str = ""
    """A person's note on the list at this charger: whose card it is."""


@frozen(kw_only=True)
class Knowledge:
    """Everything that is known of one token; which word counts is decided in the core."""

    listed: KnownToken | None = None
    """On the list that the network sends."""
    kept: KnownToken | None = None
    """On the list that a person keeps at this charger."""
    cached: KnownToken | None = None


class Tokens:
    """The list kept at this charger and the authorisation cache, found together with the network's list.

    Without regard to case. Raises StoreError.
    """

    def __init__(self, writer: Writer) -> None:
        """Reads the number of the network's list; nothing may be written through `writer` before."""
        self._writer = writer
        self.network_list = NetworkList(writer)

    async def find(self, token: IdToken) -> Knowledge:
        """Everything known about a token."""

        def work(connection: sqlite3.Connection) -> Knowledge:
            return Knowledge(
                listed=_find(connection, "network_list", token),
                kept=_find(connection, "local_tokens", token),
                cached=_find(connection, "cached_tokens", token),
            )

        return await self._writer.read(work)

    async def best(self) -> Knowledge:
        """Of each list the word that lets somebody in for the longest; None where the list has none that does."""

        def work(connection: sqlite3.Connection) -> Knowledge:
            return Knowledge(
                listed=_best(connection, "network_list"),
                kept=_best(connection, "local_tokens"),
                cached=_best(connection, "cached_tokens"),
            )

        return await self._writer.read(work)

    async def listed(self) -> tuple[KnownToken, ...]:
        """The list at this charger, in the order of the tokens."""

        def work(connection: sqlite3.Connection) -> tuple[KnownToken, ...]:
            return tuple(_known(row) for row in connection.execute("SELECT * FROM local_tokens ORDER BY folded"))

        return await self._writer.read(work)

    async def add(self, known: KnownToken) -> KnownToken:
        """Put a token on the list, in place of what the list said of it, and tell what it says now.

        Only the label stays where there is no new one. Raises StoreFull for a list that is full. The cache forgets it:
        what is on the list is never in the cache.
        """

        def work(connection: sqlite3.Connection) -> KnownToken:
            before = _find(connection, "local_tokens", known.token)
            added = known if known.label or before is None else replace(known, label=before.label)
            connection.execute("DELETE FROM cached_tokens WHERE folded = ?", (known.token.folded,))
            connection.execute(
                """
                INSERT OR REPLACE INTO local_tokens (folded, token, kind, status, expires_ms, group_token, label)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                (*_columns(added), added.label),
            )
            if connection.execute("SELECT count(*) FROM local_tokens").fetchone()[0] > LOCAL_AT_MOST:
                raise StoreFull(f"the list holds {LOCAL_AT_MOST} tokens, which is all it can; remove some first")
            return added

        return await self._writer.write(work)

    async def remove(self, token: IdToken) -> bool:
        """Take a token off the list; whether it was there."""

        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute("DELETE FROM local_tokens WHERE folded = ?", (token.folded,)).rowcount > 0

        return await self._writer.write(work)

    async def remember(self, known: KnownToken, now_ms: int | None = None) -> None:
        """What the network said, for later; a token on one of the lists is not cached.

        A full cache first forgets tokens that are not accepted or, as far as `now_ms` tells, have expired, then those
        heard of longest ago. Hearing the same again is a commit only once half a cache of others was heard since.
        """

        def work(connection: sqlite3.Connection) -> None:
            if any(_find(connection, table, known.token) for table in ("network_list", "local_tokens")):
                return
            if _find(connection, "cached_tokens", known.token) == known and _is_recent(connection, known.token):
                return
            connection.execute(
                """
                INSERT OR REPLACE INTO cached_tokens (folded, token, kind, status, expires_ms, group_token, learned)
                VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(learned), 0) + 1 FROM cached_tokens))
                """,
                _columns(known),
            )
            connection.execute(
                """
                DELETE FROM cached_tokens WHERE folded IN (
                    SELECT folded FROM cached_tokens
                    ORDER BY status <> 'Accepted' OR coalesce(expires_ms <= :now_ms, 0), learned DESC
                    LIMIT -1 OFFSET :most)
                """,
                {"now_ms": now_ms, "most": CACHED_AT_MOST},
            )

        await self._writer.write(work)

    async def clear_cache(self) -> None:
        """Forget what the network said. The list stays."""
        await self._writer.write(lambda connection: connection.execute("DELETE FROM cached_tokens").rowcount)


def _is_recent(connection: sqlite3.Connection, token: IdToken) -> bool:
    """Whether fewer than half a cache of words were learned since: then its place in the order may stay."""
    row = connection.execute(
        "SELECT (SELECT max(learned) FROM cached_tokens) - learned FROM cached_tokens WHERE folded = ?", (token.folded,)
    ).fetchone()
    return row is not None and int(row[0]) < CACHED_AT_MOST // 2


def _find(connection: sqlite3.Connection, table: str, token: IdToken) -> KnownToken | None:
    query = f"SELECT * FROM {table} WHERE folded = ?"  # noqa: S608 one of three literals
    row = connection.execute(query, (token.folded,)).fetchone()
    return None if row is None else _known(row)


def _best(connection: sqlite3.Connection, table: str) -> KnownToken | None:
    query = f"""
        SELECT * FROM {table} WHERE status = 'Accepted' ORDER BY expires_ms IS NOT NULL, expires_ms DESC LIMIT 1
    """  # noqa: S608 one of three literals
    row = connection.execute(query).fetchone()
    return None if row is None else _known(row)


def _known(row: sqlite3.Row) -> KnownToken:
    return KnownToken(
        token=IdToken(row["token"], row["kind"]),
        status=AuthorizationStatus(row["status"]),
        expires_ms=row["expires_ms"],
        group=None if row["group_token"] is None else IdToken(row["group_token"], "Central"),
        label=row["label"] if "label" in row.keys() else "",  # noqa: SIM118 a Row's `in` looks at its values
    )


def _columns(known: KnownToken) -> tuple[str | int | None, ...]:
    token = known.token
    group = None if known.group is None else known.group.value
    return token.folded, token.value, token.kind, known.status.value, known.expires_ms, group
