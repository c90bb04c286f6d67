"""Evidence for a claim under warranty: what this charger went through, in records that nobody can change unseen.

The claim names no person and no card. It is sealed with the charger's key, names the claim before it, and tells openly
where the record has gaps.
"""

from __future__ import annotations

import asyncio
import errno
import json
import platform
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from agent import VERSION
from agent.core.commissioning.catalogue import catalogue
from agent.core.leaving import is_typed
from agent.core.time import Instant
from agent.core.wear.model import Wear, known_counts
from agent.errors import AgentError, Busy, SecurityUnavailable, StoreError, StoreFull
from agent.security.device_key import DeviceKey
from agent.security.disk import Disk
from agent.security.evidence_file import EVENTS, Record, write_evidence
from agent.security.sealed import CLAIM, Signer, hash_of, sealed
from agent.station.station import Station
from agent.station.wear import WearKeeper
from agent.store.claims import ClaimRow
from agent.store.journal import NEWS_KEPT
from agent.store.wear_codec import body_of

FORMAT = 1
FOLDER = "evidence"
COMMANDS_TAKEN = 5_000
MOST_RECORDED_BYTES = 6 << 20

Lines = Callable[[], Awaitable[Iterable[str]]]
"""Makes the lines of one record, oldest first, without tokens and secrets. Raises AgentError, OSError."""


