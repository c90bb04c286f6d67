"""Keeps the record of service: sees what each port is after every step, and puts begins and ends of outages on disk.

Nothing waits for it. The last sign of life rides along with commits that are made anyhow, so that an idle charger
writes nothing for it; beside the control socket, in memory, it is renewed every few seconds, so that the end of a
crashed program is known to the second.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from itertools import pairwise
from sqlite3 import Connection

from agent import VERSION
from agent.bus import News
from agent.config.model import Authorization
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.core.uptime.causes import cause_of, gap_cause
from agent.core.uptime.model import Cause, CauseClass, Outage, Run, Window
from agent.core.uptime.plain import rfc3339
from agent.core.uptime.telling import ending_of
from agent.core.uptime.tracker import Began, Change, Changed, Ended, Entered, Gap, Port, seen, started
from agent.errors import StoreError
from agent.host.sign_of_life import SignOfLife
from agent.station.station import Station
from agent.station.unwritten import Unwritten
from agent.store.service import Service
from agent.zones import zone_of

log = logging.getLogger(__name__)

BOARD_WITHIN_S = 30.0
"""Until a pilot board that has not been heard counts as silent."""
RIDES_EVERY_S = 300.0
ALIVE_EVERY_S = 1800.0
"""Without any other commit; a power cut in an idle night is dated so much too early at worst."""
CONCLUDES_WITHIN_S = 1.0


class UptimeKeeper:
    """One object a run."""

    def __init__(
        self, station: Station, unwritten: Unwritten, *, inline: bool = False, watchdog: bool | None = None
    ) -> None:
        self._station = station
        self._unwritten = unwritten
        self.service = Service(station.store.writer)
        self._watchdog = watchdog
        self._life = SignOfLife(station.config.control.socket.parent, is_simulated=inline)
        self._alive_then: Instant | None = None
        self._began = station.clock.now()
        self._rode_s = self._began.monotonic_s
        self._boards: dict[int, str] = {}
        self._numbers: dict[tuple[int, Instant], int] = {}
        self._told: list[Began | Ended] = []
        self._is_running = False
        self.away_since: Instant | None = None
        """Since when the central system is missed (offline.py); None while it is there, or none is configured."""
        self._before = self._last_run()
        self._gap = self._gap_cause()
        self.ports = {int(one.id): self._start(int(one.id)) for one in station.config.board.connectors}
        station.deeds.do("run on record", partial(self.service.begin, self._began, VERSION, self._alive_then))
        station.store.writer.rider = self._ride

    # Starting.

    def _last_run(self) -> Run | None:
        """The run before; its last sign of life is the file's where that is of this very boot, and later."""
        before, seen_last = self.service.found.before, self._life.last
        if before is None or seen_last is None or before.ended or seen_last.boot_id != before.alive.boot_id:
            return before
        if seen_last.boot_id != self._began.boot_id or seen_last.monotonic_s <= before.alive.monotonic_s:
            return before
        self._alive_then = seen_last
        return replace(before, alive=seen_last)

    def _gap_cause(self) -> Cause | None:
        if self._before is None:
            return None
        run = Run(
            number=0, began=self._began, alive=self._began, version=VERSION, boards=tuple(sorted(self._boards.items()))
        )
        return gap_cause(self._before, run, watchdog=self._watchdog)

    def _start(self, number: int) -> Port:
        found = self.service.found
        lasting = [one for one in found.lasting if one.port == number]
        for one, following in pairwise(lasting):
            # Outages of a port never overlap: the end of this one could not be written.
            self._later(f"end of an outage at port {number}", replace(one, ended=following.began))
        if lasting:
            self._numbers[number, lasting[-1].began] = lasting[-1].number
        port = Port(number=number, counts=number in found.ports, open=lasting[-1] if lasting else None)
        gap = None if self._before is None or self._gap is None else Gap(alive=self._before.alive, cause=self._gap)
        port, changes = started(port, gap)
        self._do(changes)
        return port

    def gap(self) -> tuple[Cause, Instant] | None:
        """Why the program was away before this run, as far as boards have told by now, and since when."""
        return None if self._before is None or self._gap is None else (self._gap, self._before.alive)

    # What is seen.

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once and does not fail."""
        number, now = int(session.connector), self._station.clock.now()
        port = self.ports.get(number)
        if port is None:
            return
        if session.board_boot_id is not None and self._boards.get(number) != session.board_boot_id:
            self._boards[number] = session.board_boot_id
            self._station.deeds.do("boards on record", partial(self.service.saw_boards, dict(self._boards)))
            self._gap = self._gap_cause()
        cause = self._cause(session, now)
        if cause is None and not port.is_settled and not session.board_heard:
            return  # nobody knows yet what the port is
        is_wanted = session.pilot.plugged or session.asked is not None
        port, changes = seen(port, cause, now, wanted=is_wanted, gap_cause=self._gap)
        self.ports[number] = port
        if changes:
            self._do(changes)

    def _cause(self, session: Session, now: Instant) -> Cause | None:
        cause = cause_of(session, network_closed=self._network_closed(now), is_window=self.window() is not None)
        if cause is None and not session.board_heard and now.since(self._began) >= BOARD_WITHIN_S:
            words = f"the pilot board has not been heard for {BOARD_WITHIN_S:.0f} s since the start"
            return Cause(key="board.silent", of=CauseClass.CHARGER_HARDWARE, evidence=words)
        return cause

    def _network_closed(self, now: Instant) -> str:
        settings, site = self._station.settings, self._station.config.site
        if self.away_since is None or site.authorization is Authorization.FREE:
            return ""
        if settings.allow_offline_tx_for_unknown_id or settings.local_authorize_offline:
            return ""
        return "the central system is away, and without it nobody may charge by the settings of the network"

    def window(self) -> Window | None:
        """The maintenance window that is open now."""
        utc_ms = self._station.clock.now().utc_ms
        open_now = (one for one in self.service.windows if utc_ms is not None and one.is_open(utc_ms))
        return next(open_now, None)

    # What is kept.

    def _do(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            match change:
                case Entered(port=number, at=at):
                    self._station.deeds.do(f"port {number} served", partial(self.service.enter, number, at))
                case Began(outage=outage):
                    self._later(f"begin of an outage at port {outage.port}", outage)
                    self._tell(change)
                case Changed(outage=outage):
                    self._later(f"outage at port {outage.port}", outage)
                case Ended(outage=outage):
                    self._later(f"end of an outage at port {outage.port}", outage)
                    self._tell(change)

    def _later(self, name: str, outage: Outage) -> None:
        self._unwritten.do(name, (outage.port, outage.began), partial(self._keep, outage))

    async def _keep(self, outage: Outage) -> None:
        """Begun first where that has not been possible before: a full disk may be one no more."""
        key = outage.port, outage.began
        number = outage.number or self._numbers.get(key, 0)
        is_new = number == 0
        if is_new:
            self._numbers[key] = number = await self.service.begin_outage(outage)
        if not is_new or outage.ended is not None:
            await self.service.keep_outage(replace(outage, number=number))
        if outage.ended is not None:
            self._numbers.pop(key, None)

    def _tell(self, change: Began | Ended) -> None:
        """What happened before anybody could hear it waits."""
        if not self._is_running:
            self._told.append(change)
            return
        outage, now = change.outage, self._station.clock.now()
        connector, cause = ConnectorId(outage.port), outage.cause
        fields: tuple[tuple[str, str | float | None], ...] = (("cause", cause.key), ("class", cause.of.value))
        if isinstance(change, Began):
            fields = (*fields, ("evidence", cause.evidence))
            self._station.publish(News(name="outage.begun", at=now, connector=connector, fields=fields))
        else:
            fields = (*fields, *self._ending(outage).items())
            self._station.publish(News(name="outage.ended", at=now, connector=connector, fields=fields))

    def _ending(self, outage: Outage) -> dict[str, str | float | None]:
        site = self._station.config.site
        ending = ending_of(outage, self.service.windows, site.opening_hours, zone_of(site.time_zone))
        return {
            "began": "" if outage.began.utc_ms is None else rfc3339(outage.began.utc_ms),
            "lasted_s": ending.lasted_s,
            "excluded_s": ending.excluded_s,
            "excluded_class": ending.why,
            "excluded_by": ending.by,
        }

    # Signs of life.

    def _ride(self, connection: Connection) -> None:
        """Called by the writer before a commit, in its thread."""
        now = self._station.clock.now()
        if now.monotonic_s - self._rode_s >= RIDES_EVERY_S:
            self._rode_s = now.monotonic_s
            self.service.ride(connection, now)

    def begin_telling(self) -> None:
        """From now on somebody hears; first what happened before."""
        self._is_running = True
        for change in self._told:
            self._tell(change)
        self._told.clear()

    async def renew(self) -> None:
        """The program lives now."""
        now = self._station.clock.now()
        self._life.renew(now)
        if now.monotonic_s - self._rode_s >= ALIVE_EVERY_S:
            self._rode_s = now.monotonic_s
            await self._alive(now)

    async def _alive(self, now: Instant) -> None:
        try:
            await self.service.alive(now)
        except StoreError as error:
            log.warning("the sign of life is not on record", extra={"error": str(error)})

    async def conclude(self) -> None:
        """The run ended in order, on record; CONCLUDES_WITHIN_S at most."""
        self._life.close()
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                await self.service.end(self._station.clock.now(), "in order")
        except (StoreError, TimeoutError) as error:
            log.warning("the end of the run is not on record", extra={"error": str(error)})
