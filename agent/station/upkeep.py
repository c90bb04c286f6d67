"""What watches over the charger for those who keep it running from afar, wired in one place and not in app.py.

Each keeper hears every step of every session and the bus, has works that may be started anew, and a last word at the
end. None of them decides anything about a charge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from agent import VERSION
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.host.crashes import Crashes
from agent.host.process import ROOT
from agent.host.soc import watchdog_began_this_boot
from agent.ids import Ids
from agent.recorder.recorder import CONCLUDES_WITHIN_S as RECORDER_CONCLUDES_WITHIN_S
from agent.recorder.recorder import Recorder
from agent.recorder.veil import KEY_DIGITS
from agent.station.board_looks import BoardLooks
from agent.station.bundles import Bundles
from agent.station.counts import Counts
from agent.station.life import Life
from agent.station.load_keeper import CONCLUDES_WITHIN_S as LOAD_CONCLUDES_WITHIN_S
from agent.station.load_keeper import LoadKeeper
from agent.station.offline_look import OfflineLook
from agent.station.run_record import CONCLUDES_WITHIN_S as RUN_CONCLUDES_WITHIN_S
from agent.station.run_record import RunRecord
from agent.station.service_desk import ServiceDesk
from agent.station.standing_faults import CONCLUDES_WITHIN_S as FAULTS_CONCLUDE_WITHIN_S
from agent.station.standing_faults import StandingFaults
from agent.station.station import Station
from agent.station.verdict_history import VerdictHistory
from agent.station.wear import CONCLUDES_WITHIN_S as WEAR_CONCLUDES_WITHIN_S
from agent.station.wear import WearKeeper

if TYPE_CHECKING:
    from agent.station.evidence import Evidence
    from agent.station.verdicts import Verdicts

CONCLUDES_WITHIN_S = max(
    *(WEAR_CONCLUDES_WITHIN_S, RECORDER_CONCLUDES_WITHIN_S, RUN_CONCLUDES_WITHIN_S, LOAD_CONCLUDES_WITHIN_S),
    FAULTS_CONCLUDE_WITHIN_S,
)
"""Every last word, all at once: each waits for a disk of its own accord."""

VERDICTS_TOLD = 1_000
"""Of the ports, in the bundle."""
OF_EVIDENCE = ("versions.json", "config.json", "sessions.jsonl", "uptime.jsonl")
"""Parts of the bundle for support that belong to a claim, too."""


class Upkeep:
    """One object a run."""

    def __init__(
        self, station: Station, *, inline: bool = False, flush: bool = True, journalctl: Sequence[str] = ()
    ) -> None:
        self._station, self._inline = station, inline
        self.wear = WearKeeper(station, inline=inline, flush=flush, root=None if inline else ROOT)
        watchdog = None if inline else watchdog_began_this_boot(ROOT)
        self.crashes = Crashes(station.config.storage.path, station.config.control.socket.parent)
        self.record = RunRecord(station, self.crashes.collect(VERSION), inline=inline, watchdog=watchdog)
        self.boards = BoardLooks(station, self.wear, self.record)
        self.faults = StandingFaults(station)
        self.life, self.counts = Life(station), Counts(station.bus)
        station.deeds.do("run on record", self._begin)
        self.offline = OfflineLook(station)
        self.service = ServiceDesk(station, self.record, self.offline)
        self.load = LoadKeeper(station)
        self.recorder = Recorder(
            station.config.storage.path / "recorder",
            version=VERSION,
            # Not of a simulation's seed: what a recording is veiled with decides nothing.
            draw_key=lambda: Ids().letters("0123456789abcdef", KEY_DIGITS),
            inline=inline,
        )
        self.bundles = Bundles(station, self.recorder, journalctl)
        self.bundles.diagnostics.add("crashes.txt", self._crashes)
        self.verdicts = VerdictHistory(station, self._judge)
        self.bundles.diagnostics.add("health-history.jsonl", self._verdicts)
        self.mqtt: Callable[[], Mapping[str, Any]] = dict
        """How the health channel is doing, as JSON; empty where there is none. Given by the wiring."""

    @cached_property
    def evidence(self) -> Evidence:
        """For a claim under warranty; loaded when somebody makes one or asks what is worn."""
        from agent.station.evidence import Evidence

        made = Evidence(
            *(self._station, self.wear),
            recording=self.recorder.files,
            service=self.service.records,
            inline=self._inline,
        )
        for name in OF_EVIDENCE:
            made.add(name, partial(self.bundles.diagnostics.lines_of, name))
        return made

    async def _crashes(self) -> Iterable[str]:
        return self.crashes.lines()

    def _judge(self) -> Verdicts:
        from agent.station.verdicts import Verdicts

        return Verdicts(self.bundles.side(), self._station, self)

    async def _verdicts(self) -> Iterable[str]:
        from agent.station.diagnostics import as_lines

        return as_lines(await self.verdicts.told(VERDICTS_TOLD))

    async def _begin(self) -> None:
        """This run on record before anything that belongs to it; a disk that is full is told in the log."""
        await self.record.begin()
        await self.life.look()

    def session_changed(self, session: Session, _event: SessionEvent) -> None:
        """After each step of a connector; returns at once and does not fail."""
        self.wear.session_changed(session)
        self.boards.session_changed(session)
        self.load.session_changed(session)
        self.faults.session_changed(session)
        self.service.session_changed(session)

    def works(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What runs beside the connectors, by name; each may be started anew."""
        return {
            "wear": self.wear.run,
            "looks at pilot boards": self.boards.run,
            "recorder": self.recorder.run,
            "memory": self.life.watch_memory,
            "comings and goings": self.life.listen,
            "counts": self.counts.run,
            "load profile": self.load.run,
            "standing faults": self.faults.run,
            "verdicts": self.verdicts.run,
            "uptime": self.service.run,
            "look while offline": self.offline.run,
            "configuration": self.service.configuration.run,
            "samples of idle connectors": self._station.store.ledger.run,
        }

    async def conclude(self) -> None:
        """Their last words before the end of the program; CONCLUDES_WITHIN_S at most."""
        words = (self.record, self.load, self.faults, self.wear, self.recorder)
        await asyncio.gather(*(one.conclude() for one in words))
