"""The agent's own record of its transactions, read from its file: a witness that owes nothing to the central system."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.kill.account import Charged


def kept(file: Path) -> dict[int, list[Charged]]:
    """By connector, in the order of recording; raises sqlite3.Error. The agent must have ended: it locks its file."""
    charges: dict[int, list[Charged]] = {}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        for connector, start_wh, stop_wh in database.execute(
            "SELECT connector, start_wh, stop_wh FROM transactions ORDER BY id"
        ):
            charges.setdefault(connector, []).append(Charged(start_wh=start_wh, stop_wh=stop_wh))
    return charges
