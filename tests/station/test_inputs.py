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
from agent.station.inputs import FIRST_WORD_WITHIN_S, Inputs, PlacedInput
from firmware_sim.virtual_loop import run

ONE, TWO = ConnectorId(1), ConnectorId(2)
STOP, DOOR = InputMeans.EMERGENCY_STOP, InputMeans.DOOR


class PaperInput:
    """An `Input`; None is one that cannot be read. It is read for the first time `first_at_s` after the start."""

    def __init__(self, name: str, first_at_s: float = 0.0) -> None:
        self.name = name
        self.level: Level[bool | None] = Level(False)
        self._first_at_s = first_at_s

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def states(self) -> AsyncIterator[bool]:
        await asyncio.sleep(self._first_at_s - asyncio.get_running_loop().time())
        async for active in changes(self.level, self._present, lambda active: active):
            yield active

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
        (ONE, "safety.emergency_stop", False),
        (TWO, "safety.emergency_stop", False),
        (TWO, "enclosure.open", False),
        (ONE, "safety.emergency_stop", True),
        (TWO, "safety.emergency_stop", True),
        (TWO, "enclosure.open", True),
        (ONE, "safety.emergency_stop", False),
        (TWO, "safety.emergency_stop", False),
        (TWO, "enclosure.open", False),
    ]


def test_a_button_says_that_somebody_is_there_and_nothing_is_wrong() -> None:
    button = PaperInput("button")

    assert Desk(placed(button, InputMeans.BUTTON)).plays((button, True), (button, False)) == []


def test_a_wire_at_rest_says_so_once() -> None:
    assert Desk(placed(PaperInput("stop"), STOP, ONE)).plays() == [(ONE, "safety.emergency_stop", False)]


def test_no_stop_is_told_as_released_before_each_of_them_was_read() -> None:
    of_all, own, door = PaperInput("of all"), pressed(PaperInput("own", first_at_s=2.0)), PaperInput("door")
    desk = Desk(placed(of_all, STOP), placed(own, STOP, TWO), placed(door, DOOR, TWO))

    assert desk.plays((own, False)) == [
        (ONE, "safety.emergency_stop", False),
        (TWO, "enclosure.open", False),
        (TWO, "safety.emergency_stop", True),
        (TWO, "safety.emergency_stop", False),
    ]


def test_of_two_stops_that_are_pressed_one_that_is_released_ends_nothing() -> None:
    one, other = PaperInput("one"), PaperInput("other")
    desk = Desk(placed(one, STOP, ONE), placed(other, STOP, ONE))

    told = desk.plays((one, True), (other, True), (one, False), (other, False))

    assert [present for _, _, present in told] == [False, True, True, True, False]
    assert dict(desk.told[-2][1].evidence)["input"] == "other"


def test_a_wire_that_cannot_be_read_counts_as_active_and_says_so() -> None:
    stop = PaperInput("stop")
    desk = Desk(placed(stop, STOP, ONE))

    told = desk.plays((stop, None), (stop, False))

    assert [present for _, _, present in told] == [False, True, False]
    detail = str(dict(desk.told[1][1].evidence)["detail"])
    assert detail == "it cannot be read, and counts as active: it is gone; check its wire"


def test_a_board_without_wires_has_nothing_to_follow_and_nothing_to_wait_for() -> None:
    inputs = Inputs((), (ONE,), lambda *_: None)

    run(inputs.run())
    assert begins_after_s() == (0.0, [])


def begins_after_s(*wires: PaperInput) -> tuple[float, list[bool]]:
    """When connectors may begin, and whether what they were told until then was a fault."""
    told: list[bool] = []
    placed_wires = [placed(wire, STOP, ONE) for wire in wires]
    inputs = Inputs(placed_wires, (ONE, TWO), lambda _, fault: told.append(fault.present))

    async def start() -> float:
        task = asyncio.ensure_future(inputs.run())
        await asyncio.gather(inputs.heard(), inputs.heard())
        task.cancel()
        return asyncio.get_running_loop().time()

    return run(start()), told


def pressed(wire: PaperInput, active: bool | None = True) -> PaperInput:
    wire.level.set(active)
    return wire


def test_connectors_begin_once_every_input_was_read_and_without_a_false_alarm() -> None:
    assert begins_after_s(PaperInput("one"), PaperInput("other", first_at_s=2.5)) == (2.5, [False])


def test_a_stop_that_was_pressed_before_the_start_is_told_before_connectors_begin() -> None:
    assert begins_after_s(PaperInput("one"), pressed(PaperInput("other", first_at_s=2.5))) == (2.5, [True])


def test_an_input_that_says_it_cannot_be_read_is_not_waited_for() -> None:
    assert begins_after_s(pressed(PaperInput("stop"), None)) == (0.0, [True])


def test_an_input_that_says_nothing_counts_as_active_in_the_end() -> None:
    assert begins_after_s(PaperInput("stop", first_at_s=60.0)) == (FIRST_WORD_WITHIN_S, [True])


def test_an_input_that_was_waited_for_in_vain_rests_once_it_says_so() -> None:
    wire, told = PaperInput("stop", first_at_s=60.0), []
    inputs = Inputs([placed(wire, STOP, ONE)], (ONE,), lambda _, fault: told.append(fault))

    async def start() -> None:
        task = asyncio.ensure_future(inputs.run())
        await inputs.heard()
        await asyncio.sleep(60.0)
        task.cancel()

    run(start())
    assert [fault.present for fault in told] == [True, False]
    assert str(dict(told[0].evidence)["detail"]) == "it was not read yet, and counts as active; check its device"
