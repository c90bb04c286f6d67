"""What every implementation of an interface must do, as tests to inherit.

A test class of a driver derives from the contract of its interface and says in `run` how to build a bench: the driver
opened, and its device within reach, real or simulated, under whatever clock. The running agent never imports this.

    class TestBoardContactor(ContactorContract):
        def run(self, test, *, missing=False): ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from agent.core.control_pilot import MIN_OFFER_A, ContactorState, PilotState
from agent.core.identity import IdToken
from agent.core.session.effects import Signal
from agent.drivers.interfaces import Contactor, ControlPilot, Driver, Indicator, Meter, TokenReader
from agent.drivers.watching import REPORTS_WITHIN_S, becomes_unavailable, comes_true, first, refused, until
from agent.errors import DriverUnavailable

CLOSES_WITHIN_S = 1.0
LEAST_RATED_A = 32.0
"""Every board in question may offer as much; it takes less than it is asked for where it is rated lower."""
CARD = "04A1B2C3D4E5F6"


class DriverBench(Protocol):
    @property
    def driver(self) -> Driver: ...


class Bench(Protocol):
    """The device behind a driver."""

    async def vanish(self) -> None:
        """The device cannot be reached from now on."""
        ...

    async def appear(self) -> None:
        """It can again; returns when the driver had time to notice."""
        ...


class ContactorBench(Bench, Protocol):
    @property
    def driver(self) -> Contactor: ...

    def is_permitted(self) -> bool:
        """What the device believes now."""
        ...


class ControlPilotBench(Bench, Protocol):
    step_a: float
    """The device's own steps between two offers; what lies between is rounded down."""

    @property
    def driver(self) -> ControlPilot: ...

    async def permit(self) -> None:
        """Whatever a device needs beside an offer to make one."""
        ...

    def plug_in(self) -> None: ...

    def plug_out(self) -> None: ...

    def offered_a(self) -> float:
        """What a car reads from the pilot now."""
        ...


class MeterBench(Bench, Protocol):
    @property
    def driver(self) -> Meter: ...

    def now_s(self) -> float:
        """Of the clock that stamps the samples."""
        ...

    def register_wh(self) -> int:
        """What the meter shows now."""
        ...


class TokenReaderBench(Bench, Protocol):
    @property
    def driver(self) -> TokenReader: ...

    def present(self, card: str) -> None:
        """Hold a card with this number before the reader, once."""
        ...


class IndicatorBench(Protocol):
    @property
    def driver(self) -> Indicator: ...

    async def shown(self) -> Signal | None:
        """What a person sees once the device had time for it."""
        ...


B = TypeVar("B", bound=DriverBench)


class Contract(Generic[B]):
    """`run` builds the bench with the driver open, awaits `test` on it, and closes everything.

    With `missing` the device is away before the driver is opened.
    """

    def run(self, test: Callable[[B], Awaitable[None]], *, missing: bool = False) -> None:
        raise NotImplementedError


class DriverContract(Contract[B]):
    """What all have in common."""

    def test_a_missing_device_is_no_error_of_opening(self) -> None:
        async def nothing_more(bench: B) -> None: ...

        self.run(nothing_more, missing=True)

    def test_it_has_a_name_for_messages(self) -> None:
        async def named(bench: B) -> None:
            assert bench.driver.name

        self.run(named)

    def test_closing_is_quick_and_may_be_repeated(self) -> None:
        async def close_twice(bench: B) -> None:
            async with asyncio.timeout(CLOSES_WITHIN_S):
                await bench.driver.aclose()
                await bench.driver.aclose()

        self.run(close_twice)
        self.run(close_twice, missing=True)


