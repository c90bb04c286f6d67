"""What the watchdog of a whole charger watches: each vital task by its name, and none of the devices."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.identity import ConnectorId
from agent.drivers.pilot_board.control_pilot import BoardControlPilot
from agent.host.systemd import ServiceManager, Watchdog
from tests.simulation.stage import Charger, tell

LONGEST_BOUND_S = 120.0
LINKS = ("link gpio", "link pilot1", "link pilot2")
NAMES = ("connector 1", "meter 1", "link pilot", "limits", "store")


class Manager(ServiceManager):
    """Counts the pings and keeps the latest status line."""

    def __init__(self) -> None:
        super().__init__()
        self.pings = 0
        self.line = ""

    def ping(self) -> None:
        self.pings += 1

    def status(self, status: str) -> None:
        self.line = status


def overdue(charger: Charger) -> tuple[str, ...]:
    return charger.agent.progress.overdue(asyncio.get_running_loop().time())


def end_task(of: str) -> None:
    """End the task that runs the coroutine `of`, as a wait that never ends would, but at once."""
    (task,) = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == of]
    task.cancel()


async def halt(charger: Charger, name: str) -> None:
    """Make one vital part get nowhere any more."""
    match name.split()[0]:
        case "connector":
            end_task("_begin")
        case "meter":
            end_task("MeterWatch.run")
        case "limits":
            end_task("CurrentLimits.run")
        case "store":
            await charger.passes(1.0)
            charger.agent.station.store.writer.busy_since = asyncio.get_running_loop().time()
        case "link":
            # A board that talks would bring the link to talk: the alarm is what keeps it alive in silence.
            await charger.world("fault", name="link_cut", connector=1)
            await charger.passes(10.0)
            pilot = charger.agent.station.connectors[ConnectorId(1)].devices.pilot
            assert isinstance(pilot, BoardControlPilot)
            assert pilot._link._timer is not None
            pilot._link._timer.cancel()


def go_on(charger: Charger, name: str) -> None:
    """The end of a charger waits for its store."""
    if name == "store":
        charger.agent.station.store.writer._hand_over()


def test_every_vital_task_of_a_charger_is_watched_under_its_own_name() -> None:
    async def story(charger: Charger) -> None:
        names = [name for name, _, _ in charger.agent.progress.ages(0.0)]
        assert sorted(names) == sorted(["connector 1", "connector 2", "meter 1", "meter 2", *LINKS, "limits", "store"])

    tell(story, board="sim-dual")


@pytest.mark.parametrize("name", NAMES)
def test_each_of_them_stops_the_pings_when_it_is_stuck(name: str) -> None:
    async def story(charger: Charger) -> None:
        manager = Manager()
        watchdog = Watchdog(manager, charger.agent.progress, charger.stage.charger.clock)
        watchdog.look()
        assert manager.pings == 1
        await halt(charger, name)
        await charger.passes(LONGEST_BOUND_S + 10.0)
        watchdog.look()
        assert manager.pings == 1
        assert name in manager.line
        go_on(charger, name)

    tell(story)


@pytest.mark.parametrize(
    ("fault", "wire"),
    [
        ("link_cut", "pilot"),
        ("link_gone", "pilot"),
        ("serial_noise", "pilot"),
        ("mcu_hang", None),
        ("meter_silent", None),
        ("meter_garbage", None),
        ("link_gone", "meter"),
        ("serial_noise", "meter"),
    ],
)
def test_a_device_that_is_silent_or_talks_nonsense_stops_no_ping(fault: str, wire: str | None) -> None:
    given = {} if wire is None else {"wire": wire}

    async def story(charger: Charger) -> None:
        await charger.world("fault", name=fault, connector=1, **given)
        for _ in range(60):
            await charger.passes(5.0)
            assert overdue(charger) == ()

    tell(story)


def test_a_charger_that_rests_for_twenty_minutes_is_alive_all_the_time() -> None:
    async def story(charger: Charger) -> None:
        for _ in range(130):
            await charger.passes(9.0)
            assert overdue(charger) == ()

    tell(story)
