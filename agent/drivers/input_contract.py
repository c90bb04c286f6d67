"""The contract, as contract.py has them, of a wire that says something: an emergency stop, a door."""

from __future__ import annotations

from typing import Protocol

from agent.drivers.contract import Bench, DriverContract
from agent.drivers.interfaces import Input
from agent.drivers.watching import becomes_unavailable, first, until


class InputBench(Bench, Protocol):
    """The contact of the bench rests closed."""

    @property
    def driver(self) -> Input: ...

    def actuate(self, actuated: bool) -> None:
        """Press it, open the door."""
        ...

    def break_wire(self) -> None:
        """The wire between contact and device is off."""
        ...


class InputContract(DriverContract[InputBench]):
    """Of `Input`."""

    def test_the_present_state_comes_first(self) -> None:
        async def look(bench: InputBench) -> None:
            assert await first(bench.driver.states()) is False
            bench.actuate(True)
            await until(bench.driver.states(), lambda active: active)

            assert await first(bench.driver.states()) is True

        self.run(look)

    def test_each_change_is_told(self) -> None:
        async def press(bench: InputBench) -> None:
            for actuated in (True, False, True):
                bench.actuate(actuated)
                await until(bench.driver.states(), lambda active: active is actuated)  # noqa: B023 - awaited here

        self.run(press)

    def test_a_broken_wire_of_a_contact_that_rests_closed_says_the_same_as_the_contact(self) -> None:
        async def break_it(bench: InputBench) -> None:
            assert await first(bench.driver.states()) is False
            bench.break_wire()
            await until(bench.driver.states(), lambda active: active)

        self.run(break_it)

    def test_an_input_that_goes_away_is_unavailable_and_comes_back_with_what_holds_then(self) -> None:
        async def lose(bench: InputBench) -> None:
            await first(bench.driver.states())
            await bench.vanish()
            assert "check" in await becomes_unavailable(bench.driver.states())
            bench.actuate(True)
            await bench.appear()

            assert await first(bench.driver.states()) is True

        self.run(lose)