class ContactorContract(DriverContract[ContactorBench]):
    """Of `Contactor`."""

    def test_the_present_state_comes_first(self) -> None:
        async def look_twice(bench: ContactorBench) -> None:
            assert await first(bench.driver.states()) is ContactorState.OPEN
            assert await first(bench.driver.states()) is ContactorState.OPEN

        self.run(look_twice)

    def test_a_permission_is_given_and_taken_back(self) -> None:
        async def permit(bench: ContactorBench) -> None:
            await first(bench.driver.states())
            for permitted in (True, False):
                await bench.driver.permit(permitted)
                await comes_true(lambda: bench.is_permitted() is permitted)  # noqa: B023 - awaited in this turn

        self.run(permit)

    def test_closing_the_driver_takes_the_permission_back(self) -> None:
        async def close(bench: ContactorBench) -> None:
            await first(bench.driver.states())
            await bench.driver.permit(True)
            await comes_true(bench.is_permitted)

            await bench.driver.aclose()

            await comes_true(lambda: not bench.is_permitted())

        self.run(close)

    def test_a_permission_refused_while_the_device_is_away_is_not_given_later(self) -> None:
        async def permit_nobody(bench: ContactorBench) -> None:
            await first(bench.driver.states())
            await bench.vanish()
            await becomes_unavailable(bench.driver.states())

            assert await refused(bench.driver.permit(True))

            await bench.appear()
            assert not bench.is_permitted()

        self.run(permit_nobody)

    def test_a_withdrawal_counts_also_while_the_device_is_away(self) -> None:
        async def withdraw(bench: ContactorBench) -> None:
            await first(bench.driver.states())
            await bench.driver.permit(True)
            await comes_true(bench.is_permitted)
            await bench.vanish()
            await becomes_unavailable(bench.driver.states())

            await refused(bench.driver.permit(False))

            await bench.appear()
            assert not bench.is_permitted()

        self.run(withdraw)


class ControlPilotContract(DriverContract[ControlPilotBench]):
    """Of `ControlPilot`."""

    def test_the_present_state_comes_first(self) -> None:
        async def look(bench: ControlPilotBench) -> None:
            bench.plug_in()
            await until(bench.driver.states(), lambda reading: reading.state is PilotState.B)

            assert (await first(bench.driver.states())).state is PilotState.B

        self.run(look)

    def test_each_insertion_of_a_plug_has_its_own_identity(self) -> None:
        async def plug_twice(bench: ControlPilotBench) -> None:
            plugs = []
            for _ in range(2):
                bench.plug_in()
                plugged = await until(bench.driver.states(), lambda reading: reading.state.plugged)
                plugs.append(plugged.plug)
                bench.plug_out()
                free = await until(bench.driver.states(), lambda reading: reading.state is PilotState.A)
                assert free.plug is None
            assert None not in plugs
            assert plugs[0] != plugs[1]

        self.run(plug_twice)

    def test_an_offer_is_never_more_than_was_asked_for(self) -> None:
        async def offer(bench: ControlPilotBench) -> None:
            bench.plug_in()
            await until(bench.driver.states(), lambda reading: reading.state.plugged)
            await bench.permit()

            for current_a in (LEAST_RATED_A, 16.18, MIN_OFFER_A):
                await bench.driver.offer(current_a)
                told = await until(
                    bench.driver.states(),
                    lambda reading: current_a - bench.step_a - 0.01 <= reading.offered_a <= current_a,  # noqa: B023
                )
                assert told.offered_a <= current_a
                assert current_a - bench.step_a - 0.4 <= bench.offered_a() <= current_a + 1e-6
            await bench.driver.offer(0)
            await until(bench.driver.states(), lambda reading: reading.offered_a == 0)
            assert bench.offered_a() == 0

        self.run(offer)

    def test_more_than_before_is_refused_while_the_device_is_away_and_less_is_kept(self) -> None:
        async def offer_nobody(bench: ControlPilotBench) -> None:
            bench.plug_in()
            await until(bench.driver.states(), lambda reading: reading.state.plugged)
            await bench.permit()
            await bench.driver.offer(16)
            await comes_true(lambda: bench.offered_a() > 0)
            await bench.vanish()
            await becomes_unavailable(bench.driver.states())

            await refused(bench.driver.offer(10))
            assert await refused(bench.driver.offer(32))

            await bench.appear()
            assert bench.offered_a() <= 10

        self.run(offer_nobody)

    def test_what_no_duty_cycle_can_say_is_our_own_mistake(self) -> None:
        async def offer_nonsense(bench: ControlPilotBench) -> None:
            await first(bench.driver.states())
            for current_a in (-1.0, 0.1, 5.9, 80.1, float("nan"), float("inf")):
                try:
                    await bench.driver.offer(current_a)
                except ValueError:
                    continue
                raise AssertionError(f"{current_a} A was taken")

        self.run(offer_nonsense)

    def test_closing_the_driver_ends_the_offer(self) -> None:
        async def close(bench: ControlPilotBench) -> None:
            bench.plug_in()
            await until(bench.driver.states(), lambda reading: reading.state.plugged)
            await bench.permit()
            await bench.driver.offer(16)
            await comes_true(lambda: bench.offered_a() > 0)

            await bench.driver.aclose()

            await comes_true(lambda: bench.offered_a() == 0)

        self.run(close)

    def test_a_device_that_goes_away_is_unavailable_until_it_is_back(self) -> None:
        async def lose(bench: ControlPilotBench) -> None:
            await first(bench.driver.states())
            await first(bench.driver.faults())
            await bench.vanish()

            reason = await becomes_unavailable(bench.driver.states())
            await becomes_unavailable(bench.driver.faults())

            assert "check" in reason
            await bench.appear()
            assert (await first(bench.driver.states())).state is PilotState.A

        self.run(lose)


