"""Lines of a GPIO chip between real processes: the chip is the world's, its lines the agent's."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tools.processes import Child
from tools.station import Bench, StationPlan, agent, bench, evsectl

pytestmark = pytest.mark.processes

Story = Callable[[Bench, Child], Awaitable[None]]


def charging(board: str, folder: Path, story: Story) -> None:
    """The story begins once energy flows."""

    async def told() -> None:
        plan = StationPlan(folder=folder, board=board, micropython="never")
        async with bench(plan) as running, agent(plan) as charger:
            await running.ask_csms.ask("wait", until="status", status="Available", connector=1)
            await running.ask_world.ask("plug_in", connector=1, ready_delay_s=0.2, draw_delay_s=0.2)
            await running.ask_csms.ask("wait", until="status", status="Preparing", connector=1)
            await running.ask_world.ask("swipe", token="04A1B2C3")
            await running.ask_world.ask("wait", until="charging", connector=1, timeout_s=20)
            await story(running, charger)

    asyncio.run(told())


def test_a_contactor_on_a_line_carries_a_charge_and_an_emergency_stop_ends_it(tmp_path: Path) -> None:
    async def story(running: Bench, charger: Child) -> None:
        await running.ask_world.ask("press", what="estop", for_s=60)
        await running.ask_world.ask("wait", until="dead", connector=1, timeout_s=2)
        await running.ask_csms.ask("wait", until="status", status="Faulted", connector=1)
        faults = (await evsectl(running.plan, "faults", "list"))["faults"]
        assert "safety.emergency_stop" in [fault["id"] for fault in faults]
        assert await charger.stop() == 0

    charging("sim-gpio", tmp_path, story)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_an_agent_that_stands_still_or_is_dead_is_cut_off(tmp_path: Path, how: signal.Signals) -> None:
    async def story(running: Bench, charger: Child) -> None:
        os.kill(charger.pid, how)
        try:
            await running.ask_world.ask("wait", until="dead", connector=1, timeout_s=2)
        finally:
            with suppress(ProcessLookupError):
                os.kill(charger.pid, signal.SIGKILL)

    charging("sim-openevse-cut-off", tmp_path, story)
