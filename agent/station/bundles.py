"""The bundle for support: which parts it has, and that one is made at a time, for however many ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.core.identity import ConnectorId
from agent.drivers.interfaces import ReportingBoard, TemperatureSample
from agent.errors import Busy, StoreError
from agent.loading import loaded
from agent.recorder.recorder import Recorder
from agent.station.building import Equipment
from agent.station.diagnostics import Diagnostics, Window, as_json, as_lines, in_thread, utc_text
from agent.station.remembered import RememberedSensor
from agent.station.station import Station
from agent.store.transactions import SessionRecord

if TYPE_CHECKING:
    from agent.host.system_log import Span, SystemLog
    from agent.station.control_side import ControlSide

FOLDER = "bundle"
UNWRITTEN = "steps-unwritten.rec"
FRAMES_TAKEN, SESSIONS_TAKEN, COMMANDS_TAKEN = 5_000, 1_000, 5_000
SERVED_AGAIN_S = 60.0
"""Whoever asks for the same within that time gets the file that is there."""
KEPT_S = 900.0
HOUR_MS = 3_600_000
BUSY = "a bundle of another time is being made; ask again in half a minute"


class Bundles:
    """One object a run."""

    def __init__(self, station: Station, recorder: Recorder, journalctl: Sequence[str]) -> None:
        """`journalctl`: what reads the system's log."""
        self.diagnostics = Diagnostics(station)
        self.diagnostics.recording = self._recording
        self._station = station
        self._recorder = recorder
        self._journalctl = journalctl
        config = station.config
        # On a full disk the bundle is wanted most: then it is made where the control socket is, which is in memory.
        self._folders = (config.storage.path / FOLDER, config.control.socket.parent / FOLDER)
        self._one_at_a_time = asyncio.Lock()
        self._hours: int | None = None
        self._log: SystemLog | None = None
        """Of the bundle whose parts are asked for now, between the one that reads first and the other."""
        self.side: Callable[[], ControlSide]
        self._made: tuple[int | None, float, Path] | None = None
        """For how many hours, when, and where it is."""

    def use(self, side: Callable[[], ControlSide], devices: Equipment) -> None:
        """`side` is the charger as a person sees it, made anew at each call."""
        self.side = side
        # Asked for with each reading of a meter, and a protocol is slow to tell whether something keeps to it.
        boards = {id: one.pilot for id, one in devices.devices.items() if isinstance(one.pilot, ReportingBoard)}
        self._recorder.sight = lambda connector: sight(devices, boards.get(connector), connector)
        add = self.diagnostics.add_of_time
        add("status.json", lambda _: _status(side()))
        add("health.json", lambda _: _health(side()))
        add("explain.json", lambda _: _explained(side()))
        add("wire.jsonl", lambda window: _wire(side(), window))
        add("sessions.jsonl", lambda window: _sessions(side(), window))
        add("uptime.jsonl", lambda _: _service(side()))
        add("audit.jsonl", lambda window: _commands(side(), window))
        add("system.jsonl", self._system)
        add("kernel.jsonl", self._kernel)

    async def make(self, hours: int | None) -> Path:
        """The bundle of the last hours; None: of all there is. Whoever reads it need not hurry, and leaves it there.

        Raises Busy while one of another time is made, and StoreError where it cannot be written.
        """
        if self._one_at_a_time.locked() and self._hours != hours:
            raise Busy(BUSY)
        async with self._one_at_a_time:
            if (file := self._fresh(hours)) is not None:
                return file
            self._hours = hours
            return await self._make(hours)

    def erase(self) -> None:
        """None is kept any more. Raises OSError."""
        self._made = None
        self._tidy()

    def _fresh(self, hours: int | None) -> Path | None:
        now_s = self._station.clock.now().monotonic_s
        if self._made is None or self._made[0] != hours or now_s - self._made[1] > SERVED_AGAIN_S:
            return None
        return self._made[2] if self._made[2].exists() else None

    async def _make(self, hours: int | None) -> Path:
        now = self._station.clock.now()
        oldest_ms = None if hours is None or now.utc_ms is None else now.utc_ms - hours * HOUR_MS
        name = self._station.config.station.serial_number or "charger"
        stamp = "" if now.utc_ms is None else f"-{utc_text(now)[:19].replace(':', '')}"
        self._tidy()
        failed: OSError | None = None
        for folder in self._folders:
            file = folder / f"evse-bundle-{_plain(name)}{stamp}.tar.gz"
            draft = file.with_suffix(".part")
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                await self.diagnostics.write_bundle(Window(oldest_ms=oldest_ms), draft)
                draft.replace(file)
                break
            except OSError as error:
                failed = error
            finally:
                draft.unlink(missing_ok=True)
        else:
            why = "no folder" if failed is None else failed.strerror or failed
            raise StoreError(f"the bundle cannot be written: {why}; look at the disk") from failed
        self._made = hours, now.monotonic_s, file
        asyncio.get_running_loop().call_later(KEPT_S, self._forget, file)
        return file

    def _tidy(self) -> None:
        """Nothing is left of earlier ones; who reads one still holds it open."""
        for folder in self._folders:
            for left in folder.iterdir() if folder.exists() else ():
                left.unlink(missing_ok=True)

    def _forget(self, file: Path) -> None:
        file.unlink(missing_ok=True)

    async def _system(self, window: Window) -> Iterable[str]:
        """Read while the bundle is packed, in the thread that packs it; so is the next, in the time left."""
        self._log = await self._system_log()
        return self._log.own_lines(_span(window))

    async def _kernel(self, window: Window) -> Iterable[str]:
        log, self._log = self._log or await self._system_log(), None
        return log.kernel_lines(_span(window))

    async def _system_log(self) -> SystemLog:
        await loaded("agent.host.system_log")
        from agent.host.system_log import SystemLog

        return SystemLog(self._journalctl)

    async def _recording(self, window: Window) -> Sequence[tuple[str, Path]]:
        files = await self._recorder.files()
        since_s = (window.oldest_ms or 0) / 1000
        # Files are appended to, so one that was not touched since then holds nothing of that time.
        found = [(f"recording/{file.name}", file) for file in files if file.stat().st_mtime >= since_s]
        return [*await self._unwritten(), *found]

    async def _unwritten(self) -> Sequence[tuple[str, Path]]:
        """What a full disk refused is in memory alone, and what support wants to see most."""
        content = await self._recorder.unwritten()
        if not content:
            return ()
        file = self._folders[-1] / UNWRITTEN
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await in_thread(lambda: file.write_bytes(content))
        return ((f"recording/{UNWRITTEN}", file),)


