"""The files that support asks for: what is in them, and above all what is not.

Nothing here is scrubbed out of text: only what is known to hold no secret is taken in. Passwords are values of a type
that prints as dots, tokens are left out of events, addresses lose what stands before their "@".
"""

from __future__ import annotations

import asyncio
import json
import platform
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from agent import VERSION
from agent.bus import News
from agent.config.layers import entries
from agent.core.maintenance.uploads import LogKind, UploadRequest
from agent.core.time import Instant
from agent.drivers import loader
from agent.maintenance.bundle import write_bundle
from agent.ocpp_client.station.settings import VARIABLES
from agent.station.station import Station
from agent.store.security_log import SecurityRecord

if TYPE_CHECKING:
    from agent.station.control_side import ControlSide

EVENTS_TAKEN = 5_000
"""The newest; a busy charger tells some 1,000 a day."""
HIDDEN_WORDS = ("token", "group")
_CREDENTIALS = re.compile(r"//[^/@\s]*@")

T = TypeVar("T")

Snapshot = Callable[[], Mapping[str, Any]]
"""The charger as `evsectl status` shows it, JSON's own types."""


def seen(station: ControlSide) -> dict[str, Any]:
    """The charger as `evsectl status` shows it, but for whoever charges there."""
    from agent.control.snapshot import connector_body, network_body
    from agent.control.standing import station_body

    connectors = [connector_body(station, connector) for connector in station.connectors()]
    return {
        "station": station_body(station),
        "network": network_body(station.network(), station.now()),
        "connectors": [_without_people(one) for one in connectors],
    }


def _without_people(body: Any) -> Any:
    """JSON without the fields that name a token, however deep."""
    if isinstance(body, list):
        return [_without_people(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {key: _without_people(value) for key, value in body.items() if not any(word in key for word in HIDDEN_WORDS)}


class Diagnostics:
    """`WriteFile` of the maintenance room."""

    def __init__(self, station: Station, snapshot: Snapshot) -> None:
        self._station = station
        self._snapshot = snapshot

    async def write(self, request: UploadRequest, file: Path) -> None:
        """Make the file. Raises StoreError, OSError."""
        if request.kind is LogKind.SECURITY:
            records = await self._station.store.security_log.records()
            await in_thread(lambda: _write_lines(file, _security_lines(records, request)))
            return
        store = self._station.store
        events = await store.journal.events(EVENTS_TAKEN)
        now = self._station.clock.now()
        parts: dict[str, Any] = {
            "versions.json": self._versions(now),
            "status.json": dict(self._snapshot()),
            "queue.json": {"facts": store.ledger.queued(), "security_events": store.security_log.waiting()},
            "settings.json": {name: self._station.settings.text(name) for name in sorted(VARIABLES)},
            "config.json": self._configuration(),
        }

        def work() -> None:
            lines: dict[str, Iterable[str]] = {
                name: [json.dumps(value, indent=1, default=str)] for name, value in parts.items()
            }
            lines["events.jsonl"] = _event_lines(events, request)
            write_bundle(file, lines, at_s=(now.utc_ms or 0) // 1000)

        await in_thread(work)

    def _versions(self, now: Instant) -> dict[str, Any]:
        config = self._station.config
        return {
            "agent": VERSION,
            "firmware": config.station.firmware_version,
            "python": platform.python_version(),
            "kernel": platform.release(),
            "vendor": config.board.vendor,
            "model": config.board.model,
            "board": config.board.board,
            "serial_number": config.station.serial_number,
            "utc": _utc_text(now),
            "runs_s": round(now.since(self._station.started_at)),
        }

    def _configuration(self) -> list[dict[str, str]]:
        found = entries(self._station.config, loader)
        return [{"key": one.key, "value": _without_credentials(one.value), "where": one.layer.value} for one in found]


async def in_thread(work: Callable[[], T]) -> T:
    """Packing or hashing some megabytes takes longer than the loop may be held up."""
    thread = ThreadPoolExecutor(1, "bundle")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
    finally:
        thread.shutdown(wait=False)


def _write_lines(file: Path, lines: Iterator[str]) -> None:
    with file.open("w", encoding="utf-8", errors="backslashreplace") as opened:
        opened.writelines(f"{line}\n" for line in lines)


def _event_lines(events: tuple[News, ...], request: UploadRequest) -> Iterator[str]:
    """The newest first, so that those are kept where there are too many."""
    for one in reversed(events):
        if _is_asked_for(one.at, request):
            fields = {name: value for name, value in one.fields if not any(word in name for word in HIDDEN_WORDS)}
            told = {"at": _utc_text(one.at), "event": one.name, "connector": one.connector} | fields
            yield _without_credentials(json.dumps(told))


def _security_lines(records: tuple[SecurityRecord, ...], request: UploadRequest) -> Iterator[str]:
    for one in records:
        if _is_asked_for(one.at, request):
            info = json.dumps(_without_credentials(one.info))
            yield f"{one.seq} {_utc_text(one.at)} {one.event} {info} {one.digest}"


def _is_asked_for(at: Instant, request: UploadRequest) -> bool:
    """What happened while nobody knew the time is always part of it."""
    if at.utc_ms is None:
        return True
    return (request.oldest_ms or 0) <= at.utc_ms and (request.latest_ms is None or at.utc_ms <= request.latest_ms)


def _utc_text(at: Instant) -> str:
    if at.utc_ms is None:
        return f"unknown, {at.monotonic_s:.1f} s after boot {at.boot_id[:8]}"
    return datetime.fromtimestamp(at.utc_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _without_credentials(text: str) -> str:
    return _CREDENTIALS.sub("//…@", text)
