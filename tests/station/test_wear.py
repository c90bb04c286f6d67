"""How often the wear of the parts is written: at once after a fault, soon after a move, seldom while energy flows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.core.control_pilot import ContactorState
from agent.core.identity import ConnectorId
from agent.core.quantities import MeterIdentity
from agent.core.session.model import Session
from agent.station import wear as room
from agent.station.wear import WearKeeper
from agent.store.wear_files import WearFiles
from firmware_sim.virtual_loop import run
from tests.core.session.station import charging
from tests.core.wear.test_counting import with_fault
from tests.station.desk import Desk

ONE = ConnectorId(1)


class Written(WearFiles):
    """Counts."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, flush=False)
        self.times = 0

    def write(self, wear: object) -> None:
        self.times += 1
        super().write(wear)  # type: ignore[arg-type]


@pytest.fixture
def charged() -> Session:
    return charging().session


def keeper(desk: Desk, meter: object = None) -> tuple[WearKeeper, Written]:
    for id, outlet in desk.outlets.items():
        outlet.devices = SimpleNamespace(meter=meter if id == ONE else None)  # type: ignore[attr-defined]
    made = WearKeeper(desk.station, inline=True, flush=False)
    files = Written(desk.station.config.storage.path)
    made._files = files
    return made, files


def test_a_charge_of_hours_is_written_every_other_hour_and_a_move_within_five_minutes(
    tmp_path: Path, charged: Session
) -> None:
    async def story() -> None:
        desk = Desk(tmp_path)
        kept, files = keeper(desk)
        task = asyncio.ensure_future(kept.run())
        kept.session_changed(charged)
        session = charged
        for minute in range(480):
            session = replace(session, last_register_wh=(session.last_register_wh or 0) + 180 + minute)
            kept.session_changed(session)
            await asyncio.sleep(60)
        flowing = files.times
        kept.session_changed(replace(session, contactor=ContactorState.OPEN))
        await asyncio.sleep(301)
        moved = files.times
        task.cancel()

        assert flowing in (3, 4)
        assert moved == flowing + 1

    run(story())


def test_a_fault_is_on_disk_at_once(tmp_path: Path, charged: Session) -> None:
    async def story() -> None:
        kept, files = keeper(Desk(tmp_path))
        task = asyncio.ensure_future(kept.run())
        kept.session_changed(charged)
        kept.session_changed(with_fault("rcd.dc_trip", charged))
        await asyncio.sleep(0.01)
        task.cancel()

        assert files.times == 1
        assert files.read().wear.count("rcm:1", "trips_dc") == 1

    run(story())


def test_hours_that_merely_pass_are_written_every_six_of_them(tmp_path: Path) -> None:
    async def story() -> None:
        kept, files = keeper(Desk(tmp_path))
        task = asyncio.ensure_future(kept.run())
        await asyncio.sleep(13 * 3_600)
        task.cancel()

        assert files.times == 2
        assert files.read().wear.count("charger", "power_on_s") >= 12 * 3_600 - 2 * room.TURN_S

    run(story())


class Meter:
    """Tells who it is."""

    def __init__(self) -> None:
        self.serial = ""

    def identity(self) -> MeterIdentity | None:
        return MeterIdentity(model="M", serial_number=self.serial) if self.serial else None

    async def read(self) -> None: ...
    async def open(self) -> None: ...
    async def aclose(self) -> None: ...

    name = "meter"


def test_a_meter_that_tells_another_serial_number_begins_at_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        desk, meter = Desk(tmp_path), Meter()
        kept, _ = keeper(desk, meter)
        kept.wear = kept.wear.more("meter:1", "energy_wh", 500)
        kept._look_at_serials()
        meter.serial = "A-1"
        kept._look_at_serials()
        named = kept.wear.part("meter:1")
        meter.serial = ""
        kept._look_at_serials()
        meter.serial = "B-2"
        kept._look_at_serials()

        assert (named.serial, named.counts) == ("A-1", {"energy_wh": 500})
        assert (kept.wear.part("meter:1").serial, dict(kept.wear.part("meter:1").counts)) == ("B-2", {})
        assert kept.wear.retired[-1].part == named
        assert [one.name for one in desk.news() if one.name == "part.replaced"] == ["part.replaced"]

    run(story())
