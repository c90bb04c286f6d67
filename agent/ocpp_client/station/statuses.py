"""Which status is told next: the present one of each connector where it is new, no history but that of faults. Pure.

ocpp16.md section 3, "When to send StatusNotification"; the waiting and the legal ways between statuses are the core's.
"""

from __future__ import annotations

from collections import deque

from agent.core.availability import StatusDebounce, StatusReport
from agent.core.identity import ConnectorId
from agent.core.time import Instant

LONGEST_LINE = 32
"""Reports that may wait to be told. A fault that flaps while offline is told by its end only once it is full."""


class Statuses:
    """Times are those of the reports. `minimum_s` is asked anew each time: the network may change it."""

    def __init__(self) -> None:
        self._latest: dict[ConnectorId | None, StatusReport] = {}
        self._delivered: dict[ConnectorId | None, StatusReport] = {}
        self._debounce: dict[ConnectorId | None, StatusDebounce] = {}
        self._line: deque[StatusReport] = deque()

    def follow(self, report: StatusReport, now: Instant) -> None:
        """The present status of a connector, or of the station."""
        before = self._debounce.get(report.connector, StatusDebounce())
        self._latest[report.connector] = report
        self._debounce[report.connector] = before.follow(report)
        if before.told is not None and before.told.fault_ids != report.fault_ids:
            # What comes and goes while offline is collapsed, but never a fault.
            self._collect(report.connector, 0.0, now)

    def accepted(self) -> None:
        """The network accepted a boot: it knows of nothing (errata 3.22)."""
        self._line.clear()
        self._delivered.clear()
        self._start_over()

    def line_lost(self) -> None:
        """The connection is gone: of what was to be told only faults and the present status still are."""
        waiting, self._line = self._line, deque()
        faults = self._fault_changes(waiting)
        self._start_over()
        for report in faults:
            debounce = self._debounce[report.connector].follow(report)
            self._debounce[report.connector], told = debounce.tell(0.0, report.at)
            self._line.extend(told)
        for connector, report in self._latest.items():
            self._debounce[connector] = self._debounce[connector].follow(report)

    def next(self, minimum_s: float, now: Instant) -> StatusReport | None:
        """The report to tell now; the same one until it is `delivered`."""
        if not self._line:
            for connector in sorted(self._debounce, key=lambda number: number or 0):
                self._collect(connector, minimum_s, now)
        return self._line[0] if self._line else None

    def asked(self, connector: ConnectorId | None, now: Instant) -> bool:
        """Tell the present status without waiting, and once more where it was told; False where none is known yet."""
        latest = self._latest.get(connector)
        if latest is None:
            return False
        self._collect(connector, 0.0, now)
        if all(report.connector != connector for report in self._line):
            self._line.append(latest)
        return True

    def delivered(self, report: StatusReport) -> None:
        """The network answered; also with an error, since telling it again would not help."""
        self._delivered[report.connector] = report
        if self._line and self._line[0] is report:
            self._line.popleft()

    def wake_at_s(self, minimum_s: float) -> float | None:
        """When `next` may have something new; None while nothing waits."""
        times = (debounce.due_at(minimum_s) for debounce in self._debounce.values())
        return min((due for due in times if due is not None), default=None)

    def _start_over(self) -> None:
        self._debounce = {
            connector: StatusDebounce(self._delivered.get(connector)).follow(report)
            for connector, report in self._latest.items()
        }

    def _collect(self, connector: ConnectorId | None, minimum_s: float, now: Instant) -> None:
        self._debounce[connector], told = self._debounce[connector].tell(minimum_s, now)
        self._line.extend(told)
        if len(self._line) > LONGEST_LINE:
            self._line.clear()
            self._start_over()

    def _fault_changes(self, reports: deque[StatusReport]) -> list[StatusReport]:
        known = {connector: report.fault_ids for connector, report in self._delivered.items()}
        changes = []
        for report in reports:
            if report.fault_ids != known.get(report.connector, ()):
                known[report.connector] = report.fault_ids
                changes.append(report)
        return changes
