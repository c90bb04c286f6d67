"""The switch of channel 1 with a contactor at its relay, whose mirror contact feeds input 2, and who follows both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent.core.control_pilot import ContactorState
from agent.drivers.interfaces import DeviceFault
from agent.drivers.modbus_relay import contactor
from agent.drivers.power_path.contacts import Feedback
from agent.errors import DriverError
from firmware_sim.contactor import Contactor
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tests.drivers.modbus_relay.bench import Bench, bench_of

WORD = "modbus_relay on relays"
NO_CONTACT: Mapping[str, Any] = {"feedback": Feedback.NONE, "feedback_input": None}


class SwitchBench:
    """`seen` are the states that were told, "away" among them; `faults` the sets of faults."""

    def __init__(self, bench: Bench, **options: object) -> None:
        self.bench = bench
        self.board = bench.board
        self.contactor = Contactor(Timeline(asyncio.get_running_loop()), lambda: None)
        self.board.wires[1] = self.contactor.drive
        self.board.senses[2] = lambda: self.contactor.mirror_open
        has_contact = {"feedback": Feedback.NORMALLY_CLOSED, "feedback_input": 2}
        chosen = {"channel": 1, **has_contact, "shortest_off_s": 0.0, **options}
        made = contactor.Options(bus="relays", **chosen)  # type: ignore[arg-type]
        self.switch = contactor.create(WORD, made, {"relays": bench.link})
        self.seen: list[ContactorState | str] = []
        self.faults: list[tuple[DeviceFault, ...]] = []

    @property
    def is_closed(self) -> bool:
        return self.contactor.main_closed

    @property
    def fault_ids(self) -> list[str]:
        """Of those that are there now."""
        return [fault.id for fault in self.faults[-1]]

    async def follow_states(self) -> None:
        while True:
            try:
                async for state in self.switch.states():
                    self.seen.append(state)
            except DriverError:
                self.seen.append("away")
            await asyncio.sleep(1.0)

    async def follow_faults(self) -> None:
        while True:
            try:
                async for faults in self.switch.faults():
                    self.faults.append(faults)
            except DriverError:
                await asyncio.sleep(1.0)


def tell(story: Callable[[SwitchBench], Awaitable[None]], family: str = "waveshare-inputs", **options: Any) -> None:
    """Run it two seconds after the board was met."""

    async def body() -> None:
        async with bench_of(family) as bench, asyncio.TaskGroup() as tasks:
            side = SwitchBench(bench, **options)
            followers = [tasks.create_task(side.follow_states()), tasks.create_task(side.follow_faults())]
            await asyncio.sleep(2.0)
            await story(side)
            await side.switch.aclose()
            for follower in followers:
                follower.cancel()

    run(body())
