"""A folder of exported records and sealed reports, sorted out: each charger once, a sentence for every other file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.core.commissioning.model import JobState
from agent.core.metrics.fleet import LeftOut
from agent.core.metrics.records import ChargerRecords, JobRecord, merged
from agent.core.time import Instant
from agent.errors import AgentError
from agent.metrics_file import MOST_BYTES, MetricsFileError, read_records
from agent.security.sealed import examine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REPORT = '"report"'


@dataclass
class Folder:
    """`left_out`: files, and serial numbers that two chargers claim. `notes`: what was laid together."""

    chargers: list[ChargerRecords] = field(default_factory=list)
    files: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_folder(folder: Path) -> Folder:
    """All files in it, in the order of their names; subfolders are not looked into. Raises OSError."""
    return read_files(sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")))


def read_files(files: Iterable[Path]) -> Folder:
    """The same of these. Raises OSError."""
    found = Folder()
    exports: list[tuple[str, ChargerRecords]] = []
    reports: list[tuple[str, ChargerRecords]] = []
    for file in files:
        found.files += 1
        try:
            kind, records = _read(file)
        except (MetricsFileError, AgentError, OSError) as error:
            found.left_out.append(LeftOut(file.name, getattr(error, "strerror", None) or str(error)))
            continue
        (reports if kind == REPORT else exports).append((file.name, records))
    found.chargers = _with_reports(_by_unit(exports, found), reports, found)
    return found


def _read(file: Path) -> tuple[str, ChargerRecords]:
    if file.stat().st_size > MOST_BYTES:
        raise MetricsFileError(f"it is larger than {MOST_BYTES >> 20} MB, no file of metrics is")
    octets = file.read_bytes()
    if octets.startswith(b'{"report":'):
        return REPORT, _of_report(octets)
    try:
        return "", read_records(octets.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MetricsFileError("it is no text; is it the right file?") from error


def _by_unit(exports: list[tuple[str, ChargerRecords]], found: Folder) -> list[ChargerRecords]:
    """Files of one charger laid together; of two that claim one serial number neither."""
    units: dict[tuple[str, str], list[tuple[str, ChargerRecords]]] = {}
    for name, records in exports:
        units.setdefault((records.serial, records.unit), []).append((name, records))
    of_serial: dict[str, list[ChargerRecords]] = {}
    for (serial, _), files in units.items():
        whole = files[0][1]
        for _, records in files[1:]:
            whole = merged(whole, records)
        if len(files) > 1:
            names = ", ".join(name for name, _ in files)
            found.notes.append(f"{serial or 'no serial number'}: {names} are of one charger, and count once")
        of_serial.setdefault(serial, []).append(whole)
    chargers: list[ChargerRecords] = []
    for serial, several in sorted(of_serial.items()):
        if len(several) > 1 and serial:
            why = (
                f"{len(several)} chargers, or storages of one that was replaced, say they are it, so none is counted; "
                "take the wrong files out"
            )
            found.left_out.append(LeftOut(serial, why))
        else:
            chargers += several
    return chargers


def _with_reports(
    chargers: list[ChargerRecords], reports: list[tuple[str, ChargerRecords]], found: Folder
) -> list[ChargerRecords]:
    """A commissioning that only a report tells of is counted, too; one that both tell of by the records."""
    by_serial = {one.serial: one for one in chargers}
    excluded = {one.serial for one in found.left_out}
    for name, report in reports:
        if not report.serial:
            found.left_out.append(LeftOut(name, "this report names no serial number, so nobody knows whose it is"))
            continue
        if report.serial in excluded:
            found.left_out.append(LeftOut(name, f"two chargers say they are {report.serial}, so it belongs to nobody"))
            continue
        known = by_serial.get(report.serial)
        (told,) = report.jobs
        if known is None:
            by_serial[report.serial] = report
            found.notes.append(f"{report.serial}: only a report is there ({name}), which has no milestones")
        elif not known.unit:
            by_serial[report.serial] = merged(known, report)
        elif told.job_id not in {job.job_id for job in known.jobs}:
            by_serial[report.serial] = replace(known, jobs=(*known.jobs, told))
    rest = [one for one in chargers if not one.serial]
    return [one for serial, one in sorted(by_serial.items()) if serial] + rest


def _of_report(octets: bytes) -> ChargerRecords:
    """Raises MetricsFileError for a report that is not as it was sealed."""
    examined = examine(octets)
    if examined.problems:
        raise MetricsFileError(f"this report is not as it was sealed: {examined.problems[0]}")
    try:
        return _report_records(json.loads(octets)["report"])
    except (KeyError, TypeError, ValueError) as error:
        raise MetricsFileError(f"this report says its times otherwise than this program knows ({error})") from error


def _report_records(report: Mapping[str, Any]) -> ChargerRecords:
    head, times = report["head"], report["times"]
    failures = {one["test"] for one in report["tests"] if one["must"] and one["verdict"] == "fail"}
    failures |= {one["id"] for one in report["steps"] if one["verdict"] == "fail"}
    ended = _moment(times["ended"])
    job = JobRecord(
        job_id=str(head["job"]["id"]),
        number=int(head["job"]["number"]),
        state=JobState.COMPLETE if report["verdict"]["complete"] is True else JobState.INCOMPLETE,
        started=_moment(times["started"]),
        ended=ended,
        runs=int(times["runs"]),
        pauses_s=float(times["pauses_ms"]) / 1000,
        failures=tuple(sorted(failures)),
        work=tuple(_moment(one["started"]) for one in (*report["tests"], *report["steps"])),
    )
    serial = str(head["charger"].get("serial_number") or "")
    return ChargerRecords(unit="", serial=serial, exported=ended, jobs=(job,))


def _moment(told: Mapping[str, Any]) -> Instant:
    utc_ms = None
    if told["utc"]:
        utc_ms = round((datetime.fromisoformat(told["utc"].replace("Z", "+00:00")) - EPOCH).total_seconds() * 1000)
    return Instant(told["monotonic_ms"] / 1000, utc_ms, str(told["boot"]))
