"""A relay of a board keeps the contracts of a switch and, joined with a pilot, of a contactor; its inputs theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from agent.core.control_pilot import PilotState
from agent.core.identity import PlugIdentity
from agent.drivers.contract import ContactorBench, ContactorContract
from agent.drivers.input_contract import InputBench, InputContract
from agent.drivers.interfaces import DeviceFault, PilotReading
from agent.drivers.level import Level
from agent.drivers.modbus_relay import input as relay_input
from agent.drivers.modbus_relay.contactor import RelaySwitch
from agent.drivers.modbus_relay.input import RelayBoardInput
from agent.drivers.power_path.switched import SwitchedContactor
from agent.drivers.switch_contract import FedBackSwitchBench, FedBackSwitchContract, SwitchBench, SwitchContract
from agent.drivers.watching import first
from agent.errors import DriverError
from firmware_sim.relay_board import RelayBoard
from firmware_sim.virtual_loop import run
from tests.drivers.modbus_relay.bench import Bench, bench_of
from tests.drivers.modbus_relay.switch import NO_CONTACT, WORD
from tests.drivers.modbus_relay.switch import SwitchBench as Relay

PLUG = PlugIdentity("board", 1)


class AskingCar:
    """A `ControlPilot` whose car always asks for power and is offered some."""

    name = "asking car"

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def offer(self, current_a: float) -> None: ...

    async def stand(self, *, operative: bool, held_open: bool) -> None: ...

    def states(self) -> AsyncIterator[PilotReading]:
        reading = PilotReading(state=PilotState.C, plug=PLUG, high_v=6.0, low_v=-12.0, offered_a=16.0)
        return Level(reading).follow()

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        nothing: tuple[DeviceFault, ...] = ()
        return Level(nothing).follow()


class OnABoard:
    """What the benches have in common: the board goes away and comes back."""

    board: RelayBoard

    def follow(self) -> AsyncIterator[object]:
        raise NotImplementedError

    async def vanish(self) -> None:
        self.board.silent = True

    async def appear(self) -> None:
        self.board.silent = False
        async with asyncio.timeout(15.0):
            while True:
                try:
                    await first(self.follow())
                except DriverError:
                    await asyncio.sleep(1.0)
                else:
                    return

    async def watch(self) -> None:
        """As the station does."""
        while True:
            try:
                async for _ in self.follow():
                    pass
            except DriverError:
                await asyncio.sleep(1.0)


class SwitchSide(OnABoard, Relay):
    @property
    def driver(self) -> RelaySwitch:
        return self.switch

    def follow(self) -> AsyncIterator[object]:
        return self.switch.states()

    def is_driven(self) -> bool:
        return self.board.relays[0].closed

    def weld(self) -> None:
        self.contactor.weld()

    def block(self) -> None:
        self.contactor.block(True)

    def knock(self, closed: bool) -> None:
        if closed:
            self.contactor.weld(found_closed=True)
        else:
            self.contactor.block(True)


class ContactorSide(OnABoard, Relay):
    """As the station joins it."""

    def __init__(self, bench: Bench, **options: object) -> None:
        super().__init__(bench, **options)
        self.joined = SwitchedContactor(self.switch, AskingCar())

    @property
    def driver(self) -> SwitchedContactor:
        return self.joined

    def follow(self) -> AsyncIterator[object]:
        return self.switch.states()

    def is_permitted(self) -> bool:
        return self.board.relays[0].closed


class InputSide(OnABoard):
    """A contact at input 3 that rests closed."""

    def __init__(self, bench: Bench) -> None:
        self.board = bench.board
        self.board.senses[3] = lambda: True
        self.input = relay_input.create(WORD, relay_input.Options(bus="relays", channel=3), {"relays": bench.link})

    @property
    def driver(self) -> RelayBoardInput:
        return self.input

    def follow(self) -> AsyncIterator[object]:
        return self.input.states()

    def actuate(self, actuated: bool) -> None:
        self.board.senses[3] = lambda: not actuated

    def break_wire(self) -> None:
        del self.board.senses[3]


@asynccontextmanager
async def followed(side: Any, *others: Coroutine[Any, Any, None], missing: bool) -> AsyncIterator[None]:
    """The driver is open, and somebody follows it all the time."""
    side.board.silent = missing
    async with asyncio.TaskGroup() as tasks:
        await side.driver.open()
        running = [tasks.create_task(one) for one in (side.watch(), *others)]
        await asyncio.sleep(0.5)
        yield
        await side.driver.aclose()
        for task in running:
            task.cancel()


def with_side(make: Callable[[Bench], Any], family: str, test: Callable[[Any], Awaitable[None]], missing: bool) -> None:
    async def body() -> None:
        async with bench_of(family) as bench:
            side = make(bench)
            async with followed(side, missing=missing):
                await test(side)

    run(body())


class TestWaveshare(SwitchContract):
    family = "waveshare"

    def run(self, test: Callable[[SwitchBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_side(lambda bench: SwitchSide(bench, **NO_CONTACT, shortest_off_s=5.0), self.family, test, missing)


class TestEletechsup(TestWaveshare):
    family = "eletechsup"


class TestCoils(TestWaveshare):
    family = "coils"


class TestFedBackSwitch(FedBackSwitchContract):
    def run(self, test: Callable[[FedBackSwitchBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_side(SwitchSide, "waveshare-inputs", test, missing)


class TestInput(InputContract):
    def run(self, test: Callable[[InputBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_side(InputSide, "waveshare-inputs", test, missing)


class TestContactor(ContactorContract):
    def run(self, test: Callable[[ContactorBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def body() -> None:
            async with bench_of("waveshare-inputs") as bench:
                side = ContactorSide(bench)
                async with followed(side, side.joined.run(), missing=missing):
                    await test(side)

        run(body())
