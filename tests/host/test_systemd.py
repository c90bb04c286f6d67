"""The notify protocol against a real datagram socket, and the watchdog on the virtual clock."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.core.time import Instant
from agent.host.systemd import LONGEST_STATUS, LOOK_EVERY_S, ServiceManager, Watchdog
from agent.supervise import Progress
from firmware_sim.virtual_loop import run

WATCHDOG_S = 10.0
BOUND_S = 3.0


class Listener:
    """The service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self._socket.setblocking(False)
        self.address = address

    def heard(self) -> list[str]:
        """Every datagram since the last question."""
        datagrams = []
        while True:
            try:
                datagrams.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return datagrams

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(str(tmp_path / "notify"))
    yield listener
    listener.close()


class LoopClock:
    def now(self) -> Instant:
        return Instant(asyncio.get_running_loop().time())


def test_each_look_tells_by_how_much_it_came_too_late() -> None:
    late: list[float] = []

    async def story() -> None:
        watchdog = Watchdog(ServiceManager(), Progress(), LoopClock(), when_late=late.append)
        task = asyncio.ensure_future(watchdog.run())
        await asyncio.sleep(3 * LOOK_EVERY_S + 0.1)
        task.cancel()

    run(story())

    assert late == [0.0, 0.0, 0.0]


def manager_of(listener: Listener, **variables: str) -> ServiceManager:
    return ServiceManager.from_environment({"NOTIFY_SOCKET": listener.address, **variables})


async def for_a_while(endless: Coroutine[Any, Any, None], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await endless
    except TimeoutError:
        pass


def test_the_start_is_told_with_a_line_for_a_person(listener: Listener) -> None:
    manager_of(listener).ready("2 connectors available")

    assert listener.heard() == ["READY=1\nSTATUS=2 connectors available"]


def test_status_ping_and_end_are_datagrams_of_their_own_in_order(listener: Listener) -> None:
    manager = manager_of(listener)

    manager.status("charging on 1")
    manager.ping()
    manager.stopping("waiting for the contactor")

    assert listener.heard() == ["STATUS=charging on 1", "WATCHDOG=1", "STOPPING=1\nSTATUS=waiting for the contactor"]


def test_a_status_can_neither_smuggle_a_key_nor_grow_without_bound(listener: Listener) -> None:
    manager_of(listener).status("first\nWATCHDOG=1\r" + "x" * 1000)

    (datagram,) = listener.heard()
    assert datagram.startswith("STATUS=first WATCHDOG=1 x")
    assert len(datagram) == len("STATUS=") + LONGEST_STATUS


def test_an_abstract_socket_is_reached_by_its_leading_at_sign() -> None:
    listener = Listener(f"@evse-agent-test-{os.getpid()}")

    manager_of(listener).ping()

    assert listener.heard() == ["WATCHDOG=1"]
    listener.close()


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_without_a_usable_socket_telling_does_nothing(environment: Mapping[str, str]) -> None:
    manager = ServiceManager.from_environment(environment)

    manager.ready("here")
    manager.ping()
    manager.close()


def test_a_service_manager_that_went_away_is_reported_once_and_heard_again_later(
    listener: Listener, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manager = manager_of(listener)
    listener.close()
    Path(listener.address).unlink()

    for _ in range(5):
        manager.ping()
    returned = Listener(listener.address)
    manager.ping()

    assert [record.message for record in caplog.records] == ["service manager could not be told"]
    assert returned.heard() == ["WATCHDOG=1"]
    returned.close()


def test_a_service_manager_that_does_not_read_blocks_nobody(listener: Listener) -> None:
    manager = manager_of(listener)

    for _ in range(5000):
        manager.ping()

    assert 0 < len(listener.heard()) < 5000


@pytest.mark.parametrize(
    ("variables", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_time_counts_only_where_it_is_set_for_this_process(
    listener: Listener, variables: dict[str, str], watchdog_s: float | None
) -> None:
    assert manager_of(listener, **variables).watchdog_s == watchdog_s


def test_pings_come_at_half_the_time_while_every_vital_task_gets_somewhere(listener: Listener) -> None:
    async def scene() -> None:
        progress = Progress()
        vital = progress.vital("connector 1", BOUND_S, 0.0)
        watchdog = Watchdog(ServiceManager(listener.address, WATCHDOG_S), progress, LoopClock())
        async with asyncio.TaskGroup() as group:
            stamps = group.create_task(stamp_for_ever(vital.stamp))
            await for_a_while(watchdog.run(), 41.0)
            stamps.cancel()

    run(scene())

    assert listener.heard() == ["WATCHDOG=1"] * 9


async def stamp_for_ever(stamp: Callable[[float], None]) -> None:
    while True:
        stamp(asyncio.get_running_loop().time())
        await asyncio.sleep(1.0)


def test_a_stuck_task_stops_the_pings_and_is_named_once(listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        progress = Progress()
        progress.vital("pilot link", BOUND_S, 0.0)
        progress.vital("store", 1000.0, 0.0)
        watchdog = Watchdog(ServiceManager(listener.address, WATCHDOG_S), progress, LoopClock(), told.append)
        await for_a_while(watchdog.run(), 60.0)

    told: list[tuple[str, ...]] = []
    run(scene())

    assert told == [("pilot link",)]
    assert listener.heard() == ["WATCHDOG=1", "STATUS=stuck: pilot link"]
    assert [record.message for record in caplog.records] == ["vital task is stuck"]


def test_a_loop_that_merely_turns_is_not_alive_and_a_task_that_goes_on_brings_the_status_back(
    listener: Listener,
) -> None:
    async def scene() -> None:
        progress = Progress()
        vital = progress.vital("pilot link", BOUND_S, 0.0)
        watchdog = Watchdog(ServiceManager(listener.address, WATCHDOG_S), progress, LoopClock())
        watchdog.say("ready")
        await for_a_while(watchdog.run(), 6.0)
        watchdog.say("charging on 1")
        vital.stamp(asyncio.get_running_loop().time())
        watchdog.look()

    run(scene())

    assert listener.heard() == [
        "STATUS=ready",
        "WATCHDOG=1",
        "STATUS=stuck: pilot link",
        "WATCHDOG=1",
        "STATUS=charging on 1",
    ]


def test_the_same_status_is_not_told_twice(listener: Listener) -> None:
    watchdog = Watchdog(ServiceManager(listener.address), Progress(), LoopClock())

    watchdog.say("ready")
    watchdog.say("ready")

    assert listener.heard() == ["STATUS=ready"]


def test_who_is_stuck_is_logged_also_without_a_service_manager(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        progress = Progress()
        progress.vital("pilot link", BOUND_S, 0.0)
        await for_a_while(Watchdog(ServiceManager(), progress, LoopClock()).run(), LOOK_EVERY_S + 1)

    with caplog.at_level(logging.ERROR):
        run(scene())

    assert [getattr(record, "tasks", None) for record in caplog.records] == ["pilot link"]
