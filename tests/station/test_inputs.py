"""What the wires of the cabinet say reaches the connectors they concern; what cannot be read says the worst."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from agent.config.model import InputMeans
from agent.core.faults.model import Witness
from agent.core.identity import ConnectorId
from agent.core.session.events import FaultObserved
from agent.drivers.level import Level, changes
from agent.errors import DriverUnavailable
from agent.station.inputs import Inputs, PlacedInput
from firmware_sim.virtual_loop import run

ONE, TWO = ConnectorId(1), ConnectorId(2)
STOP, DOOR = InputMeans.EMERGENCY_STOP, InputMeans.DOOR


class PaperInput:
    """An `Input`; None is one that cannot be read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.level: Level[bool | None] = Level(False)

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    def states(self) -> AsyncIterator[bool]:
        return changes(self.level, self._present, lambda active: active)

    def _present(self, active: bool | None) -> bool:
        if active is None:
            raise DriverUnavailable(self.name, "it is gone; check its wire")
        return active


class Desk:
    """Two connectors, and what was told to each."""

    def __init__(self, *inputs: PlacedInput) -> None:
        self.told: list[tuple[ConnectorId, FaultObserved]] = []
        self._inputs = Inputs(inputs, (ONE, TWO), lambda connector, fault: self.told.append((connector, fault)))

    def plays(self, *steps: tuple[PaperInput, bool | None]) -> list[tuple[ConnectorId, str, bool]]:
        async def play() -> None:
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(self._inputs.run())
                for wire, level in steps:
                    await asyncio.sleep(3.0)
                    wire.level.set(level)
                await asyncio.sleep(3.0)
                task.cancel()

        run(play())
        assert all(fault.witness is Witness.INPUT for _, fault in self.told)
        return [(connector, fault.id, fault.present) for connector, fault in self.told]


def placed(wire: PaperInput, means: InputMeans, connector: ConnectorId | None = None) -> PlacedInput:
    return PlacedInput(key=wire.name, means=means, connector=connector, driver=wire)


def test_a_wire_of_the_station_concerns_every_connector_and_one_of_a_connector_only_that() -> None:
    stop, door = PaperInput("stop"), PaperInput("door")
    desk = Desk(placed(stop, STOP), placed(door, DOOR, TWO))

    assert desk.plays((stop, True), (door, True), (stop, False), (door, False)) == [
        (ONE, "safety.emergency_stop", True),
        (TWO, "safety.emergency_stop", True),
        (TWO, "enclosure.open", True),
        (ONE, "safety.emergency_stop", False),
        (TWO, "safety.emergency_stop", False),
        (TWO, "enclosure.open", False),
    ]


def test_a_wire_at_rest_says_nothing() -> None:
    assert Desk(placed(PaperInput("stop"), STOP)).plays() == []


def test_of_two_stops_that_are_pressed_one_that_is_released_ends_nothing() -> None:
    one, other = PaperInput("one"), PaperInput("other")
    desk = Desk(placed(one, STOP, ONE), placed(other, STOP, ONE))

    told = desk.plays((one, True), (other, True), (one, False), (other, False))

    assert [present for _, _, present in told] == [True, True, True, False]
    assert dict(desk.told[-2][1].evidence)["input"] == "other"


def test_a_wire_that_cannot_be_read_counts_as_active_and_says_so() -> None:
    stop = PaperInput("stop")
    desk = Desk(placed(stop, STOP, ONE))

    told = desk.plays((stop, None), (stop, False))

    assert [present for _, _, present in told] == [True, False]
    detail = str(dict(desk.told[0][1].evidence)["detail"])
    assert detail == "it cannot be read, and counts as active: it is gone; check its wire"


def test_a_board_without_wires_has_nothing_to_follow() -> None:
    run(Inputs((), (ONE,), lambda *_: None).run())
