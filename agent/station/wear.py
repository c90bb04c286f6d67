"""Keeps the wear record of this charger: hears each step of each session, and writes it down, not too often.

A flash that wears out is wear, too: what a fault did is written at once, what moved within five minutes, energy that
flows every two hours and at its end, and the hours that merely pass every six. A power cut costs at most so much, and
never lowers a number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.core.wear.counting import passed, stepped
from agent.core.wear.model import CHARGER, ENERGY, Part, PartKind, Wear, named, part_id, replaced
from agent.core.wear.supply import SupplySeen, looked
from agent.drivers.interfaces import IdentifiedMeter
from agent.errors import BadRequest, StoreError
from agent.security.disk import Disk
from agent.station.station import Station
from agent.station.storage_wear import STORAGE, StorageWear
from agent.store.wear_files import WearFiles

log = logging.getLogger(__name__)

CONCLUDES_WITHIN_S = 1.0
TURN_S = 60.0
MOVE_TURNS, FLOW_TURNS, IDLE_TURNS = 5, 120, 360
"""What moved waits so many turns, what energy added, and what only time did."""
T = TypeVar("T")


class WearKeeper:
    """One object a run. `warmest_c` tells the warmest sensor of the host now, None where there is none."""

    def __init__(self, station: Station, *, inline: bool = False, flush: bool = True, root: Path | None = None) -> None:
        """`root`: where the system tells of its storage; None: it is not looked at."""
        self._station = station
        self._files = WearFiles(station.config.storage.path, flush=flush)
        self._storage = StorageWear(station.config.storage.path, root)
        self._supply: dict[ConnectorId, SupplySeen] = {}
        self._disk = Disk()
        self._inline = inline
        self._before: dict[ConnectorId, Session] = {}
        self._is_grave = asyncio.Event()
        self._has_moved = self._has_flowed = False
        self._turns = 0
        self._credited_at = station.clock.now()
        self.warmest_c: Callable[[], float | None] = lambda: None
        found = self._files.read()
        wear = found.wear
        if found.problems and not wear.parts:
            wear = self._begun_anew(wear, "; ".join(found.problems))
        self.problems = found.problems
        self.kept = wear
        """As it stands on the disk: what a start after a power cut begins with, at the least."""
        self.wear = wear.more(CHARGER, "starts")

    def _begun_anew(self, wear: Wear, why: str) -> Wear:
        utc_ms = self._station.clock.now().utc_ms
        when = "at a time not known" if utc_ms is None else f"at {utc_ms} ms UTC"
        return Wear(parts=wear.parts, gaps=(*wear.gaps, f"counting began anew {when}, both copies were damaged: {why}"))

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once."""
        connector = session.connector
        before = self._before.get(connector)
        self._before[connector] = session
        if before is None or before is session:
            return
        wear = stepped(
            self.wear,
            before,
            session,
            rated_a=self._station.config.connector_current_a(connector),
            is_first=connector == min(self._station.connectors, default=connector),
            now=self._station.clock.now(),
        )
        wear = self._supply_looked_at(wear, before, session)
        if wear is self.wear:
            return
        moved = _without_energy(wear, connector) != _without_energy(self.wear, connector)
        self.wear, self._has_moved, self._has_flowed = wear, self._has_moved or moved, True
        if len(session.faults.faults) > len(before.faults.faults):
            self._is_grave.set()

    def _supply_looked_at(self, wear: Wear, before: Session, session: Session) -> Wear:
        sample, connector = session.last_sample, session.connector
        if sample is None or sample is before.last_sample:
            return wear
        wear, self._supply[connector] = looked(
            wear,
            part_id(PartKind.METER, int(connector)),
            self._supply.get(connector, SupplySeen()),
            sample,
            nominal_v=self._nominal_v,
            phases=self._station.config.phases,
        )
        return wear

    @cached_property
    def _nominal_v(self) -> float:
        """Of the country, between what a single-phase charger is connected to, or to neutral."""
        # With the first reading of a meter, and not at the start.
        from agent.config.countries import voltages_of

        voltages = voltages_of(self._station.config.site.country)
        return voltages.single_v if self._station.config.phases == 1 else voltages.three_v

    def counted(self, count: Callable[[Wear], Wear]) -> None:
        """What another has found of a part; on disk within minutes, as what a session tells."""
        wear = count(self.wear)
        self.wear, self._has_moved = wear, self._has_moved or wear != self.wear

    async def run(self) -> None:
        """Write what there is, for ever."""
        while True:
            try:
                async with asyncio.timeout(TURN_S):
                    await self._is_grave.wait()
            except TimeoutError:
                self._turns += 1
            self._credit()
            self._look_at_serials()
            due = MOVE_TURNS if self._has_moved else FLOW_TURNS if self._has_flowed else IDLE_TURNS
            if self._is_grave.is_set() or self._turns >= due:
                await self.flush()

    async def flush(self) -> None:
        """Both copies; what cannot be written is tried again, with a warning."""
        self._credit()
        self._is_grave.clear()
        await self._look_at_storage()
        wear = self.wear
        try:
            await self._do(lambda: self._files.write(wear))
        except OSError as error:
            log.warning("the wear of the parts was not written", extra={"error": error.strerror or str(error)})
            return
        self.kept = wear
        self._has_moved = self._has_flowed = self.wear is not wear
        self._turns = 0

    async def conclude(self) -> None:
        """The last word before the end of the program; CONCLUDES_WITHIN_S at most."""
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                await self.flush()
        except TimeoutError:
            log.warning("the wear of the parts was not written in time", extra={"limit_s": CONCLUDES_WITHIN_S})
        finally:
            self._disk.close()

    async def replaced(self, part: str, serial: str, model: str = "") -> Wear:
        """Another one was fitted; durable when it returns. Raises BadRequest and StoreError."""
        self._known(part)
        self.wear = replaced(self.wear, part, serial, self._station.clock.now().utc_ms, model)
        return await self._durable("the new part is counted from now on")

    async def named(self, part: str, serial: str, model: str) -> Wear:
        """Who it is that is fitted; its numbers go on. Durable when it returns. Raises BadRequest and StoreError."""
        self._known(part)
        known = self.wear.part(part).serial
        if serial and known and serial != known:
            raise BadRequest(
                f"{part} has the serial number {known}, and its counters are that part's. Where another one is fitted "
                f"now: evsectl evidence replace {part} {serial}"
            )
        self.wear = named(self.wear, part, serial, self._station.clock.now().utc_ms, model)
        return await self._durable("the part has its name")

    def _known(self, part: str) -> None:
        known = self.parts()
        if part not in known:
            raise BadRequest(f'"{part[:40]}" is no part of this charger; there are {", ".join(known)}')

    async def _durable(self, done: str) -> Wear:
        wear = self.wear
        try:
            await self._do(lambda: self._files.write(wear))
        except OSError as error:
            self._has_moved = True
            raise StoreError(
                f"{done}, but that is not on disk yet ({error.strerror or error}); "
                "make room on it, it is tried again every minute"
            ) from error
        self.kept = wear
        return self.wear

    def _look_at_serials(self) -> None:
        """Who the configuration and devices say they are. A device with another serial number is another device."""
        for part, serial, model in self._told():
            self._is_told(part, serial, model)

    def _told(self) -> Iterator[tuple[str, str, str]]:
        yield CHARGER, self._station.config.station.serial_number, ""
        for id, connector in self._station.connectors.items():
            meter = connector.devices.meter
            identity = meter.identity() if isinstance(meter, IdentifiedMeter) else None
            if identity is not None:
                yield part_id(PartKind.METER, int(id)), identity.serial_number, identity.model

    async def _look_at_storage(self) -> None:
        seen = await self._do(self._storage.look)
        self._is_told(STORAGE, seen.serial, seen.model)
        self.wear = self._storage.counted(self.wear, seen)

    def _is_told(self, part: str, serial: str, model: str) -> None:
        """Of the charger itself another serial number is a name in a file that was corrected."""
        known, utc_ms = self.wear.part(part).serial, self._station.clock.now().utc_ms
        if serial and known and serial != known and part != CHARGER:
            self.wear = replaced(self.wear, part, serial, utc_ms, model)
            self._station.tell("part.replaced", part=part, serial=serial, before=known)
            self._has_moved = True
        elif (wear := named(self.wear, part, serial, utc_ms, model)) is not self.wear:
            self.wear, self._has_moved = wear, True

    def parts(self) -> tuple[str, ...]:
        """All that are counted here, whether something happened to them or not."""
        config = self._station.config.board
        found = [CHARGER, STORAGE]
        for connector in config.connectors:
            kinds = [PartKind.CONTACTOR, PartKind.METER, PartKind.CABLE, PartKind.BOARD, PartKind.RESIDUAL]
            if "lock" in connector.drivers:
                kinds.append(PartKind.LOCK)
            found += [part_id(kind, int(connector.id)) for kind in PartKind if kind in kinds]
        return tuple(dict.fromkeys((*found, *self.wear.parts)))

    def lines(self) -> list[str]:
        """Both files as they lie; for a thread."""
        return list(self._files.lines())

    def _credit(self) -> None:
        now = self._station.clock.now()
        seconds = int(now.since(self._credited_at))
        if seconds <= 0:
            return
        self._credited_at = self._credited_at.plus(seconds)
        self.wear = passed(self.wear, seconds, tuple(self._station.sessions()), self.warmest_c())

    async def _do(self, work: Callable[[], T]) -> T:
        return work() if self._inline else await self._disk.do(work)


def _without_energy(wear: Wear, connector: ConnectorId) -> tuple[Mapping[str, Part], int]:
    meter = part_id(PartKind.METER, int(connector))
    counts = wear.part(meter).counts
    others = {id: part for id, part in wear.parts.items() if id != meter}
    return others, sum(count for name, count in counts.items() if name != ENERGY)