class MeterContract(DriverContract[MeterBench]):
    """Of `Meter`."""

    def test_a_reading_tells_the_register_and_the_time_of_its_reception(self) -> None:
        async def read(bench: MeterBench) -> None:
            for _ in range(3):
                asked_s = bench.now_s()
                sample = await bench.driver.read()
                assert sample.register_wh == bench.register_wh()
                assert asked_s <= sample.at.monotonic_s <= bench.now_s()

        self.run(read)

    def test_a_meter_that_goes_away_is_unavailable_and_says_what_to_check(self) -> None:
        async def lose(bench: MeterBench) -> None:
            await bench.driver.read()
            await bench.vanish()
            try:
                async with asyncio.timeout(REPORTS_WITHIN_S):
                    await bench.driver.read()
            except DriverUnavailable as error:
                assert "check" in error.what
            else:
                raise AssertionError("a meter that is away was read")

        self.run(lose)

    def test_a_meter_that_is_back_is_read_again(self) -> None:
        async def return_(bench: MeterBench) -> None:
            await bench.vanish()
            assert await refused(bench.driver.read())
            await bench.appear()

            assert (await bench.driver.read()).register_wh == bench.register_wh()

        self.run(return_)


class TokenReaderContract(DriverContract[TokenReaderBench]):
    """Of `TokenReader`. Cards that a reader of this kind can read."""

    card = CARD
    other_card = "DEADBEEF"

    def test_a_card_is_told_as_upper_case_hexadecimal_digits(self) -> None:
        async def present(bench: TokenReaderBench) -> None:
            tokens = bench.driver.tokens()
            asyncio.get_running_loop().call_later(1.0, lambda: bench.present(self.card.lower()))

            assert (await first(tokens)).value == self.card

        self.run(present)

    def test_a_card_that_lies_on_the_reader_is_told_once(self) -> None:
        async def repeat(bench: TokenReaderBench) -> None:
            loop = asyncio.get_running_loop()
            for n in range(20):
                loop.call_later(0.5 * n, lambda: bench.present(self.card))
            loop.call_later(11.0, lambda: bench.present(self.other_card))
            told: list[IdToken] = []

            async for token in bench.driver.tokens():
                told.append(token)
                if token.value != self.card:
                    break

            assert [token.value for token in told] == [self.card, self.other_card]

        self.run(repeat)

    def test_a_reader_that_is_away_is_unavailable_and_says_what_to_check(self) -> None:
        async def lose(bench: TokenReaderBench) -> None:
            reason = await becomes_unavailable(bench.driver.tokens())
            assert "check" in reason
            await bench.appear()
            asyncio.get_running_loop().call_later(1.0, lambda: bench.present(self.card))
            assert (await first(bench.driver.tokens())).value == self.card

        self.run(lose, missing=True)


class IndicatorContract(DriverContract[IndicatorBench]):
    """Of `Indicator`."""

    def test_every_signal_is_shown(self) -> None:
        async def show(bench: IndicatorBench) -> None:
            for signal in Signal:
                await bench.driver.show(signal)
                assert await bench.shown() is signal

        self.run(show)
