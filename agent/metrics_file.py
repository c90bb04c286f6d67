"""The raw records of one charger as JSON lines: what `evsectl metrics export` writes and anybody can recompute from.

The first line says what the file is, the last one how many lines and which bytes came before it, so that a file that
was cut or changed is told from a whole one. Times: seconds of the boot's monotonic clock, UTC milliseconds or null.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent.core.commissioning.model import JobState
from agent.core.metrics.records import ChargerRecords, Gate, JobRecord, Milestone
from agent.core.metrics.timeline import Timeline
from agent.metrics_values import moment, number, read_moment, scalar, text, whole
from agent.service_rows import KINDS as SERVICE_KINDS
from agent.service_rows import read_attempts, read_service, service_rows

SCHEMA = "evse-metrics"
VERSION = 2
READS = (1, 2)
"""The first knew nothing of service and attempts."""
MOST_BYTES = 16 << 20


class MetricsFileError(ValueError):
    """A sentence: why this is no whole file of records."""


def lines_of(records: ChargerRecords) -> Iterator[str]:
    """Each without its line break."""
    digest, count = hashlib.sha256(), 0
    for row in _rows(records):
        line = json.dumps(row, separators=(",", ":"), sort_keys=True)
        digest.update(line.encode() + b"\n")
        count += 1
        yield line
    yield json.dumps({"kind": "end", "lines": count, "sha256": digest.hexdigest()}, separators=(",", ":"))


def text_of(records: ChargerRecords) -> str:
    return "".join(f"{line}\n" for line in lines_of(records))


def _rows(records: ChargerRecords) -> Iterator[dict[str, Any]]:
    time = Timeline(records.moments())
    yield {
        "kind": "charger",
        "schema": SCHEMA,
        "version": VERSION,
        "unit": records.unit,
        "serial": records.serial,
        "board": records.board,
        "software": records.software,
        "order": records.order,
        "connectors": list(records.connectors),
        "exported": moment(records.exported),
    }
    for one in records.milestones:
        yield {
            "kind": "milestone",
            "name": one.gate.value,
            "at": {**moment(one.at), "time_quality": time.quality(one.at)},
            "connector": one.connector,
            "fields": [list(pair) for pair in one.fields],
        }
    for job in records.jobs:
        yield {
            "kind": "commissioning",
            "job_id": job.job_id,
            "number": job.number,
            "state": job.state.value,
            "started": moment(job.started),
            "ended": None if job.ended is None else moment(job.ended),
            "runs": job.runs,
            "pauses_s": job.pauses_s,
            "failures": list(job.failures),
            "work": [moment(at) for at in job.work],
            "planning_min": job.planning_min,
            "mounting_min": job.mounting_min,
        }
    yield from service_rows(records.service, records.attempts)


def read_records(text: str) -> ChargerRecords:
    """The records of one file. Raises MetricsFileError."""
    lines = text.splitlines()
    if len(lines) < 2:
        raise MetricsFileError("it is no file of metrics, or nothing but its beginning; export it anew")
    rows = [_row(number, line) for number, line in enumerate(lines, 1)]
    head, end = rows[0], rows[-1]
    if head.get("kind") != "charger" or head.get("schema") != SCHEMA:
        raise MetricsFileError("it is no file of metrics; write one with: evsectl metrics export FILE")
    if head.get("version") not in READS or isinstance(head.get("version"), bool):
        raise MetricsFileError(
            f"it has version {head.get('version')!r} and this program reads up to {VERSION}; "
            "use the programs of one release"
        )
    if end.get("kind") != "end" or end.get("lines") != len(lines) - 1:
        raise MetricsFileError("its end is missing, it was cut; export it anew")
    whole = "".join(f"{line}\n" for line in lines[:-1]).encode()
    if end.get("sha256") != hashlib.sha256(whole).hexdigest():
        raise MetricsFileError("it was changed after it was written; export it anew")
    try:
        return _records(head, rows[1:-1])
    except (LookupError, TypeError, ValueError) as error:
        raise MetricsFileError(f"it holds what no charger writes ({type(error).__name__}: {error})") from error


def _row(number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MetricsFileError(f"line {number} is damaged; export it anew") from error
    if not isinstance(row, dict):
        raise MetricsFileError(f"line {number} is no record; export it anew")
    return row


def _records(head: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> ChargerRecords:
    kinds = {row.get("kind") for row in rows} - {"milestone", "commissioning", *SERVICE_KINDS}
    if kinds:
        raise ValueError(f"records of kind {sorted(map(str, kinds))[0]}")
    return ChargerRecords(
        unit=text(head["unit"]),
        serial=text(head["serial"]),
        board=text(head["board"]),
        software=text(head["software"]),
        order=text(head["order"]),
        connectors=tuple(whole(one) for one in head["connectors"]),
        exported=read_moment(head["exported"]),
        milestones=tuple(_milestone(row) for row in rows if row["kind"] == "milestone"),
        jobs=tuple(_job(row) for row in rows if row["kind"] == "commissioning"),
        service=read_service(rows),
        attempts=read_attempts(rows),
    )


def _milestone(row: Mapping[str, Any]) -> Milestone:
    return Milestone(
        gate=Gate(row["name"]),
        at=read_moment(row["at"]),
        connector=None if row["connector"] is None else whole(row["connector"]),
        fields=tuple((text(name), scalar(value)) for name, value in row["fields"]),
    )


def _job(row: Mapping[str, Any]) -> JobRecord:
    return JobRecord(
        job_id=text(row["job_id"]),
        number=whole(row["number"]),
        state=JobState(row["state"]),
        started=read_moment(row["started"]),
        ended=None if row["ended"] is None else read_moment(row["ended"]),
        runs=whole(row["runs"]),
        pauses_s=number(row["pauses_s"]),
        failures=tuple(text(one) for one in row["failures"]),
        work=tuple(read_moment(one) for one in row["work"]),
        planning_min=None if row["planning_min"] is None else number(row["planning_min"]),
        mounting_min=None if row["mounting_min"] is None else number(row["mounting_min"]),
    )
