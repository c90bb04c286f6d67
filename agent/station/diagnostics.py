"""The files that support asks for: what is in them, and above all what is not.

Nothing here is scrubbed out of text: only what is known to hold no secret is taken in. Passwords are values of a type
that prints as dots, tokens are left out of events, addresses lose what stands before their "@".
"""

from __future__ import annotations

import asyncio
import json
import logging
import platform
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from agent import VERSION
from agent.bus import News
from agent.config.layers import entries
from agent.core.leaving import (
    config_value,
    event_fields,
    line_without_cards,
    names_somebody,
    without_login,
    without_words,
)
from agent.core.maintenance.uploads import LogKind, UploadRequest
from agent.core.time import Instant
from agent.drivers import loader
from agent.errors import AgentError, NotTold
from agent.maintenance.bundle import write_bundle
from agent.ocpp_client.station.settings import VARIABLES
from agent.station.station import Station
from agent.store.security_log import SecurityRecord
from agent.values import frozen

if TYPE_CHECKING:
    from agent.station.control_side import ControlSide

log = logging.getLogger(__name__)

EVENTS_TAKEN = 5_000
"""The newest; a busy charger tells some 1,000 a day."""
FAILURES = (AgentError, OSError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What may be wrong with a part, a mistake in this program included: the others are needed most then."""

T = TypeVar("T")


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
    return {key: _without_people(value) for key, value in body.items() if not names_somebody(key)}


@frozen(kw_only=True)
class Window:
    """What is asked for of the past, UTC milliseconds; None: no bound. What has no time of day is always part of it."""

    oldest_ms: int | None = None
    latest_ms: int | None = None

    def holds(self, at: Instant) -> bool:
        if at.utc_ms is None:
            return True
        return (self.oldest_ms or 0) <= at.utc_ms and (self.latest_ms is None or at.utc_ms <= self.latest_ms)


Part = Callable[[Window], Awaitable[Iterable[str]]]
"""Makes the lines of one file of the bundle, the newest first where there may be too many.

Raises AgentError, OSError; of NotTold the manifest tells."""
Files = Callable[[Window], Awaitable[Sequence[tuple[str, Path]]]]
"""Files that are packed already, by the names they get in the bundle, the newest first."""


async def _no_files(_window: Window) -> Sequence[tuple[str, Path]]:
    return ()


class Diagnostics:
    """The bundle for support, made of parts; `WriteFile` of the maintenance room.

    Who has something for support adds its part here. A part that fails is a sentence in the bundle, and no end of it.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._one_at_a_time = asyncio.Lock()
        self._parts: dict[str, Part] = {
            "versions.json": self._versions,
            "queue.json": self._queue,
            "settings.json": self._settings,
            "config.json": self._configuration,
            "events.jsonl": self._events,
        }
        self.recording: Files = _no_files
        """The flight recorder's."""

    def add(self, name: str, lines: Callable[[], Awaitable[Iterable[str]]]) -> None:
        """One file more. Its lines hold no secret, no token and no group."""
        self._parts[name] = lambda _window: lines()

    def add_of_time(self, name: str, part: Part) -> None:
        """One that knows when its lines are of."""
        self._parts[name] = part

    async def lines_of(self, name: str) -> Iterable[str]:
        """One part, of all the time there is. Raises AgentError and OSError."""
        return map(line_without_cards, await self._parts[name](Window()))

    async def write(self, request: UploadRequest, file: Path) -> None:
        """Make the file that the network asks for. Raises StoreError, OSError."""
        window = Window(oldest_ms=request.oldest_ms, latest_ms=request.latest_ms)
        if request.kind is LogKind.SECURITY:
            records = await self._station.store.logs.security.records()
            await in_thread(lambda: _write_lines(file, _security_lines(records, window)))
            return
        await self.write_bundle(window, file)

    async def write_bundle(self, window: Window, file: Path) -> None:
        """Make the bundle; others that are asked for meanwhile are made after it. Raises OSError."""
        async with self._one_at_a_time:
            parts: dict[str, Iterable[str]] = {}
            for name, part in self._parts.items():
                parts[name] = map(line_without_cards, _to_where_it_fails(await _lines(part, window)))
            recording: Sequence[tuple[str, Path]] = ()
            try:
                recording = await self.recording(window)
            except FAILURES as error:
                parts["recording.json"] = _missing("the recording", error)
            at_s = (self._station.clock.now().utc_ms or 0) // 1000
            await in_thread(lambda: write_bundle(file, parts, recording, at_s=at_s))

    async def _queue(self, _: Window) -> Iterable[str]:
        store = self._station.store
        return as_json({"facts": store.ledger.queued(), "security_events": store.logs.security.waiting()})

    async def _settings(self, _: Window) -> Iterable[str]:
        return as_json({name: self._station.settings.text(name) for name in sorted(VARIABLES)})

    async def _events(self, window: Window) -> Iterable[str]:
        return _event_lines(await self._station.store.logs.journal.events(EVENTS_TAKEN), window)

    async def _versions(self, _: Window) -> Iterable[str]:
        config, now = self._station.config, self._station.clock.now()
        said = {
            "agent": VERSION,
            "firmware": config.station.firmware_version,
            "python": platform.python_version(),
            "kernel": platform.release(),
            "vendor": config.board.vendor,
            "model": config.board.model,
            "board": config.board.board,
            "serial_number": config.station.serial_number,
            "utc": utc_text(now),
            "runs_s": round(now.since(self._station.started_at)),
        }
        return as_json(said)

    async def _configuration(self, _: Window) -> Iterable[str]:
        found = entries(self._station.config, loader)
        told = ({"key": one.key, "value": config_value(one.key, one.value), "where": one.layer.value} for one in found)
        return as_json([*told])


async def _lines(part: Part, window: Window) -> Iterable[str]:
    try:
        return await part(window)
    except FAILURES as error:
        return _missing("a part", error)


def _to_where_it_fails(lines: Iterable[str]) -> Iterator[str]:
    """Lines are made when they are read: what is wrong with one of them is found then, and told in its place."""
    try:
        yield from lines
    except NotTold:
        raise  # The manifest tells why.
    except FAILURES as error:
        yield from _missing("the rest of a part", error)


def _missing(what: str, error: Exception) -> Iterable[str]:
    log.warning("%s of the bundle could not be made", what, extra={"error": str(error)})
    return as_json({"missing": f"{type(error).__name__}: {error}"})


def as_json(value: object) -> Iterable[str]:
    """One JSON document as lines, made when they are read."""
    return (json.dumps(without_words(one), indent=1, default=str) for one in (value,))


async def in_thread(work: Callable[[], T]) -> T:
    """Packing or hashing some megabytes takes longer than the loop may be held up."""
    thread = ThreadPoolExecutor(1, "bundle")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
    finally:
        thread.shutdown(wait=False)


def as_lines(rows: Iterable[object]) -> Iterable[str]:
    """One JSON document a line, made when it is read."""
    return (without_login(json.dumps(without_words(one), default=str)) for one in rows)


def _write_lines(file: Path, lines: Iterator[str]) -> None:
    with file.open("w", encoding="utf-8", errors="backslashreplace") as opened:
        opened.writelines(f"{line}\n" for line in lines)


def _event_lines(events: tuple[News, ...], window: Window) -> Iterator[str]:
    """The newest first, so that those are kept where there are too many."""
    for one in reversed(events):
        if window.holds(one.at):
            told = {"at": utc_text(one.at), "event": one.name, "connector": one.connector}
            yield json.dumps(told | event_fields(one.name, one.fields))


def _security_lines(records: tuple[SecurityRecord, ...], window: Window) -> Iterator[str]:
    for one in records:
        if window.holds(one.at):
            info = json.dumps(without_login(one.info))
            yield f"{one.seq} {utc_text(one.at)} {one.event} {info} {one.digest}"


def utc_text(at: Instant) -> str:
    """For whoever reads it."""
    if at.utc_ms is None:
        return f"unknown, {at.monotonic_s:.1f} s after boot {at.boot_id[:8]}"
    return datetime.fromtimestamp(at.utc_ms / 1000, UTC).isoformat(timespec="milliseconds")
