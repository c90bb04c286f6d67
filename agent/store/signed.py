"""What the meter signed of a transaction: a row for each end that was to be signed, written once, never changed."""

from __future__ import annotations

import sqlite3

from agent.core.signatures import SignedEdge, SignedValue
from agent.values import frozen


@frozen(kw_only=True)
class SignedRow:
    """One end. `value` None: it could not be had, and `missing` says why."""

    edge: SignedEdge
    value: SignedValue | None
    missing: str = ""


def keep(
    connection: sqlite3.Connection, row_id: int, edge: SignedEdge, value: SignedValue | None, missing: str
) -> None:
    """Nothing is written where nothing was due."""
    if value is None and not missing:
        return
    told: tuple[str | int | None, ...] = (None,) * 7
    if value is not None:
        told = (
            *(value.data, value.encoding, value.method, value.public_key),
            *(value.signed_wh, value.step_wh, int(value.holds_begin)),
        )
    connection.execute(
        """
        INSERT INTO signed_values (transaction_id, edge, data, encoding, method, public_key, signed_wh, step_wh,
            holds_begin, missing)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (row_id, edge.value, *told, None if value is not None else missing),
    )


def rows(connection: sqlite3.Connection, row_id: int) -> dict[SignedEdge, SignedRow]:
    """Of one transaction."""
    found = connection.execute("SELECT * FROM signed_values WHERE transaction_id = ?", (row_id,)).fetchall()
    return {one.edge: one for one in map(_row, found)}


def value_at(connection: sqlite3.Connection, row_id: int, edge: SignedEdge) -> SignedRow:
    """One end; an empty row where nothing was due."""
    query = "SELECT * FROM signed_values WHERE transaction_id = ? AND edge = ?"
    found = connection.execute(query, (row_id, edge.value)).fetchone()
    return SignedRow(edge=edge, value=None) if found is None else _row(found)


def _row(row: sqlite3.Row) -> SignedRow:
    value = None
    if row["data"] is not None:
        value = SignedValue(
            data=row["data"],
            encoding=row["encoding"],
            method=row["method"],
            public_key=row["public_key"],
            signed_wh=row["signed_wh"],
            step_wh=row["step_wh"],
            holds_begin=bool(row["holds_begin"]),
        )
    return SignedRow(edge=SignedEdge(row["edge"]), value=value, missing=row["missing"] or "")
