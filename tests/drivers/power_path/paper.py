"""Pilot, contactor and cut-off on paper: small working ones, whose levels a test sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import AssembledContactor, DeviceFault, PilotReading
from agent.drivers.level import Level, changes
from agent.errors import DriverUnavailable
from firmware_sim.virtual_loop import run

PLUG = PlugIdentity("boot", 1)


class PaperDevice:
    """What all have in common: a name, and whether it can be reached."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reached: Level[bool] = Level(True)
        self.closings = 0

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        self.closings += 1

    def require(self) -> None:
        if not self.reached.value:
            raise DriverUnavailable(self.name, "it is gone; check its paper")

    async def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        async for _ in self.reached.follow():
            self.require()
            yield ()


class PaperPilot(PaperDevice):
    """A `ControlPilot`."""

    def __init__(self) -> None:
        super().__init__("pilot")
        self.reading: Level[PilotReading | None] = Level(reading(PilotState.A))

    async def offer(self, current_a: float) -> None:
        """Nobody charges by it."""

    async def stand(self, *, operative: bool, held_open: bool) -> None:
        """Nobody stands before it."""

    def states(self) -> AsyncIterator[PilotReading]:
        return changes(self.reading, self._present, lambda told: told)

    def tell(self, told: PilotReading | None) -> None:
        """None: it falls silent."""
        self.reading.set(told)

    def _present(self, told: PilotReading | None) -> PilotReading:
        if told is None:
            raise DriverUnavailable(self.name, "it is silent; check its paper")
        return told


def reading(state: PilotState, offered_a: float = 0.0, plug: PlugIdentity | None = PLUG) -> PilotReading:
    return PilotReading(state=state, plug=plug if state.plugged else None, high_v=None, low_v=None, offered_a=offered_a)


class PaperSwitch(PaperDevice):
    """A `Switch` that does as it is told."""

    def __init__(self) -> None:
        super().__init__("switch")
        self.closed: Level[bool] = Level(False)
        self.refusals = 0
        """Closings that it will not take."""

    async def set_closed(self, closed: bool) -> None:
        if closed:
            self.require()
        if closed and self.refusals:
            self.refusals -= 1
            raise DriverUnavailable(self.name, "it did not take it; check its paper")
        self.closed.set(closed)

    async def states(self) -> AsyncIterator[ContactorState]:
        while True:
            self.require()
            yield ContactorState.CLOSED if self.closed.value else ContactorState.OPEN
            await asyncio.sleep(0.01)


class PaperContactor(PaperDevice):
    """A `Contactor` whose state the test tells."""

    def __init__(self) -> None:
        super().__init__("contactor")
        self.permitted = False
        self.refuses = False
        self.state: Level[ContactorState | None] = Level(ContactorState.OPEN)

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        if permitted and (self.refuses or self.state.value is None):
            raise DriverUnavailable(self.name, "it is gone; check its paper")
        self.permitted = permitted

    def states(self) -> AsyncIterator[ContactorState]:
        return changes(self.state, self._present, lambda state: state)

    def _present(self, state: ContactorState | None) -> ContactorState:
        if state is None:
            raise DriverUnavailable(self.name, "it is gone; check its paper")
        return state


class PaperCutOff(PaperDevice):
    """A `CutOff`."""

    def __init__(self) -> None:
        super().__init__("cut-off")
        self.held = False
        self.holds = 0

    async def hold(self, held: bool) -> None:
        if held:
            self.require()
        self.held = held
        self.holds += held


def kept(contactor: AssembledContactor, story: Callable[[], Awaitable[None]]) -> None:
    """The story beside the contactor's own task, which ends with it."""

    async def told() -> None:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(contactor.run())
            await asyncio.sleep(0.1)
            await story()
            task.cancel()
        await contactor.aclose()

    run(told())
