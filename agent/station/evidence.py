"""Evidence for a claim under warranty: what this charger went through, in records that nobody can change unseen.

The claim names no person and no card. It is sealed with the charger's key, names the claim before it, and tells openly
where the record has gaps.
"""

from __future__ import annotations

import asyncio
import errno
import json
import platform
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from agent import VERSION
from agent.core.commissioning.catalogue import catalogue
from agent.core.leaving import is_typed
from agent.core.time import Instant
from agent.core.uptime.model import ServiceRecords
from agent.core.wear.model import Wear, known_counts
from agent.errors import AgentError, Busy, SecurityUnavailable, StoreError, StoreFull
from agent.security.device_key import DeviceKey
from agent.security.disk import Disk
from agent.security.evidence_file import EVENTS, Record, write_evidence
from agent.security.sealed import CLAIM, Signer, sealed
from agent.station.evidence_records import StoredRecords, line, moment
from agent.station.station import Station
from agent.station.wear import WearKeeper
from agent.store.claims import ClaimRow
from agent.store.journal import NEWS_KEPT
from agent.store.wear_codec import body_of

FORMAT = 1
FOLDER = "evidence"
COMMANDS_TAKEN = 5_000
MOST_RECORDED_BYTES = 6 << 20
REPORTS_TAKEN = 10
"""The newest; of the others the hashes are there."""

T = TypeVar("T")
Lines = Callable[[], Awaitable[Iterable[str]]]
"""Makes the lines of one record, oldest first, without tokens and secrets; they are read in a thread, so those of a
long one are made as they are read. Both raise AgentError, OSError."""