def sight(devices: Equipment, board: ReportingBoard | None, connector: ConnectorId) -> Mapping[str, float]:
    """What is seen at a connector beside its meter, for plots; nothing is read for it."""
    seen: dict[str, float] = {}
    said = None if board is None else board.report()
    if said is not None and said.high_v is not None:
        seen["pilot_v"] = said.high_v
    for one in devices.sensors:
        latest = one.driver.latest if isinstance(one.driver, RememberedSensor) else None
        if one.connector in (None, connector) and isinstance(latest, TemperatureSample):
            seen[one.key] = latest.celsius
    return seen


def _span(window: Window) -> Span:
    """Asked for once the module is there."""
    from agent.host.system_log import Span

    return Span(oldest_ms=window.oldest_ms, latest_ms=window.latest_ms)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)


async def _status(side: ControlSide) -> Iterable[str]:
    from agent.station.diagnostics import seen

    return as_json(seen(side))


async def _health(side: ControlSide) -> Iterable[str]:
    return as_json(await side.health())


async def _explained(side: ControlSide) -> Iterable[str]:
    from agent.control.explanation import explanation_body

    return as_json({"connectors": [await explanation_body(side, connector) for connector in side.connectors()]})


async def _wire(side: ControlSide, window: Window) -> Iterable[str]:
    taken = await side.trace.newest(FRAMES_TAKEN)
    return as_lines(
        {
            "at": utc_text(one.at),
            "direction": one.direction,
            "latency_ms": None if one.latency_s is None else round(1000 * one.latency_s, 1),
            "text": one.text,
        }
        for one in reversed(taken)
        if window.holds(one.at)
    )


async def _sessions(side: ControlSide, window: Window) -> Iterable[str]:
    taken = await side.records.sessions(SESSIONS_TAKEN)
    return as_lines(_session(one) for one in taken if window.holds(one.stopped_at or one.started_at))


def _session(one: SessionRecord) -> dict[str, Any]:
    """Without who charged."""
    return {
        "transaction": one.key,
        "connector": one.connector,
        "remote_id": one.remote_id,
        "started": utc_text(one.started_at),
        "start_wh": one.start_wh,
        "stopped": None if one.stopped_at is None else utc_text(one.stopped_at),
        "stop_wh": one.stop_wh,
        "last_wh": one.last_wh,
        "stop_reason": None if one.stop_reason is None else one.stop_reason.value,
        "delivery": one.delivery.value,
    }


async def _service(side: ControlSide) -> Iterable[str]:
    """The raw record that uptime is worked out from, as `evsectl metrics export` has it."""
    from agent.service_rows import service_rows

    return as_lines(service_rows(await side.service.records(), await side.service.attempts()))


async def _commands(side: ControlSide, window: Window) -> Iterable[str]:
    taken = await side.journal.commands(COMMANDS_TAKEN)
    return as_lines(
        {
            "at": utc_text(one.at),
            "uid": one.uid,
            "role": one.role,
            "verb": one.verb,
            "outcome": one.outcome,
            "took_ms": one.took_ms,
            "via": one.via,
            "key": one.key,
            "case": one.case,
        }
        for one in reversed(taken)
        if window.holds(one.at)
    )