class Evidence:
    """One object a run. Who has a record that belongs to a claim adds it."""

    def __init__(
        self,
        station: Station,
        wear: WearKeeper,
        *,
        recording: Callable[[], Awaitable[Sequence[Path]]] | None = None,
        inline: bool = False,
    ) -> None:
        """`recording` gives the flight recorder's files, the newest first: what was just before and after a fault."""
        self._station = station
        self._keeper = wear
        self._recording = recording
        self._folder = station.config.storage.path / FOLDER
        self._key = DeviceKey(station.config.storage.path)
        self._disk = Disk()
        self._inline = inline
        self._making = asyncio.Lock()
        self._records: dict[str, Lines] = {
            EVENTS: self._events,
            "commands.jsonl": self._commands,
            "security-log.jsonl": self._security_log,
            "tests.jsonl": self._tests,
            "wear.txt": self._wear_files,
        }

    @property
    def wear(self) -> Wear:
        return self._keeper.wear

    def parts(self) -> tuple[str, ...]:
        return self._keeper.parts()

    async def replaced(self, part: str, serial: str) -> Wear:
        return await self._keeper.replaced(part, serial)

    async def claims(self) -> tuple[ClaimRow, ...]:
        return await self._station.store.logs.claims.listed()

    def add(self, name: str, lines: Lines) -> None:
        """One record more."""
        self._records[name] = lines

    async def make(self) -> tuple[Path, dict[str, Any]]:
        """The file, and what is to be known of it. Raises Busy while it is made for somebody else, and StoreError."""
        if self._making.locked():
            raise Busy("evidence is being made for somebody else; wait until that is done, ten seconds at most")
        async with self._making:
            await self._keeper.flush()
            rows = await self._station.store.logs.claims.listed()
            before = rows[-1] if rows else None
            now = self._station.clock.now()
            records, failed = await self._collected()
            document = await self._document(before, now, failed)
            path, claim = await self._written(document, records, now)
            head = document["head"]
            row = ClaimRow(number=head["number"], claim_id=head["claim_id"], hash=hash_of(claim), made=now)
            await self._station.store.logs.claims.keep(row)
        self._station.tell("evidence.made", claim=row.claim_id, hash=row.hash)
        content = json.loads(claim)
        return path, {
            "claim_id": row.claim_id,
            "number": row.number,
            "hash": row.hash,
            "signed": bool(content["seal"]["signature"]),
            "unsigned_because": content["seal"]["unsigned_because"],
            "bytes": path.stat().st_size,
            "records": [
                {key: one[key] for key in ("id", "lines", "bytes", "left_out") if key in one}
                for one in content["claim"]["records"]
            ],
            "gaps": content["claim"]["gaps"],
        }

    async def _collected(self) -> tuple[list[Record], list[str]]:
        """A record that cannot be read is a gap, and no end of the claim."""
        records, failed = [], []
        for name, lines in self._records.items():
            try:
                content = "".join(f"{line}\n" for line in await lines())
            except (AgentError, OSError) as error:
                failed.append(f"{name} could not be read: {error}")
                continue
            records.append(Record(name=name, content=content.encode("utf-8", "backslashreplace")))
        try:
            records += await self._recorded()
        except OSError as error:
            failed.append(f"the flight recording could not be read: {error.strerror or error}")
        return records, failed

    async def _recorded(self) -> list[Record]:
        """The newest of the flight recording, up to MOST_RECORDED_BYTES; it is packed already."""
        if self._recording is None:
            return []
        files = await self._recording()

        def read() -> list[Record]:
            found: list[Record] = []
            room = MOST_RECORDED_BYTES
            for file in files:
                content = file.read_bytes()
                if len(content) > room:
                    break
                room -= len(content)
                found.append(Record(name=f"recording/{file.name}", content=content, is_lines=False))
            return found

        return read() if self._inline else await self._disk.do(read)

    async def _document(self, before: ClaimRow | None, now: Instant, failed: list[str]) -> dict[str, Any]:
        station = self._station
        config, wear = station.config, self._keeper.wear
        number = 1 if before is None else before.number + 1
        references = config.references
        reports = await station.store.commissioning.reports.listed()
        security = await station.store.logs.security.records()
        return {
            "head": {
                "format": FORMAT,
                "claim_id": f"{config.station.serial_number or 'charger'}-W{number}",
                "number": number,
                "previous": None
                if before is None
                else {"number": before.number, "claim_id": before.claim_id, "hash": before.hash},
                "made": _moment(now),
                "archived_s": (now.utc_ms or 0) // 1000,
            },
            "identity": {
                "vendor": config.board.vendor,
                "model": config.board.model,
                "board": config.board.board,
                "serial_number": config.station.serial_number,
                "country": config.site.country,
                "versions": {
                    "agent": VERSION,
                    "image": config.station.firmware_version,
                    "python": platform.python_version(),
                    "kernel": platform.release(),
                },
                "references": {one.name: str(getattr(references, one.name)) for one in fields(references)},
            },
            "commissioning": [
                {
                    "number": row.number,
                    "report_id": row.report_id,
                    "complete": row.is_complete,
                    "hash": row.hash,
                    "sealed": _moment(row.sealed),
                }
                for row in reports
            ],
            "wear": body_of(wear)
            | {
                "counts": {
                    id: known_counts(id, wear.part(id).counts) for id in self._keeper.parts() if id in wear.parts
                }
            },
            "faults": [
                {"connector": int(session.connector), "id": one.kind.id, "mrec": one.kind.mrec, "count": one.count}
                for session in station.sessions()
                for one in session.faults.faults
            ],
            "chains": {"security_log": {"records": len(security), "head": security[-1].digest if security else ""}},
            "gaps": [*wear.gaps, *self._keeper.problems, *failed, *self._clock_gaps(now)],
            "countersigned": [],
            "records": [],
        }

    def _clock_gaps(self, now: Instant) -> list[str]:
        return [] if now.utc_ms is not None else ["the time of day is not known now"]

    async def _written(self, document: dict[str, Any], records: list[Record], now: Instant) -> tuple[Path, bytes]:
        path = self._folder / f"{document['head']['claim_id']}.tar"

        def describe(entries: list[dict[str, Any]]) -> bytes:
            return sealed({**document, "records": entries}, self._signer(), CLAIM)

        def work() -> bytes:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.iterdir():
                old.unlink()
            return write_evidence(path, records, describe, at_s=(now.utc_ms or 0) // 1000)

        try:
            return path, work() if self._inline else await self._disk.do(work)
        except OSError as error:
            kind = StoreFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreError
            raise kind(
                f"no evidence was made: {path} cannot be written ({error.strerror}); make room on the disk, 30 MB"
            ) from error

    def _signer(self) -> Signer:
        """Without the library (32-bit ARM) it is sealed all the same, and says that it is not signed."""
        try:
            return Signer(public_key=self._key.public_key(), sign=self._key.sign)
        except SecurityUnavailable as error:
            return Signer(why_not=str(error))

    # The records.

    async def _events(self) -> Iterable[str]:
        return [_line(one) for one in await self._station.store.logs.journal.linked_events(NEWS_KEPT)]

    async def _commands(self) -> Iterable[str]:
        commands = await self._station.store.logs.journal.commands(COMMANDS_TAKEN)
        return [
            _line(
                {
                    "at": _moment(one.at),
                    "role": one.role,
                    "verb": one.verb,
                    "outcome": one.outcome.partition(":")[0],
                    "via": one.via,
                    "key": one.key,
                    "case": one.case,
                }
            )
            for one in commands
        ]

    async def _security_log(self) -> Iterable[str]:
        records = await self._station.store.logs.security.records()
        return [
            _line({"seq": one.seq, "at": _moment(one.at), "event": one.event, "digest": one.digest}) for one in records
        ]

    async def _tests(self) -> Iterable[str]:
        """Every self-test there was: when a weld was looked for, how fast the contactor was, when the unit tripped."""
        jobs = await self._station.store.commissioning.jobs.all()
        rows = catalogue()
        return [
            _line(
                {
                    "job": job.number,
                    "test": one.test,
                    "name": rows[one.test].name if one.test in rows else "",
                    "connector": one.connector,
                    "at": _moment(one.started),
                    "verdict": one.outcome.verdict.value,
                    "cause": one.outcome.cause,
                    "measured": [
                        {"name": value.name, "value": value.value, "unit": value.unit}
                        for value in one.outcome.measured
                        if not is_typed(value.value, value.source)
                    ],
                }
            )
            for job in jobs
            for one in job.attempts
        ]

    async def _wear_files(self) -> Iterable[str]:
        return self._keeper.lines() if self._inline else await self._disk.do(self._keeper.lines)


def _moment(at: Instant) -> dict[str, Any]:
    return {"utc_ms": at.utc_ms, "boot": at.boot_id, "s": round(at.monotonic_s, 3)}


def _line(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
