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
from agent.core.time import Instant

SCHEMA = "evse-metrics"
VERSION = 1
MOST_BYTES = 16 << 20
LONGEST_BOOT_S, LAST_MS = 1e10, 200_000_000_000_000
"""Some 300 years, and the year 8307: beyond, there is no calendar."""


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
        "exported": _moment(records.exported),
    }
    for one in records.milestones:
        yield {
            "kind": "milestone",
            "name": one.gate.value,
            "at": {**_moment(one.at), "time_quality": time.quality(one.at)},
            "connector": one.connector,
            "fields": [list(pair) for pair in one.fields],
        }
    for job in records.jobs:
        yield {
            "kind": "commissioning",
            "job_id": job.job_id,
            "number": job.number,
            "state": job.state.value,
            "started": _moment(job.started),
            "ended": None if job.ended is None else _moment(job.ended),
            "runs": job.runs,
            "pauses_s": job.pauses_s,
            "failures": list(job.failures),
            "work": [_moment(at) for at in job.work],
            "planning_min": job.planning_min,
            "mounting_min": job.mounting_min,
        }


def _moment(at: Instant) -> dict[str, Any]:
    return {"boot_id": at.boot_id, "t_mono_s": at.monotonic_s, "t_wall_ms": at.utc_ms}


def read_records(text: str) -> ChargerRecords:
    """The records of one file. Raises MetricsFileError."""
    lines = text.splitlines()
    if len(lines) < 2:
        raise MetricsFileError("it is no file of metrics, or nothing but its beginning; export it anew")
    rows = [_row(number, line) for number, line in enumerate(lines, 1)]
    head, end = rows[0], rows[-1]
    if head.get("kind") != "charger" or head.get("schema") != SCHEMA:
        raise MetricsFileError("it is no file of metrics; write one with: evsectl metrics export FILE")
    if head.get("version") != VERSION:
        raise MetricsFileError(
            f"it has version {head.get('version')!r} and this program reads {VERSION}; use the programs of one release"
        )
    if end.get("kind") != "end" or end.get("lines") != len(lines) - 1:
        raise MetricsFileError("its end is missing, it was cut; export it anew")
    whole = "".join(f"{line}\n" for line in lines[:-1]).encode()
    if end.get("sha256") != hashlib.sha256(whole).hexdigest():
        raise MetricsFileError("it was changed after it was written; export it anew")
    try:
        return _records(head, rows[1:-1])
    except (KeyError, TypeError, ValueError) as error:
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
    kinds = {row.get("kind") for row in rows} - {"milestone", "commissioning"}
    if kinds:
        raise ValueError(f"records of kind {sorted(map(str, kinds))[0]}")
    return ChargerRecords(
        unit=_text(head["unit"]),
        serial=_text(head["serial"]),
        board=_text(head["board"]),
        software=_text(head["software"]),
        order=_text(head["order"]),
        connectors=tuple(_whole(one) for one in head["connectors"]),
        exported=_read_moment(head["exported"]),
        milestones=tuple(_milestone(row) for row in rows if row["kind"] == "milestone"),
        jobs=tuple(_job(row) for row in rows if row["kind"] == "commissioning"),
    )


def _milestone(row: Mapping[str, Any]) -> Milestone:
    return Milestone(
        gate=Gate(row["name"]),
        at=_read_moment(row["at"]),
        connector=None if row["connector"] is None else _whole(row["connector"]),
        fields=tuple((_text(name), _scalar(value)) for name, value in row["fields"]),
    )


def _job(row: Mapping[str, Any]) -> JobRecord:
    return JobRecord(
        job_id=_text(row["job_id"]),
        number=_whole(row["number"]),
        state=JobState(row["state"]),
        started=_read_moment(row["started"]),
        ended=None if row["ended"] is None else _read_moment(row["ended"]),
        runs=_whole(row["runs"]),
        pauses_s=_number(row["pauses_s"]),
        failures=tuple(_text(one) for one in row["failures"]),
        work=tuple(_read_moment(one) for one in row["work"]),
        planning_min=None if row["planning_min"] is None else _number(row["planning_min"]),
        mounting_min=None if row["mounting_min"] is None else _number(row["mounting_min"]),
    )


def _read_moment(value: Mapping[str, Any]) -> Instant:
    monotonic_s, utc_ms = _number(value["t_mono_s"]), value["t_wall_ms"]
    if abs(monotonic_s) > LONGEST_BOOT_S or (utc_ms is not None and not 0 <= _whole(utc_ms) < LAST_MS):
        raise ValueError("a time that cannot be")
    return Instant(monotonic_s, utc_ms, _text(value["boot_id"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1 << 53:
        raise TypeError(f"{value!r:.40} is no whole number of the size")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1 << 53:
        raise TypeError(f"{value!r:.40} is no number of the size")
    return value


def _scalar(value: object) -> str | int | float | bool | None:
    if value is not None and not isinstance(value, str | int | float | bool):
        raise TypeError(f"{value!r:.40} is no single value")
    return value
