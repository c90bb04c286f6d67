"""Sealed reports as files beside the database, and the hand-over. Sealing is done in a thread: it takes a moment."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agent.core.commissioning.handover import OWNER_CODE_GROUP, OWNER_CODE_GROUPS, OWNER_CODE_LETTERS, grouped
from agent.core.commissioning.model import Job
from agent.core.commissioning.report import Facts, named_by_label, report
from agent.core.commissioning.steps import Site
from agent.core.time import Instant
from agent.errors import SecurityUnavailable, StoreError, StoreFull
from agent.ids import Ids
from agent.security import private_files
from agent.security.device_key import DeviceKey
from agent.security.disk import Disk
from agent.security.sealed import Signer, hash_of, sealed
from agent.station.station import Station
from agent.store.reports import ReportRow, Reports

FOLDER = "reports"
AGAIN = "nothing that was found is lost; then: evsectl commission --only report"

GiveFacts = Callable[[Site, Instant, ReportRow | None], Facts]


class ReportShelf:
    """One object a run. `give_facts` looks at the charger as it is now."""

    def __init__(self, station: Station, give_facts: GiveFacts, *, ids: Ids | None = None) -> None:
        self._station = station
        self._facts = give_facts
        self._rows: Reports = station.store.commissioning.reports
        self._folder = station.config.storage.path / FOLDER
        self._key = DeviceKey(station.config.storage.path)
        self._disk = Disk()
        self._ids = ids or Ids()
        self._sealing = asyncio.Lock()

    # Reports.

    async def seal(self, job: Job, site: Site) -> Mapping[str, Any]:
        """File first, row second: whatever ends in between, the next try makes the same number anew."""
        async with self._sealing:
            rows = await self._rows.listed()
            facts = named_by_label(job, self._facts(site, self._station.clock.now(), rows[-1] if rows else None))
            row, signed = await self._written(job, facts)
            await self._rows.keep(row)
        self._station.tell(
            "report.sealed", report=row.report_id, complete=row.is_complete, missing=row.missing, hash=row.hash
        )
        return {
            "report_id": row.report_id,
            "number": row.number,
            "complete": row.is_complete,
            "missing": row.missing,
            "hash": row.hash,
            "signed": not signed,
            "unsigned_because": signed,
        }

    async def _written(self, job: Job, facts: Facts) -> tuple[ReportRow, str]:
        """The row of a report whose file is on disk, and why it is not signed."""
        path = self.path(facts.number)

        def work() -> tuple[ReportRow, str]:
            document: dict[str, Any] = report(job, facts)
            signer = self._signer()
            file = sealed(document, signer)
            private_files.write(path, file.decode("utf-8"))
            verdict = document["verdict"]
            row = ReportRow(
                number=facts.number,
                report_id=facts.report_id,
                job=job.number,
                is_complete=verdict["complete"],
                missing=len(verdict["missing"]),
                hash=hash_of(file),
                public_key=signer.public_key.hex(),
                sealed=facts.made,
            )
            return row, signer.why_not

        try:
            return await self._disk.do(work)
        except OSError as error:
            raise self._not_written(path, error) from error

    def _signer(self) -> Signer:
        """Without the library (32-bit ARM) a report is sealed all the same, and says that it is not signed."""
        try:
            return Signer(public_key=self._key.public_key(), sign=self._key.sign)
        except SecurityUnavailable as error:
            return Signer(why_not=str(error))

    def _not_written(self, path: Path, error: OSError) -> StoreError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return StoreFull(
                f"the report was not sealed: no room is left on the disk of {path.parent}; make some; {AGAIN}"
            )
        why = error.strerror or error
        return StoreError(f"the report was not sealed: {path} cannot be written ({why}); look at the disk; {AGAIN}")

    async def listed(self) -> tuple[ReportRow, ...]:
        return await self._rows.listed()

    async def file(self, number: int) -> bytes:
        path = self.path(number)
        try:
            return await self._disk.do(path.read_bytes)
        except FileNotFoundError as error:
            raise StoreError(
                f"the file of report {number} is gone ({path}): a factory reset takes it away, or somebody did; "
                "whoever has a copy can check it against the hash that evsectl report list shows"
            ) from error
        except OSError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror}); look at the disk") from error

    def path(self, number: int) -> Path:
        return self._folder / f"report-{number:04d}.json"

    async def public_key(self) -> str:
        try:
            return (await self._disk.do(self._key.public_key)).hex()
        except OSError as error:
            raise StoreError(f"{self._key.file} cannot be written ({error.strerror}); look at the disk") from error

    async def erase(self) -> None:
        """A factory reset: the files name people. The device's key and the chain of hashes stay. Raises StoreError."""

        def work() -> None:
            for file in sorted(self._folder.glob("report-*.json*")):
                private_files.remove(file)

        try:
            await self._disk.do(work)
        except OSError as error:
            raise StoreError(f"the reports could not be erased ({error.strerror}); check the disk") from error

    # Hand-over.

    async def ticks(self) -> Mapping[str, Instant]:
        return await self._rows.ticks()

    async def tick(self, item: str) -> bool:
        is_new = await self._rows.tick(item, self._station.clock.now())
        if is_new:
            self._station.tell("handover.ticked", item=item)
        return is_new

    async def draw_owner_code(self) -> str:
        letters = self._ids.letters(OWNER_CODE_LETTERS, OWNER_CODE_GROUPS * OWNER_CODE_GROUP)
        await self._rows.keep_owner_code(letters, self._ids.message_id())
        self._station.tell("code.drawn")
        return grouped(letters)

    async def use_owner_code(self, code: str) -> bool:
        is_right = await self._rows.use_owner_code(code)
        if is_right:
            self._station.tell("code.used")
        return is_right

    async def owner_code_state(self) -> str:
        return await self._rows.owner_code_state()
