"""The monthly file and the quarter's session data as CSV: one head, one row a port and month, or an attempt. Pure.

Columns of the quarter follow 23 CFR 680.112(a); what the charger does not know, the station's name among them, is added
by whoever submits.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.core.time import rfc3339
from agent.core.uptime.axis import Axis
from agent.core.visits.model import Attempt, Mark, Outcome

MONTHS_OWN = "month_"
REPAIR_COLUMNS = (
    *("month_repaired", "month_mttr_min", "month_detect_min", "month_acknowledged", "month_acknowledge_min"),
    *("month_repair_min", "month_unattended", "month_unattended_min"),
)
"""Of failures that were over in the month; empty where a charger of an earlier release told none."""
MONTH_COLUMNS = (
    *("serial_number", "port", "month", "uptime_percent", "t_outage_min", "t_excluded_min", "recorded_min"),
    *("is_partial", "uptime_percent_if_offline_is_down", "uptime_percent_of_recorded", "availability_percent"),
    *("online_percent", "month_percent", "month_outage_min", "month_excluded_min"),
    *REPAIR_COLUMNS,
)
SESSION_COLUMNS = (
    *("serial_number", "port", "attempt", "start_time", "end_time", "energy_kwh", "peak_power_kw", "payment_method"),
    *("start", "end", "error_code", "mrec", "failure_class"),
)
YEAR = re.compile(r"(?:19[7-9]|[2-7]\d\d)\d", re.ASCII)
"""What an axis of time can hold."""


def months(body: Mapping[str, Any], serial: str) -> str:
    """Of `of_service`."""
    return _text(MONTH_COLUMNS, (_month(one, serial) for one in body["months"]))


def sessions(attempts: Iterable[Attempt], axis: Axis, serial: str, within: tuple[int, int] | None = None) -> str:
    """Attempts that are over and that began within these UTC milliseconds; a time is empty where nobody knows it.

    Start and end are those of the transaction, of an attempt without one those of the plug.
    """
    rows = (_session(one, axis, serial) for one in attempts if one.is_over and _lies(one, axis, within))
    return _text(SESSION_COLUMNS, rows)


def quarter_of(text: str) -> tuple[int, int]:
    """UTC milliseconds of "2026-Q4". Raises ValueError with what would be right."""
    year, _, part = text.partition("-Q")
    if YEAR.fullmatch(year) is None or part not in ("1", "2", "3", "4"):
        raise ValueError(f'"{text[:20]}" is no quarter; write year and quarter, as 2026-Q4')
    begin, month = int(year), 3 * int(part) - 2
    last = datetime(begin + month // 10, (month + 2) % 12 + 1, 1, tzinfo=UTC)
    return round(datetime(begin, month, 1, tzinfo=UTC).timestamp() * 1000), round(last.timestamp() * 1000)


def _month(one: Mapping[str, Any], serial: str) -> Sequence[object]:
    year, alone, repairs = one["year"], one["alone"], one.get("repairs", {})
    return (
        *(serial, one["port"], one["month"], one["percent"], year["outage_min"], year["excluded_min"]),
        *(year["recorded_min"], "yes" if one["is_partial"] else "no", one["percent_connected"]),
        *(one["percent_of_recorded"], one["availability_percent"], one["online_percent"], one["month_percent"]),
        *(alone["outage_min"], alone["excluded_min"]),
        *(repairs.get(name.removeprefix(MONTHS_OWN)) for name in REPAIR_COLUMNS),
    )


def _session(one: Attempt, axis: Axis, serial: str) -> Sequence[object]:
    start, end = one.at(Mark.STARTED) or one.began, one.at(Mark.STOPPED) or one.at(Mark.UNPLUGGED)
    is_failed = Outcome.FAILED in (one.start, one.end)
    return (
        *(serial, one.port, one.number, _when(start, axis), "" if end is None else _when(end, axis)),
        *(one.energy_wh / 1000, round(one.peak_power_w / 1000, 3), one.method, one.start.value, one.end.value),
        *((one.code, one.mrec, one.failure.value) if is_failed else ("", "", "")),
    )


def _when(at: Any, axis: Axis) -> str:
    utc_ms = axis.ms(at)
    return "" if utc_ms is None else rfc3339(utc_ms)


def _lies(one: Attempt, axis: Axis, within: tuple[int, int] | None) -> bool:
    at_ms = axis.ms(one.began)
    return within is None or (at_ms is not None and within[0] <= at_ms < within[1])


class _Lines:
    """What a writer of CSV takes for a file."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, line: str) -> None:
        self.written.append(line)


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return "".join(lines.written)


def _safe(cell: object) -> object:
    """A text that a spreadsheet would take for a formula is no formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else "" if cell is None else cell
