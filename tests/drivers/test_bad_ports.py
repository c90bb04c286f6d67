"""Every driver with a port of its own or a bus on one, against what an operating system does to ports: one table.

Each ends in DriverUnavailable with a sentence that names the next thing to check, and heals alone. GPIO chips and
sensors' files are no ports: what becomes of them stands in gpio/ and temperature_sensors/. What does not exist
in a combination is left out with its reason.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from agent.drivers import loader
from agent.drivers.interfaces import RunningBus
from agent.errors import DriverUnavailable
from agent.values import frozen
from firmware_sim import board_file, verbs
from firmware_sim.energy import MemoryRegisters
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.virtual_loop import run
from tests.drivers.ports import denied, held_by_another
from tests.drivers.world import FIRST_WH, LoopClock

HEALS_WITHIN_S = 40.0
"""Attempts are at most 5 s apart, and a meter is interviewed anew; a board shakes hands."""
TOLD_WITHIN_S = 40.0
CARD = "04A1B2C3"


@frozen(kw_only=True)
class Part:
    """`interface` of the driver to listen to, `wire` as the simulator calls it, `at` where its port is written."""

    board: str
    interface: str
    wire: str
    at: tuple[str, ...]


PARTS = {
    "pilot_board": Part(board="sim-single", interface="control_pilot", wire="pilot", at=("bus", "pilot")),
    "openevse": Part(board="sim-openevse", interface="control_pilot", wire="pilot", at=("bus", "evse")),
    "modbus_evse": Part(board="sim-simple-evse", interface="control_pilot", wire="meter", at=("bus", "rs485")),
    "modbus_rtu, a meter": Part(board="sim-single", interface="meter", wire="meter", at=("bus", "rs485")),
    "modbus_relay, an input": Part(board="sim-modbus-relay", interface="input", wire="meter", at=("bus", "rs485")),
    "sml": Part(board="sim-sml", interface="meter", wire="meter", at=("meter",)),
    "serial_ascii": Part(board="sim-single", interface="token_reader", wire="reader", at=("token_reader",)),
    "pn532": Part(board="sim-pn532", interface="token_reader", wire="reader", at=("token_reader",)),
    "keyboard": Part(board="sim-keyboard", interface="token_reader", wire="reader", at=("token_reader",)),
}


class Site:
    """A board's world, and the one driver of it that is looked at."""

    def __init__(self, rig: Rig, part: Part) -> None:
        self.rig = rig
        self.part = part
        tables = [(name, dict(table)) for name, table in rig.board["bus"].items()]
        self._buses = loader.create_buses((name, table.pop("kind"), table) for name, table in tables)
        table = {key: value for key, value in self._table().items() if key not in ("means", "place")}
        made = loader.create_driver(part.interface, table.pop("driver"), table, self._buses, LoopClock())
        self.driver: Any = made
        self._running: list[asyncio.Task[None]] = []

    @property
    def port(self) -> Path:
        """The device file."""
        head, *rest = self.part.at
        table = self.rig.board[head][rest[0]] if rest else self._table()
        return Path(table.get("port") or table["device"])

    async def open(self) -> None:
        for one in (*self._buses.values(), self.driver):
            await one.open()
        running = [bus for bus in self._buses.values() if isinstance(bus, RunningBus)]
        self._running = [asyncio.create_task(bus.run()) for bus in running]

    async def aclose(self) -> None:
        for task in self._running:
            task.cancel()
        for one in (self.driver, *self._buses.values()):
            await one.aclose()

    async def hears(self) -> None:
        """One word of the device. Raises DriverUnavailable; waits where there is nothing to be heard."""
        match self.part.interface:
            case "meter":
                await self.driver.read()
            case "token_reader":
                asyncio.get_running_loop().call_later(1.0, self.rig.world.readers[0].present, CARD)
                assert (await anext(aiter(self.driver.tokens()))).value == CARD
            case _:
                await anext(aiter(self.driver.states()))

    def _table(self) -> dict[str, Any]:
        board, name = self.rig.board, self.part.interface
        found = board[name] if name in board else board["connector"][0][name]
        return dict(found[0] if isinstance(found, list) else found)


@asynccontextmanager
async def site_of(part: Part) -> AsyncIterator[Site]:
    """Not open yet."""
    board = board_file.read(board_file.find(part.board))
    with tempfile.TemporaryDirectory() as folder:
        options = RigOptions(directory=Path(folder), seed=7, meter_wh=FIRST_WH, registers=MemoryRegisters())
        async with Rig(board, options) as rig:
            site = Site(rig, part)
            try:
                yield site
            finally:
                await site.aclose()


async def becomes_lost(site: Site) -> str:
    """Why it cannot be used, in the words of its driver."""
    async with asyncio.timeout(TOLD_WITHIN_S):
        while True:
            try:
                async with asyncio.timeout(5.0):
                    await site.hears()
            except DriverUnavailable as error:
                return error.what
            except TimeoutError:
                continue
            await asyncio.sleep(1.0)


async def becomes_well(site: Site) -> None:
    async with asyncio.timeout(HEALS_WITHIN_S):
        while True:
            with suppress(DriverUnavailable, TimeoutError):
                async with asyncio.timeout(5.0):
                    return await site.hears()
            await asyncio.sleep(1.0)


@contextmanager
def absent(port: Path) -> Iterator[None]:
    """No such file, as before an adapter is plugged in."""
    away = port.with_name(f"{port.name}.away")
    port.rename(away)
    try:
        yield
    finally:
        away.rename(port)


TROUBLES: dict[str, tuple[Callable[[Path], AbstractContextManager[None]], str]] = {
    "missing at the start": (absent, r"is not there; check (that|with|the)"),
    "denied": (denied, r"may not be opened by this user; add the user to the group of the device \(often \w+\)"),
    "held by another process": (held_by_another, r"is used by another program; stop that program"),
}
LEFT_OUT = {
    ("keyboard", "held by another process"): "its simulated device is a pipe, which knows no grab; "
    "token_readers/test_keyboard.py has what the kernel says of a real one",
}
"""Why a combination is not there."""


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", PARTS)
def test_a_port_that_is_not_to_be_had_is_told_with_what_to_check_and_taken_when_it_is(name: str, trouble: str) -> None:
    if (name, trouble) in LEFT_OUT:
        pytest.skip(LEFT_OUT[name, trouble])
    make, words = TROUBLES[trouble]

    async def body(site: Site, stack: AsyncExitStack) -> None:
        stack.enter_context(make(site.port))
        await site.open()
        told = await becomes_lost(site)
        await stack.aclose()

        assert re.search(words, told), told
        await becomes_well(site)

    played(PARTS[name], body)


@pytest.mark.parametrize("name", PARTS)
def test_a_port_that_is_pulled_out_is_told_with_what_to_check_and_taken_when_it_is_back(name: str) -> None:
    async def body(site: Site, _: AsyncExitStack) -> None:
        await site.open()
        await becomes_well(site)
        world, wire = site.rig.world, site.part.wire
        await verbs.perform(world, "fault", {"name": "link_gone", "connector": 1, "wire": wire})
        told = await becomes_lost(site)
        await verbs.perform(world, "heal", {})

        assert "check" in told
        await becomes_well(site)

    played(PARTS[name], body)


def played(part: Part, body: Callable[[Site, AsyncExitStack], Awaitable[None]]) -> None:
    async def told() -> None:
        async with site_of(part) as site, AsyncExitStack() as stack:
            await body(site, stack)

    run(told())


def test_what_is_left_out_is_in_the_table() -> None:
    assert all(name in PARTS and trouble in TROUBLES for name, trouble in LEFT_OUT)
