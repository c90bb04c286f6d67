"""Contracts, as contract.py has them, of what switches in the power path: a plain switch, a cut-off."""

from __future__ import annotations

import asyncio
from typing import Protocol

from agent.core.control_pilot import ContactorState
from agent.drivers.contract import CLOSES_WITHIN_S, Bench, DriverContract
from agent.drivers.interfaces import CutOff, Switch
from agent.drivers.watching import becomes_unavailable, comes_true, first, refused, until

RESTS_AT_MOST_S = 15.0
"""Between two closings, by whatever the driver's options say."""
HELD_FOR_S = 30.0


class SwitchBench(Bench, Protocol):
    @property
    def driver(self) -> Switch: ...

    def is_driven(self) -> bool:
        """The coil has current."""
        ...


class FedBackSwitchBench(SwitchBench, Protocol):
    def weld(self) -> None:
        """The contacts do not open any more."""
        ...

    def block(self) -> None:
        """They do not close any more."""
        ...

    def knock(self, closed: bool) -> None:
        """They move by themselves, whatever the coil does."""
        ...


class CutOffBench(Bench, Protocol):
    @property
    def driver(self) -> CutOff: ...

    def is_closed(self) -> bool:
        """Current could flow through it."""
        ...

    def freeze(self) -> None:
        """The program stands still from now on, with everything as it is."""
        ...


class SwitchContract(DriverContract[SwitchBench]):
    """Of `Switch`, with or without feedback."""

    def test_it_begins_open(self) -> None:
        async def look(bench: SwitchBench) -> None:
            await first(bench.driver.states())
            assert not bench.is_driven()

        self.run(look)

    def test_it_closes_and_opens_as_it_is_told(self) -> None:
        async def switch(bench: SwitchBench) -> None:
            await first(bench.driver.states())
            for closed in (True, False):
                await bench.driver.set_closed(closed)
                await comes_true(lambda: bench.is_driven() is closed)  # noqa: B023 - awaited in this turn

        self.run(switch)

    def test_it_rests_between_two_closings_and_an_opening_does_not_wait(self) -> None:
        async def hurry(bench: SwitchBench) -> None:
            await first(bench.driver.states())
            await bench.driver.set_closed(True)
            await comes_true(bench.is_driven)
            await bench.driver.set_closed(False)
            await comes_true(lambda: not bench.is_driven())
            await bench.driver.set_closed(True)
            await bench.driver.set_closed(False)
            await asyncio.sleep(RESTS_AT_MOST_S)
            assert not bench.is_driven()
            await bench.driver.set_closed(True)
            await comes_true(bench.is_driven)

        self.run(hurry)

    def test_closing_the_driver_opens_it(self) -> None:
        async def close(bench: SwitchBench) -> None:
            await first(bench.driver.states())
            await bench.driver.set_closed(True)
            await comes_true(bench.is_driven)
            async with asyncio.timeout(CLOSES_WITHIN_S):
                await bench.driver.aclose()
            await comes_true(lambda: not bench.is_driven())

        self.run(close)

    def test_an_order_to_close_is_refused_while_the_device_is_away_and_not_carried_out_later(self) -> None:
        async def order_nobody(bench: SwitchBench) -> None:
            await first(bench.driver.states())
            await bench.driver.set_closed(True)
            await comes_true(bench.is_driven)
            await bench.vanish()
            assert "check" in await becomes_unavailable(bench.driver.states())
            await becomes_unavailable(bench.driver.faults())
            assert await refused(bench.driver.set_closed(True))

            await bench.appear()
            await first(bench.driver.states())
            await asyncio.sleep(RESTS_AT_MOST_S)

            assert not bench.is_driven()

        self.run(order_nobody)

    def test_it_has_no_faults_while_it_does_as_it_is_told(self) -> None:
        async def look(bench: SwitchBench) -> None:
            assert await first(bench.driver.faults()) == ()

        self.run(look)


