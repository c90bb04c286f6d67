"""A port that the operating system does not give: told by an EVSE controller's drivers, and taken when it is free.

Those of meters are in meters/test_bad_input.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from agent.drivers import loader
from agent.drivers.interfaces import ControlPilot
from agent.drivers.watching import becomes_unavailable, first
from firmware_sim.virtual_loop import run
from tests.drivers.ports import denied, held_by_another
from tests.drivers.world import LoopClock, charger

RETRIES_WITHIN_S = 16.0
BOARDS = {"sim-single": ("pilot", "pilot_board"), "sim-openevse": ("evse", "openevse")}
"""Name and kind of the bus to the controller."""
TROUBLES: dict[Callable[[Path], AbstractContextManager[None]], str] = {
    denied: "may not be opened by this user; add the user to the group of the device (often dialout)",
    held_by_another: "is used by another program; stop that program",
}


@asynccontextmanager
async def pilot_of(
    board: str, trouble: Callable[[Path], AbstractContextManager[None]]
) -> AsyncIterator[tuple[ControlPilot, AsyncExitStack]]:
    """The driver of a controller whose port is not to be had until the stack is closed."""
    async with charger(name=board) as site, AsyncExitStack() as stack:
        name, kind = BOARDS[board]
        bus = loader.create_bus(name, kind, {"port": site.port(name)})
        driver = loader.create_driver("control_pilot", kind, {"bus": name}, {name: bus}, LoopClock())
        stack.enter_context(trouble(Path(site.port(name))))
        await bus.open()
        await driver.open()
        try:
            yield driver, stack  # type: ignore[misc]  # the loader does not know which interface it was asked for
        finally:
            await driver.aclose()
            await bus.aclose()


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
@pytest.mark.parametrize("board", BOARDS)
def test_a_port_that_is_not_to_be_had_is_told_and_taken_when_it_is(
    board: str, trouble: Callable[[Path], AbstractContextManager[None]]
) -> None:
    async def body() -> None:
        async with pilot_of(board, trouble) as (pilot, stack):
            await asyncio.sleep(RETRIES_WITHIN_S)
            told = await becomes_unavailable(pilot.states())
            await stack.aclose()
            await asyncio.sleep(RETRIES_WITHIN_S)

            assert told.endswith(TROUBLES[trouble])
            assert not (await first(pilot.states())).state.plugged

    run(body())
