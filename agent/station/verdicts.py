"""The verdict of each port, drawn from what was looked at last: what every charger needs of its health all the time.

The document (health.py) is made when somebody asks, and what it takes beyond this is loaded then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from agent.config.controllers import controller_of
from agent.core.commissioning.model import Quantity
from agent.core.health.model import CertificateEnd, Judgement, PortSeen, Silent, StorageSeen, Surroundings
from agent.core.health.verdict import judged
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.drivers.aside import Aside, StillBusy
from agent.host import process, storage
from agent.station.certificate_ends import certificate_ends, longest_of_each

if TYPE_CHECKING:
    from agent.control.ports import ElementState
    from agent.station.control_side import ControlSide
    from agent.station.station import Station
    from agent.station.upkeep import Upkeep

LOOKS_WITHIN_S = 1.0
"""Of the two seconds that a whole document may take; what hangs is absent."""
FILES_EVERY_S = 3600.0
"""Certificates end by the day, and flash wears by the year."""
STARTING_S = 60.0
MB = 1_000_000


class Verdicts:
    """One object for each who asks; two do not see each other's looks."""

    def __init__(self, side: ControlSide, station: Station, upkeep: Upkeep) -> None:
        self._side, self._station, self._upkeep = side, station, upkeep
        self._aside = Aside()
        self._files_at: float | None = None
        self._wear: Mapping[str, Quantity] = {}
        self.certificates: tuple[CertificateEnd, ...] = ()
        self._elements: Mapping[str, ElementState] = {}
        self._room: process.Room | None = None

    def judgements(self) -> dict[int, Judgement]:
        """Of each port, by what was looked at last; returns at once."""
        around = self._around(self._side.now())
        return {int(one): self._judged(one, around) for one in self._side.connectors()}

    def _judged(self, connector: ConnectorId, around: Surroundings) -> Judgement:
        session, board = self._side.session(connector), self._side.board(connector)
        controller = controller_of(self._station.config.board, connector)
        failed = self._side.failed_start(connector)
        return judged(PortSeen(session=session, around=around, board=board, failed_start=failed, controller=controller))

    def _around(self, now: Instant) -> Surroundings:
        # Four times a minute for ever: what is needed of link and program, and not all that is told of them.
        station, life = self._station, self._upkeep.life
        return Surroundings(
            now=now,
            network=self._side.network(),
            runs_s=now.since(station.started_at),
            firmware_waits=self._side.firmware_waits(),
            is_planned=self._side.service.open_now() is not None,
            storage=self._storage_seen(),
            certificates=longest_of_each(self.certificates) if now.utc_ms is not None else (),
            crash_loop=life.crash_loop(),
            flaps=life.flaps(),
            silent=tuple(self._silent(now)),
            overdue=self._side.overdue(),
            clock_offset_s=self._side.clock_ahead_s,
            queue_fill=station.store.ledger.fill(),
        )

    def _storage_seen(self) -> StorageSeen:
        self._room = room = process.room_of(self._station.config.storage.path)
        worn, pre_eol = self._wear.get("life_used_percent"), self._wear.get("pre_eol")
        return StorageSeen(
            free_mb=None if room is None else room.free_bytes / MB,
            all_mb=None if room is None else room.total_bytes / MB,
            is_read_only=room is not None and room.is_read_only,
            worn_percent=worn if isinstance(worn, int) else None,
            pre_eol=str(pre_eol or ""),
        )

    def _silent(self, now: Instant) -> Iterator[Silent]:
        """Readers, locks, inputs and sensors; boards and meters have rules of their own, and a bus is theirs."""
        if now.since(self._station.started_at) < STARTING_S:
            return
        for place, state in self._elements.items():
            if state.problem and not place.startswith("bus."):
                words = place.split(".")
                port = int(words[1]) if words[0] == "connector" and words[1].isdecimal() else None
                yield Silent(name=place, detail=state.problem, port=port)

    # What is looked at.

    async def look_at_elements(self) -> None:
        """At readers, locks, inputs and sensors. Does not fail."""
        self._elements = await self._side.elements()

    async def look_at_files(self) -> None:
        """Once in FILES_EVERY_S, beside the loop: at certificates and at the wear of the storage. Does not fail."""
        now = self._side.now()
        if self._files_at is not None and now.monotonic_s - self._files_at < FILES_EVERY_S:
            return
        config, now_ms = self._station.config, now.utc_ms
        try:
            self._wear = await self._aside.call(lambda: storage.wear(config.storage.path, process.ROOT), LOOKS_WITHIN_S)
            if now_ms is not None:
                self.certificates = await self._aside.call(lambda: certificate_ends(config, now_ms), LOOKS_WITHIN_S)
        except (OSError, ValueError, TimeoutError, StillBusy):
            return
        self._files_at = now.monotonic_s if now_ms is not None else None
