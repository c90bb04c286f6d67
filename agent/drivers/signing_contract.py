"""What every meter that signs must do beside measuring, as tests to inherit (`contract.py` says how)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from agent.core.signatures import Identification, SignedValue
from agent.drivers.contract import Bench, MeterContract
from agent.drivers.interfaces import SigningMeter
from agent.errors import DriverError, DriverUnavailable

WHO = Identification(kind="ISO14443", data="04A1B2C3", flags=("RFID_PLAIN",), place="DE*ABC*E1234*1")
SOMEBODY_ELSE = Identification(kind="ISO14443", data="04D4E5F6A7B8C9", flags=("RFID_PLAIN",))


class SigningBench(Bench, Protocol):
    @property
    def driver(self) -> SigningMeter: ...

    def now_s(self) -> float: ...

    def register_wh(self) -> int:
        """What the meter shows now."""
        ...

    def flows(self, energy_wh: int) -> None:
        """So much was drawn, at once."""
        ...

    def verifies(self, value: SignedValue) -> bool:
        """By somebody who knows the format and the meter's label, and nothing of the driver."""
        ...


class SigningMeterContract(MeterContract):
    """Of `SigningMeter`. The bench is a `SigningBench`."""

    def test_it_signs_the_register_it_shows_at_both_ends(self) -> None:
        async def charge(bench: SigningBench) -> None:
            begun = await bench.driver.sign_begin(WHO)
            assert begun.agrees_with(bench.register_wh())
            bench.flows(1230)
            ended = await bench.driver.sign_end(begun)

            assert ended.agrees_with(bench.register_wh())
            assert ended.signed_wh - begun.signed_wh == 1230
            assert bench.verifies(begun)
            assert bench.verifies(ended)
            assert bench.driver.public_key() == ended.public_key

        self.run(charge)  # type: ignore[arg-type]

    def test_what_it_signs_names_who_charged(self) -> None:
        async def charge(bench: SigningBench) -> None:
            begun = await bench.driver.sign_begin(WHO)
            ended = await bench.driver.sign_end(begun)

            assert WHO.data in begun.data
            assert WHO.data in ended.data

        self.run(charge)  # type: ignore[arg-type]

    def test_an_end_that_was_not_heard_is_given_again(self) -> None:
        async def ask_twice(bench: SigningBench) -> None:
            begun = await bench.driver.sign_begin(WHO)
            bench.flows(500)
            ended = await bench.driver.sign_end(begun)
            bench.flows(100)

            assert await bench.driver.sign_end(begun) == ended

        self.run(ask_twice)  # type: ignore[arg-type]

    def test_the_end_of_one_charge_is_never_given_for_another(self) -> None:
        async def confuse(bench: SigningBench) -> None:
            first = await bench.driver.sign_begin(WHO)
            bench.flows(500)
            await bench.driver.sign_end(first)
            second = await bench.driver.sign_begin(SOMEBODY_ELSE)
            bench.flows(300)
            ended = await bench.driver.sign_end(second)

            assert await _refused(bench.driver, first)
            assert ended.signed_wh - second.signed_wh == 300

        self.run(confuse)  # type: ignore[arg-type]

    def test_a_begin_that_nobody_ended_is_in_nobodys_way(self) -> None:
        async def begin_twice(bench: SigningBench) -> None:
            await bench.driver.sign_begin(WHO)
            bench.flows(10)
            begun = await bench.driver.sign_begin(SOMEBODY_ELSE)
            ended = await bench.driver.sign_end(begun)

            assert begun.agrees_with(bench.register_wh())
            assert SOMEBODY_ELSE.data in ended.data

        self.run(begin_twice)  # type: ignore[arg-type]

    def test_a_meter_that_is_away_signs_nothing_and_goes_on_when_it_is_back(self) -> None:
        async def lose_it(bench: SigningBench) -> None:
            begun = await bench.driver.sign_begin(WHO)
            await bench.vanish()
            assert await _refused(bench.driver, begun, DriverUnavailable)
            await bench.appear()
            bench.flows(200)
            ended = await bench.driver.sign_end(begun)

            assert ended.signed_wh - begun.signed_wh == 200

        self.run(lose_it)  # type: ignore[arg-type]

    def test_an_order_that_was_given_up_does_no_harm(self) -> None:
        async def give_up(bench: SigningBench) -> None:
            for patience_s in (0.03, 0.3, 0.5, 0.8):
                try:
                    async with asyncio.timeout(patience_s):
                        await bench.driver.sign_begin(WHO)
                except TimeoutError:
                    continue
            begun = await bench.driver.sign_begin(WHO)
            bench.flows(700)
            for patience_s in (0.03, 0.3, 0.5):
                try:
                    async with asyncio.timeout(patience_s):
                        await bench.driver.sign_end(begun)
                except TimeoutError:
                    continue
            ended = await bench.driver.sign_end(begun)

            assert ended.signed_wh - begun.signed_wh == 700

        self.run(give_up)  # type: ignore[arg-type]


async def _refused(meter: SigningMeter, begun: SignedValue, kind: type[DriverError] = DriverError) -> bool:
    try:
        await meter.sign_end(begun)
    except kind:
        return True
    return False
