"""Each temperature sensor is read at its own pace, and each connector hears what concerns it, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.clock import Clock
from agent.core.faults.model import Witness
from agent.core.faults.register import FaultRegister
from agent.core.heat.places import HeatPlace
from agent.core.limits import LimitSource
from agent.core.session.events import FaultObserved, LimitChanged
from agent.drivers.interfaces import TemperatureSample
from agent.errors import DriverUnavailable
from agent.station.building import PlacedSensor
from agent.station.temperatures import CYCLE_S, SENSOR_BOUND_S, Temperatures
from agent.supervise import Progress
from tests.station.desk import ONE, TWO, Desk, at_desk


class PaperSensor:
    """Says `celsius`, None for silence, after `takes_s`; counts how often it was asked."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.celsius: float | None = 30.0
        self.takes_s = 0.0
        self.readings = 0
        self._clock = clock

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def read(self) -> TemperatureSample:
        self.readings += 1
        await asyncio.sleep(self.takes_s)
        if self.celsius is None:
            raise DriverUnavailable(self.name, "no answer; check its wiring")
        return TemperatureSample(celsius=self.celsius, at=self._clock.now())


class Watched:
    """A desk with a sensor in the station's cabinet and one at the terminal of the first connector."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.cabinet, self.terminal = PaperSensor("cabinet", desk.clock), PaperSensor("terminal", desk.clock)
        self.progress = Progress()
        sensors = (
            PlacedSensor(key="temperature_sensor.1", place=HeatPlace.BOARD, connector=None, driver=self.cabinet),
            PlacedSensor(
                key="connector.1.temperature_sensor.1",
                place=HeatPlace.TERMINAL,
                connector=ONE,
                driver=self.terminal,
            ),
        )
        self.temperatures = Temperatures(desk.station, sensors, self.progress)

    async def passes(self, seconds: float) -> None:
        """So long they are read."""
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.temperatures.run())
            await asyncio.sleep(seconds)
            running.cancel()

    def said(self, connector: object) -> list[str]:
        """What was posted to a connector, in short."""
        return [
            f"{event.id} {event.present}" if isinstance(event, FaultObserved) else f"{event.current_a}"
            for event in self.desk.outlets[connector].posted  # type: ignore[index]  # a ConnectorId
            if isinstance(event, FaultObserved | LimitChanged)
        ]


def test_a_sensor_that_is_slow_holds_up_no_other(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = Watched(desk)
        at.terminal.takes_s = 8.0

        await at.passes(40 * CYCLE_S)

        assert at.cabinet.readings >= 40
        assert at.terminal.readings == 25

    at_desk(tmp_path, story)


def test_nobody_is_told_anything_while_all_is_cool(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = Watched(desk)
        await at.passes(600.0)

        assert at.said(ONE) == at.said(TWO) == []
        assert desk.news() == []

    at_desk(tmp_path, story)


def remembering(desk: Desk, *ids: str) -> None:
    """The program begins anew, and a sensor had seen these at the first connector."""
    register, now = FaultRegister(), desk.clock.now()
    for id in ids:
        register = register.observe(id, present=True, evidence=(), now=now, witness=Witness.TEMPERATURE_SENSOR)
    desk.outlets[ONE].becomes(faults=FaultRegister.restored(register.latched(), now, register.standing()))


def test_heat_that_was_over_before_the_start_is_told_as_absent_once_all_sensors_were_read_enough(
    tmp_path: Path,
) -> None:
    async def story(desk: Desk) -> None:
        remembering(desk, "temp.terminal_stop", "temp.sensor")
        at = Watched(desk)
        await at.passes(1.9 * CYCLE_S)
        assert at.said(ONE) == []

        await at.passes(600.0)
        assert at.said(ONE) == ["temp.terminal_stop False", "temp.sensor False"]
        assert at.said(TWO) == []
        assert desk.outlets[ONE].session.faults.remembered == ()

    at_desk(tmp_path, story)


def test_a_terminal_that_is_still_hot_after_the_start_is_the_same_occurrence(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        remembering(desk, "temp.terminal_stop")
        at = Watched(desk)
        at.terminal.celsius = 120.0
        await at.passes(60.0)

        assert "temp.terminal_stop True" in at.said(ONE)
        assert "temp.terminal_stop False" not in at.said(ONE)
        (fault,) = (one for one in desk.outlets[ONE].session.faults.faults if one.kind.id == "temp.terminal_stop")
        assert fault.count == 1

    at_desk(tmp_path, story)


def test_a_sensor_that_tells_nothing_has_missed_nothing(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        remembering(desk, "temp.terminal_stop")
        at = Watched(desk)
        at.terminal.celsius = None
        await at.passes(120.0)

        assert [one.id for one in desk.outlets[ONE].session.faults.remembered] == ["temp.terminal_stop"]

    at_desk(tmp_path, story)


def test_a_sensor_of_the_station_concerns_every_connector_and_one_of_a_connector_only_that(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = Watched(desk)
        at.terminal.celsius = None
        await at.passes(60.0)
        assert at.said(ONE) == ["16.0", "temp.sensor True"]
        assert at.said(TWO) == []
        assert desk.outlets[ONE].session.limits.effective().source is LimitSource.THERMAL

        at.cabinet.celsius = 75.0
        await at.passes(60.0)
        assert "temp.board_derate True" in at.said(ONE)
        assert "temp.board_derate True" in at.said(TWO)

    at_desk(tmp_path, story)


def test_what_passes_is_taken_back(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = Watched(desk)
        at.cabinet.celsius = 72.0
        await at.passes(30.0)
        at.cabinet.celsius = 40.0
        await at.passes(600.0)

        assert at.said(TWO)[-1] == "None"
        assert [word for word in at.said(TWO) if word.startswith("temp")] == [
            "temp.board_derate True",
            "temp.board_derate False",
        ]

    at_desk(tmp_path, story)


def test_a_lost_sensor_and_its_return_are_news_once_each(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = Watched(desk)
        for celsius in (None, 30.0):
            at.cabinet.celsius = celsius
            await at.passes(120.0)

        names = [news.name for news in desk.news() if news.name.startswith("sensor.")]
        assert names == ["sensor.lost", "sensor.returned"]

    at_desk(tmp_path, story)


def test_a_sensor_that_never_ends_to_answer_is_lost_and_its_task_goes_on(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = Watched(desk)
        at.terminal.takes_s = 1e6

        await at.passes(3 * SENSOR_BOUND_S)

        assert "temp.sensor True" in at.said(ONE)
        assert at.progress.overdue(desk.clock.now().monotonic_s) == ()

    at_desk(tmp_path, story)
