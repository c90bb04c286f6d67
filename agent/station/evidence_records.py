"""Records of a claim made of what is on record: runs, changes of the configuration, visits, reports, and the boards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from agent.core.commissioning.impersonal import impersonal
from agent.core.leaving import config_value, without_cards, without_login
from agent.core.runs import RunEnd, ToldRun, told
from agent.core.time import Instant
from agent.core.uptime.acts import visits_of
from agent.core.uptime.model import ServiceRecords
from agent.drivers.interfaces import ServicedBoard
from agent.errors import DriverError, StoreError
from agent.station.report_shelf import FOLDER as REPORTS
from agent.station.station import Station
from agent.store.config_history import ConfigHistory
from agent.store.reports import ReportRow

BOARD_WITHIN_S = 10.0
RUNS_TAKEN = 2_000
"""A start a day for five years; a charger that needs more has a crash loop, and its begin is in the events."""


def moment(at: Instant) -> dict[str, Any]:
    return {"utc_ms": at.utc_ms, "boot": at.boot_id, "s": round(at.monotonic_s, 3)}


def line(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


class StoredRecords:
    """One object a run. `service` gives the record of service, of which the acts are wanted."""

    def __init__(self, station: Station, service: Callable[[], Awaitable[ServiceRecords]] | None) -> None:
        self._station, self._service = station, service

    async def runs(self) -> tuple[ToldRun, ...]:
        """The newest runs of the program, the newest first."""
        found = await self._station.store.upkeep.runs.newest(RUNS_TAKEN)
        return tuple(told([run for run, _ in found], [began for _, began in found]))

    async def run_lines(self) -> Iterable[str]:
        """With what each was made of: the history of firmware and configuration; and how each ended."""
        return (line(_run(one)) for one in reversed(await self.runs()))

    async def supply(self) -> dict[str, Any]:
        """How often all supply was lost, by the ends of the runs, beside those of which nobody can tell."""
        runs = await self.runs()
        ends = [one.end.how for one in runs if one.end is not None]
        return {
            "since": moment(runs[-1].began) if runs else None,
            "power_cuts": ends.count(RunEnd.POWER),
            "unknown_ends": ends.count(RunEnd.UNKNOWN),
        }

    async def config_lines(self) -> Iterable[str]:
        changes = await ConfigHistory(self._station.store.writer).all()
        return (
            line(
                {
                    "at": moment(one.at),
                    "key": one.key,
                    "before": _value(one.key, one.before),
                    "after": _value(one.key, one.after),
                    "path": one.path,
                    "who": one.who,
                }
            )
            for one in changes
        )

    async def visit_lines(self) -> Iterable[str]:
        service = None if self._service is None else await self._service()
        return (
            line(
                {
                    "began": moment(one.began),
                    "ended": moment(one.ended),
                    "acts": one.acts,
                    "roles": one.roles,
                    "cases": one.cases,
                    "verbs": one.verbs,
                }
            )
            for one in visits_of(() if service is None else service.acts)
        )

    async def board_lines(self) -> Iterable[str]:
        """What each pilot board says of itself now, its own count of the contactor's life among it."""
        lines: list[str] = []
        for id, connector in self._station.connectors.items():
            pilot = connector.devices.pilot
            if not isinstance(pilot, ServicedBoard):
                continue
            try:
                async with asyncio.timeout(BOARD_WITHIN_S):
                    found = asdict(await pilot.service().describe())
            except (DriverError, TimeoutError) as error:
                found = {"problem": without_login(str(error)) or "it did not answer in time"}
            lines.append(line({"connector": int(id), **found}))
        return lines

    def report_lines(self, row: ReportRow) -> Iterable[str]:
        """Blocks, for a thread. Raises StoreError where the file is gone, or is none."""
        file = self._station.config.storage.path / REPORTS / f"report-{row.number:04d}.json"
        try:
            report = json.loads(file.read_text(encoding="utf-8"))["report"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise StoreError(f"{file.name} cannot be read ({error})") from error
        yield line(impersonal(report, row.hash))


def _run(one: ToldRun) -> dict[str, Any]:
    run = one.run
    return {
        "number": run.number,
        "began": moment(one.began),
        "alive": moment(run.alive),
        "reason": one.reason.value,
        "ended": "" if one.end is None else one.end.how.value,
        "words": "" if one.end is None else without_cards(without_login(one.end.words)),
        "agent": run.version,
        "image": run.image,
        "boards": dict(run.firmware),
        "configuration_sha256": run.configuration,
    }


def _value(key: str, value: str | None) -> str | None:
    return None if value is None else without_cards(config_value(key, value))
