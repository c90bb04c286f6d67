"""The drivers of GPIO lines keep the contracts of their interfaces, at the chip."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from agent.drivers.contactors import gpio_relay
from agent.drivers.cut_offs import gpio_pulse
from agent.drivers.cut_offs.gpio_pulse import PulsedCutOff
from agent.drivers.input_contract import InputBench, InputContract
from agent.drivers.inputs import gpio as gpio_input
from agent.drivers.inputs.gpio import GpioInput
from agent.drivers.power_path.contacts import Feedback
from agent.drivers.switch_contract import (
    CutOffBench,
    CutOffContract,
    FedBackSwitchBench,
    FedBackSwitchContract,
    SwitchBench,
    SwitchContract,
)
from firmware_sim.contactor import Contactor
from firmware_sim.gpio_devices import Contact, PulseRelay
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tests.drivers.gpio.bench import NOTICES_WITHIN_S, ChipBench, chip_bench

COIL, MIRROR, DOOR, PULSE = "GPIO5", "GPIO6", "GPIO13", "GPIO19"
PULSE_S = 0.1


class DeviceBench:
    """A device of the world at the chip of `site`."""

    def __init__(self, site: ChipBench) -> None:
        self.site = site
        self.chip = site.chip
        self.timeline = Timeline(asyncio.get_running_loop())

    async def vanish(self) -> None:
        self.chip.vanish()

    async def appear(self) -> None:
        self.chip.appear()
        await asyncio.sleep(NOTICES_WITHIN_S)


class RelayBench(DeviceBench):
    """A contactor with a mirror contact to ground."""

    def __init__(self, site: ChipBench, feedback: Feedback) -> None:
        super().__init__(site)
        self.contactor = Contactor(self.timeline, self._moved)
        self._contact = Contact(self.chip, MIRROR, rests_closed=feedback is not Feedback.NORMALLY_OPEN)
        self.chip.feel(COIL, self.contactor.drive)
        line = None if feedback is Feedback.NONE else MIRROR
        options = gpio_relay.Options(bus="gpio", line=COIL, feedback=feedback, feedback_line=line)
        self.driver: gpio_relay.GpioRelay = gpio_relay.create("relay", options, {"gpio": site.bus})

    def _moved(self) -> None:
        self._contact.actuate(not self.contactor.mirror_open)

    def is_driven(self) -> bool:
        return self.chip.is_high(COIL)

    def weld(self) -> None:
        self.contactor.weld()

    def block(self) -> None:
        self.contactor.block(True)

    def knock(self, closed: bool) -> None:
        self._contact.actuate(closed)


class CutOffOnALine(DeviceBench):
    """A relay behind a monostable."""

    def __init__(self, site: ChipBench) -> None:
        super().__init__(site)
        self.relay = PulseRelay(self.timeline, PULSE_S, lambda: None)
        self.chip.feel(PULSE, self.relay.pulse)
        options = gpio_pulse.Options(bus="gpio", line=PULSE, pulse_ms=round(PULSE_S * 1000))
        self.driver: PulsedCutOff = gpio_pulse.create("cut-off", options, {"gpio": site.bus})

    def is_closed(self) -> bool:
        return self.relay.is_closed

    def freeze(self) -> None:
        """Nothing of what the program still does reaches the line."""
        self.chip.feel(PULSE, lambda _: None)


class DoorOnALine(DeviceBench):
    """A contact that rests closed, as the wiring of an emergency stop or of a door."""

    def __init__(self, site: ChipBench) -> None:
        super().__init__(site)
        self._contact = Contact(self.chip, DOOR, rests_closed=True)
        options = gpio_input.Options(bus="gpio", line=DOOR)
        self.driver: GpioInput = gpio_input.create("door", options, {"gpio": site.bus})

    def actuate(self, actuated: bool) -> None:
        self._contact.actuate(actuated)

    def break_wire(self) -> None:
        self._contact.break_wire(True)


B = TypeVar("B", RelayBench, CutOffOnALine, DoorOnALine)


@asynccontextmanager
async def opened(make: Callable[[ChipBench], B], *, missing: bool) -> AsyncIterator[B]:
    async with chip_bench(missing=missing) as site:
        bench = make(site)
        await site.bus.open()
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()


def with_bench(make: Callable[[ChipBench], B], test: Callable[[B], Awaitable[None]], *, missing: bool) -> None:
    async def told() -> None:
        async with opened(make, missing=missing) as bench:
            await test(bench)

    run(told())


class TestRelayWithoutFeedback(SwitchContract):
    def run(self, test: Callable[[SwitchBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_bench(lambda site: RelayBench(site, Feedback.NONE), test, missing=missing)


class TestRelayWithAMirrorContact(SwitchContract):
    def run(self, test: Callable[[SwitchBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_bench(lambda site: RelayBench(site, Feedback.NORMALLY_CLOSED), test, missing=missing)


class TestFeedbackOfAMirrorContact(FedBackSwitchContract):
    def run(self, test: Callable[[FedBackSwitchBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_bench(lambda site: RelayBench(site, Feedback.NORMALLY_CLOSED), test, missing=missing)


class TestFeedbackOfAMakeContact(FedBackSwitchContract):
    def run(self, test: Callable[[FedBackSwitchBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_bench(lambda site: RelayBench(site, Feedback.NORMALLY_OPEN), test, missing=missing)


class TestCutOff(CutOffContract):
    def run(self, test: Callable[[CutOffBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_bench(CutOffOnALine, test, missing=missing)


class TestInput(InputContract):
    def run(self, test: Callable[[InputBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_bench(DoorOnALine, test, missing=missing)
