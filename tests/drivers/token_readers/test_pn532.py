"""Cards at a PN532 that is well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from agent.drivers.contract import TokenReaderBench, TokenReaderContract
from agent.drivers.watching import first
from agent.errors import DriverError
from firmware_sim.virtual_loop import run
from tests.drivers.token_readers.pn532_bench import CARD, ReaderBench, reader_bench, some, with_a_reader


class TestPn532Reader(TokenReaderContract):
    def run(self, test: Callable[[TokenReaderBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def at_the_wire() -> None:
            async with reader_bench(missing=missing) as bench:
                await test(bench)

        run(at_the_wire())


# --- cards


def test_a_reader_may_tell_the_last_byte_first() -> None:
    async def present(bench: ReaderBench) -> None:
        assert await bench.next_card() == "F6E5D4C3B2A104"

    with_a_reader(present, reverse_bytes=True)


def test_a_card_shown_before_anybody_listens_is_told_while_it_lies_there() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.present(CARD)
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_the_same_card_later_is_another_presentation() -> None:
    async def present_twice(bench: ReaderBench) -> None:
        for at_s in (1.0, 9.0):
            bench.later(at_s, lambda: bench.present(CARD))
        told = [int(bench.loop.time()) async for _ in some(bench.driver.tokens(), 2)]
        assert told == [1, 9]

    with_a_reader(present_twice)


def test_the_number_of_a_phone_is_told_and_flagged_as_drawn_at_random(caplog: pytest.LogCaptureFixture) -> None:
    async def present(bench: ReaderBench) -> None:
        for at_s, number in ((1.0, "08A1B2C3"), (2.0, "04A1B2C3")):
            bench.later(at_s, lambda number=number: bench.present(number))  # type: ignore[misc]
        told = [(token.value, token.is_random) async for token in some(bench.driver.tokens(), 2)]
        assert told == [("08A1B2C3", True), ("04A1B2C3", False)]

    with caplog.at_level(logging.INFO):
        with_a_reader(present)
    assert [record.getMessage() for record in caplog.records] == ["shown number is drawn at random, as phones do"]


@pytest.mark.parametrize("octets", [1, 2, 7])
def test_frames_in_pieces_are_read(octets: int) -> None:
    async def present(bench: ReaderBench) -> None:
        bench.chip.chunk_octets = octets
        assert await bench.next_card() == CARD

    with_a_reader(present)


def test_wrong_bits_on_the_line_cost_a_look_and_never_make_another_card() -> None:
    async def disturb(bench: ReaderBench) -> None:
        bench.chip.wire.flip_rate = 0.002
        told: list[str] = []

        async def listen() -> None:
            while True:
                with suppress(DriverError):
                    async for token in bench.driver.tokens():
                        told.append(token.value)
                await asyncio.sleep(1)

        for n in range(30):
            bench.later(1 + 10 * n, lambda: bench.present(CARD))
        with suppress(TimeoutError):
            async with asyncio.timeout(310):
                await listen()
        assert set(told) == {CARD}
        assert len(told) > 20

    with_a_reader(disturb)


# --- the chip


def test_a_chip_without_a_card_is_looked_at_four_times_a_second_and_proven_every_half_minute() -> None:
    async def idle(bench: ReaderBench) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(305):
                await anext(bench.driver.tokens())
        proofs = bench.chip.obeyed.count(0x02)
        looks = bench.chip.obeyed.count(0x4A)
        # The first is that of the start.
        assert proofs == 11
        assert 3 * 305 < looks < 4 * 305

    with_a_reader(idle)


def test_a_card_that_was_read_is_released() -> None:
    async def present(bench: ReaderBench) -> None:
        await bench.next_card()
        assert bench.chip.obeyed[-2:] == [0x4A, 0x52]

    with_a_reader(present)
