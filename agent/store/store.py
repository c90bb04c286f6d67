"""Everything the charger keeps, in one file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agent.store.commissioning import Commissioning, commissioning_in
from agent.store.database import is_damage, open_anew, open_database, store_error
from agent.store.latches import Latches
from agent.store.ledger import Ledger, LedgerLimits
from agent.store.logs import Logs, logs_in
from agent.store.profiles import Profiles
from agent.store.settings import Settings
from agent.store.tokens import Tokens
from agent.store.upkeep import UpkeepRecords, upkeep_in
from agent.store.writer import CommitHook, Writer
from agent.values import frozen

FILE_NAME = "agent.db"


@frozen(kw_only=True)
class Store:
    """An open store. `set_aside` is where a damaged file went that this one replaces: a fault to be raised."""

    writer: Writer
    ledger: Ledger
    settings: Settings
    tokens: Tokens
    profiles: Profiles
    latches: Latches
    logs: Logs
    commissioning: Commissioning
    upkeep: UpkeepRecords
    set_aside: Path | None

    @property
    def security_records_lost(self) -> str:
        """What is gone of the security log since the last run, and not by us; "" where nothing is."""
        if self.set_aside is not None:
            return f"the database was damaged and replaced; the log's records are in {self.set_aside.name}"
        lost = self.logs.security.lost
        return f"{lost} of the newest records were taken out of the database" if lost else ""

    async def aclose(self) -> None:
        """Finish every write and close the file, within writer.CLOSES_WITHIN_S."""
        try:
            self.ledger.write_held()
        finally:
            await self.writer.aclose()


def open_store(
    folder: Path,
    *,
    inline: bool = False,
    flush: bool = True,
    boot_id: str = "",
    limits: LedgerLimits | None = None,
    on_commit: CommitHook | None = None,
) -> Store:
    """Open the store in `folder`, or create it. Raises StoreTooNew, or StoreError where there is no access.

    `boot_id`: the controller's present boot, so that what earlier ones recorded is known to lie before it.
    `inline` works without a thread, for a virtual clock; `flush` False gives up durability at a power cut, for
    simulation; `on_commit` lets a test end the program at a commit.
    """
    path = folder / FILE_NAME
    opened = open_database(path, flush=flush, boot_id=boot_id)
    try:
        return _assembled(Writer(opened.connection, inline=inline, on_commit=on_commit), limits, opened.set_aside)
    except sqlite3.Error as error:
        # A long queue is not read by the check at opening, so its damage shows only here.
        opened.connection.close()
        if not is_damage(error):
            raise store_error(error) from error
    opened = open_anew(path, flush=flush)
    return _assembled(Writer(opened.connection, inline=inline, on_commit=on_commit), limits, opened.set_aside)


def _assembled(writer: Writer, limits: LedgerLimits | None, set_aside: Path | None) -> Store:
    profiles, latches = Profiles(writer), Latches(writer)
    return Store(
        writer=writer,
        ledger=Ledger(writer, profiles, limits, on_start=latches.reservations.used),
        settings=Settings(writer),
        tokens=Tokens(writer),
        profiles=profiles,
        latches=latches,
        logs=logs_in(writer),
        commissioning=commissioning_in(writer),
        upkeep=upkeep_in(writer),
        set_aside=set_aside,
    )