class FedBackSwitchContract(DriverContract[FedBackSwitchBench]):
    """Of a `Switch` whose contacts tell where they are."""

    def test_the_contacts_are_told(self) -> None:
        async def switch(bench: FedBackSwitchBench) -> None:
            assert await first(bench.driver.states()) is ContactorState.OPEN
            await bench.driver.set_closed(True)
            await until(bench.driver.states(), lambda state: state is ContactorState.CLOSED)
            await bench.driver.set_closed(False)
            await until(bench.driver.states(), lambda state: state is ContactorState.OPEN)

        self.run(switch)

    def test_contacts_that_do_not_open_are_welded(self) -> None:
        async def weld(bench: FedBackSwitchBench) -> None:
            await first(bench.driver.states())
            await bench.driver.set_closed(True)
            await until(bench.driver.states(), lambda state: state is ContactorState.CLOSED)
            bench.weld()
            await bench.driver.set_closed(False)

            await until(bench.driver.states(), lambda state: state is ContactorState.WELDED)
            await self._has_fault(bench, "contactor.welded")
            await bench.driver.set_closed(True)
            await asyncio.sleep(RESTS_AT_MOST_S)
            assert not bench.is_driven()

        self.run(weld)

    def test_contacts_that_do_not_close_are_told_and_the_coil_is_let_go(self) -> None:
        async def block(bench: FedBackSwitchBench) -> None:
            await first(bench.driver.states())
            bench.block()
            await bench.driver.set_closed(True)

            await until(bench.driver.states(), lambda state: state is ContactorState.NO_CLOSE)
            await self._has_fault(bench, "contactor.no_close")
            await comes_true(lambda: not bench.is_driven())
            await bench.driver.set_closed(False)
            await until(bench.driver.faults(), lambda faults: faults == ())

        self.run(block)

    def test_contacts_that_open_by_themselves_are_told_and_not_closed_again(self) -> None:
        async def knock(bench: FedBackSwitchBench) -> None:
            await first(bench.driver.states())
            await bench.driver.set_closed(True)
            await until(bench.driver.states(), lambda state: state is ContactorState.CLOSED)
            await asyncio.sleep(2)
            bench.knock(False)

            await self._has_fault(bench, "contactor.opened_alone")
            bench.knock(True)
            await asyncio.sleep(RESTS_AT_MOST_S)
            assert not bench.is_driven()

        self.run(knock)

    def test_contacts_that_close_by_themselves_are_told(self) -> None:
        async def knock(bench: FedBackSwitchBench) -> None:
            await first(bench.driver.states())
            await asyncio.sleep(2)
            bench.knock(True)

            await self._has_fault(bench, "contactor.mismatch")
            assert not bench.is_driven()

        self.run(knock)

    async def _has_fault(self, bench: FedBackSwitchBench, id: str) -> None:
        faults = await until(bench.driver.faults(), lambda faults: [fault.id for fault in faults] == [id])
        assert "check" in str(dict(faults[0].evidence)["detail"])


class CutOffContract(DriverContract[CutOffBench]):
    """Of `CutOff`."""

    def test_nobody_holds_it_at_first(self) -> None:
        async def look(bench: CutOffBench) -> None:
            assert await first(bench.driver.faults()) == ()
            assert not bench.is_closed()

        self.run(look)

    def test_held_it_is_closed_for_as_long_as_it_is_held(self) -> None:
        async def hold(bench: CutOffBench) -> None:
            await first(bench.driver.faults())
            await bench.driver.hold(True)
            await comes_true(bench.is_closed)
            for _ in range(int(HELD_FOR_S / 0.05)):
                await asyncio.sleep(0.05)
                assert bench.is_closed()
            await bench.driver.hold(False)
            await comes_true(lambda: not bench.is_closed())

        self.run(hold)

    def test_it_opens_when_the_program_stands_still(self) -> None:
        async def freeze(bench: CutOffBench) -> None:
            await first(bench.driver.faults())
            await bench.driver.hold(True)
            await comes_true(bench.is_closed)
            bench.freeze()
            await comes_true(lambda: not bench.is_closed())

        self.run(freeze)

    def test_closing_the_driver_opens_it(self) -> None:
        async def close(bench: CutOffBench) -> None:
            await first(bench.driver.faults())
            await bench.driver.hold(True)
            await comes_true(bench.is_closed)
            await bench.driver.aclose()
            await comes_true(lambda: not bench.is_closed())

        self.run(close)

    def test_while_it_is_away_nobody_holds_it_and_later_it_is_not_held_again(self) -> None:
        async def lose(bench: CutOffBench) -> None:
            await first(bench.driver.faults())
            await bench.driver.hold(True)
            await comes_true(bench.is_closed)
            await bench.vanish()
            assert "check" in await becomes_unavailable(bench.driver.faults())
            assert await refused(bench.driver.hold(True))
            await comes_true(lambda: not bench.is_closed())

            await bench.appear()
            await asyncio.sleep(5)
            assert not bench.is_closed()
            await bench.driver.hold(True)
            await comes_true(bench.is_closed)

        self.run(lose)