class Evidence:
    """One object a run. Who has a record that belongs to a claim adds it."""

    def __init__(
        self,
        station: Station,
        wear: WearKeeper,
        *,
        recording: Callable[[], Awaitable[Sequence[Path]]] | None = None,
        service: Callable[[], Awaitable[ServiceRecords]] | None = None,
        inline: bool = False,
    ) -> None:
        """`recording` gives the flight recorder's files, the newest first: what was just before and after a fault.

        `service` gives the record of service, in which visits are.
        """
        self._station = station
        self._keeper = wear
        self._recording = recording
        self._folder = station.config.storage.path / FOLDER
        self._key = DeviceKey(station.config.storage.path)
        self._disk = Disk()
        self._inline = inline
        self._making = asyncio.Lock()
        self._stored = StoredRecords(station, service)
        self._records: dict[str, Lines] = {
            EVENTS: self._events,
            "commands.jsonl": self._commands,
            "security-log.jsonl": self._security_log,
            "tests.jsonl": self._tests,
            "wear.txt": self._wear_files,
            "runs.jsonl": self._stored.run_lines,
            "config-changes.jsonl": self._stored.config_lines,
            "visits.jsonl": self._stored.visit_lines,
            "boards.jsonl": self._stored.board_lines,
        }

    @property
    def wear(self) -> Wear:
        return self._keeper.wear

    def parts(self) -> tuple[str, ...]:
        return self._keeper.parts()

    async def replaced(self, part: str, serial: str, model: str) -> Wear:
        return await self._keeper.replaced(part, serial, model)

    async def named(self, part: str, serial: str, model: str) -> Wear:
        return await self._keeper.named(part, serial, model)

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
            path, body = await self._written(document, records, now)
            row = ClaimRow(number=body["number"], claim_id=body["claim_id"], hash=body["hash"], made=now)
            await self._station.store.logs.claims.keep(row)
        self._station.tell("evidence.made", claim=row.claim_id, hash=row.hash)
        return path, body

    async def _collected(self) -> tuple[list[Record], list[str]]:
        """A record that cannot be read is a gap, and no end of the claim."""
        made: dict[str, Iterable[str]] = {}
        failed: list[str] = []
        for name, lines in self._records.items():
            try:
                made[name] = await lines()
            except (AgentError, OSError) as error:
                failed.append(f"{name} could not be read: {error}")
        for row in (await self._station.store.commissioning.reports.listed())[-REPORTS_TAKEN:]:
            made[f"reports/report-{row.number:04d}.json"] = self._stored.report_lines(row)
        files: Sequence[Path] = ()
        try:
            files = () if self._recording is None else await self._recording()
        except OSError as error:
            failed.append(_unread_recording(error))
        # Twenty thousand events are a second of a small processor: not in the loop.
        return await self._do(lambda: [*_joined(made, failed), *_recorded(files, failed)]), failed

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
                "made": moment(now),
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
                    "sealed": moment(row.sealed),
                }
                for row in reports
            ],
            "wear": body_of(wear)
            | {
                "counts": {
                    id: known_counts(id, wear.part(id).counts) for id in self._keeper.parts() if id in wear.parts
                }
            },
            "supply": await self._stored.supply(),
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

    async def _written(
        self, document: dict[str, Any], records: list[Record], now: Instant
    ) -> tuple[Path, dict[str, Any]]:
        """The file, and what is to be known of it."""
        path = self._folder / f"{document['head']['claim_id']}.tar"

        def describe(entries: list[dict[str, Any]]) -> bytes:
            return sealed({**document, "records": entries}, self._signer(), CLAIM)

        def work() -> dict[str, Any]:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.iterdir():
                old.unlink()
            claim = write_evidence(path, records, describe, at_s=(now.utc_ms or 0) // 1000)
            return _told(json.loads(claim)) | {"bytes": path.stat().st_size}

        try:
            return path, await self._do(work)
        except OSError as error:
            kind = StoreFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreError
            raise kind(
                f"no evidence was made: {path} cannot be written ({error.strerror}); make room on the disk, 30 MB"
            ) from error

    async def _do(self, work: Callable[[], T]) -> T:
        return work() if self._inline else await self._disk.do(work)

    def _signer(self) -> Signer:
        """Without the library (32-bit ARM) it is sealed all the same, and says that it is not signed."""
        try:
            return Signer(public_key=self._key.public_key(), sign=self._key.sign)
        except SecurityUnavailable as error:
            return Signer(why_not=str(error))

    # The records.

    async def _events(self) -> Iterable[str]:
        events = await self._station.store.logs.journal.linked_events(NEWS_KEPT)
        return (line(one) for one in events)

    async def _commands(self) -> Iterable[str]:
        commands = await self._station.store.logs.journal.commands(COMMANDS_TAKEN)
        return (
            line(
                {
                    "at": moment(one.at),
                    "role": one.role,
                    "verb": one.verb,
                    "outcome": one.outcome.partition(":")[0],
                    "via": one.via,
                    "key": one.key,
                    "case": one.case,
                }
            )
            for one in commands
        )

    async def _security_log(self) -> Iterable[str]:
        records = await self._station.store.logs.security.records()
        return (
            line({"seq": one.seq, "at": moment(one.at), "event": one.event, "digest": one.digest}) for one in records
        )

    async def _tests(self) -> Iterable[str]:
        """Every self-test there was: when a weld was looked for, how fast the contactor was, when the unit tripped."""
        jobs = await self._station.store.commissioning.jobs.all()
        rows = catalogue()
        return (
            line(
                {
                    "job": job.number,
                    "test": one.test,
                    "name": rows[one.test].name if one.test in rows else "",
                    "connector": one.connector,
                    "at": moment(one.started),
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
        )

    async def _wear_files(self) -> Iterable[str]:
        return await self._do(self._keeper.lines)


def _joined(made: Mapping[str, Iterable[str]], failed: list[str]) -> Iterator[Record]:
    for name, lines in made.items():
        try:
            content = "".join(f"{line}\n" for line in lines)
        except (AgentError, OSError) as error:
            failed.append(f"{name} could not be read: {error}")
            continue
        yield Record(name=name, content=content.encode("utf-8", "backslashreplace"))


def _recorded(files: Iterable[Path], failed: list[str]) -> Iterator[Record]:
    """The newest of the flight recording, up to MOST_RECORDED_BYTES; it is packed already."""
    room = MOST_RECORDED_BYTES
    try:
        for file in files:
            content = file.read_bytes()
            if len(content) > room:
                break
            room -= len(content)
            yield Record(name=f"recording/{file.name}", content=content, is_lines=False)
    except OSError as error:
        failed.append(_unread_recording(error))


def _unread_recording(error: OSError) -> str:
    return f"the flight recording could not be read: {error.strerror or error}"


def _told(file: Mapping[str, Any]) -> dict[str, Any]:
    """Of a sealed claim, for whoever asked for it."""
    claim, seal = file["claim"], file["seal"]
    kept = ("id", "lines", "bytes", "left_out")
    return {
        "claim_id": claim["head"]["claim_id"],
        "number": claim["head"]["number"],
        "hash": seal["hash"],
        "signed": bool(seal["signature"]),
        "unsigned_because": seal["unsigned_because"],
        "records": [{key: one[key] for key in kept if key in one} for one in claim["records"]],
        "gaps": claim["gaps"],
    }
