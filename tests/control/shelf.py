"""Reports behind the port of the verbs: sealed by the real shelf, on a real store in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from agent.config.model import StationConfig, StorageConfig
from agent.control.ports import BoardState, NetworkState
from agent.core.commissioning.report import Facts
from agent.core.commissioning.steps import Site
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.ids import Ids
from agent.station.evidence import Evidence
from agent.station.report_facts import facts
from agent.station.report_shelf import ReportShelf
from agent.station.wear import WearKeeper
from agent.store.reports import ReportRow
from agent.store.store import Store, open_store


@dataclass
class RoomClock:
    now: Callable[[], Instant]


@dataclass
class Room:
    """As much of a station as the shelf uses."""

    config: StationConfig
    store: Store
    clock: RoomClock
    told: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    connectors: Mapping[ConnectorId, object] = field(default_factory=dict)

    def sessions(self) -> Iterable[Session]:
        return ()

    def tell(self, name: str, **fields: object) -> None:
        self.told.append((name, fields))


def shelf_in(
    folder: Path, config: StationConfig, now: Callable[[], Instant], *, flush: bool = False
) -> tuple[ReportShelf, Room]:
    """On the store of that folder. Close it by `room.store.writer.drop()`."""
    store = open_store(folder, inline=True, flush=flush)
    config = replace(config, storage=StorageConfig(path=folder))
    room = Room(config=config, store=store, clock=RoomClock(now))

    def give(site: Site, made: Instant, before: ReportRow | None) -> Facts:
        boards = {1: BoardState(answering=True, firmware_version="1.4.0")}
        return facts(config, site, made, boards=boards, network=NetworkState(configured=True), before=before)

    return ReportShelf(room, give, ids=Ids(Random(7))), room  # type: ignore[arg-type]


def evidence_of(room: Room) -> Evidence:
    """On the store and in the folder of that room."""
    keeper = WearKeeper(room, inline=True, flush=False)  # type: ignore[arg-type]
    return Evidence(room, keeper, inline=True)  # type: ignore[arg-type]
