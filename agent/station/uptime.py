"""Keeps the record of service: sees what each port is after every step, and puts begins and ends of outages on disk.

Nothing waits for it. That the program itself was away it learns from the record of its runs (run_record.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from agent.bus import News
from agent.core.asking import Asking
from agent.core.health.down import BOARD_GRACE_S
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.core.time import Instant, rfc3339
from agent.core.uptime.causes import SILENT, as_ordered, cause_of
from agent.core.uptime.model import Cause, CauseClass, Outage, Window
from agent.core.uptime.telling import ending_of
from agent.core.uptime.tracker import Began, Change, Changed, Ended, Entered, Port, seen, started
from agent.station.run_record import RunRecord
from agent.station.station import Station
from agent.station.unwritten import Unwritten
from agent.store.service import Service
from agent.zones import zone_of


class UptimeKeeper:
    """One object a run."""

    def __init__(self, station: Station, unwritten: Unwritten, record: RunRecord) -> None:
        self._station = station
        self._unwritten = unwritten
        self._record = record
        self.service = Service(station.store.writer, station.store.upkeep.runs)
        self._began = record.now.began
        self._boards: dict[int, str] = {}
        self._numbers: dict[tuple[int, Instant], int] = {}
        self._told: list[Began | Ended] = []
        self._is_running = False
        self._looked_at: tuple[Asking, frozenset[ConnectorId]] = Asking(), frozenset()
        self.asking: Callable[[], Asking] = Asking
        """Who can say who may charge; given by the wiring (service_desk.py)."""
        record.look_back(min((one.seen_in for one in self.service.found.lasting if one.seen_in), default=0))
        self.ports = {int(one.id): self._start(int(one.id)) for one in station.config.board.connectors}

    # Starting.

    def _start(self, number: int) -> Port:
        found = self.service.found
        lasting = [one for one in found.lasting if one.port == number]
        for one, following in pairwise(lasting):
            # Outages of a port never overlap: the end of this one could not be written.
            self._later(f"end of an outage at port {number}", replace(one, ended=following.began))
        if lasting:
            self._numbers[number, lasting[-1].began] = lasting[-1].number
        port = Port(number=number, counts=number in found.ports, open=lasting[-1] if lasting else None)
        port, changes = started(port, self._record.gaps())
        self._do(changes)
        return port

    def gap(self) -> tuple[Cause, Instant] | None:
        """Why the program was away before this run, as far as boards have told by now, and since when."""
        gaps = self._record.gaps()
        return (gaps[-1].cause, gaps[-1].since) if gaps else None

    # What is seen.

    def look(self) -> None:
        """What a port is may change without a step of its session: by the link, a list, a setting, an order's end."""
        found = self.asking(), frozenset(self._station.board_restarts)
        if found != self._looked_at:
            self._looked_at = found
            for connector in self._station.connectors.values():
                self.session_changed(connector.session)

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once and does not fail."""
        number, now = int(session.connector), self._station.clock.now()
        port = self.ports.get(number)
        if port is None:
            return
        if session.board_boot_id is not None and self._boards.get(number) != session.board_boot_id:
            self._boards[number] = session.board_boot_id
            self._record.saw_boards(dict(self._boards))
        cause = self._cause(session, now)
        if cause is None and not port.is_settled and not session.board_heard:
            return  # nobody knows yet what the port is
        is_wanted = session.pilot.plugged or session.asked is not None
        gaps = () if port.is_settled or port.open is None else self._record.gaps(port.open.seen_in)
        port, changes = seen(port, cause, now, wanted=is_wanted, gaps=gaps)
        self.ports[number] = port
        if changes:
            self._do(changes)

    def _cause(self, session: Session, now: Instant) -> Cause | None:
        is_window, is_held = self.window() is not None, self._station.is_held
        cause = cause_of(session, self.asking(), is_window=is_window, firmware_waits=is_held)
        if cause is None and not session.board_heard and now.since(self._began) >= BOARD_GRACE_S:
            words = f"the pilot board has not been heard for {BOARD_GRACE_S:.0f} s since the start"
            return Cause(key=SILENT, of=CauseClass.CHARGER_HARDWARE, evidence=words)
        return as_ordered(cause) if session.connector in self._station.board_restarts else cause

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

    def begin_telling(self) -> None:
        """From now on somebody hears; first what happened before."""
        self._is_running = True
        for change in self._told:
            self._tell(change)
        self._told.clear()
