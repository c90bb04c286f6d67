"""A Wiegand reader on two lines of a GPIO chip."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from agent.drivers import loader
from agent.drivers.contract import TokenReaderBench, TokenReaderContract
from agent.drivers.gpio.lines import Edge
from agent.drivers.token_readers.wiegand import Options, create
from agent.drivers.watching import becomes_unavailable, first
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from firmware_sim.wiegand_reader import WiegandReader, WiegandWires, framed
from tests.drivers.gpio.bench import NOTICES_WITHIN_S, ChipBench, chip_bench

CARD = "04A1B2C3"
D0, D1 = "GPIO17", "GPIO27"


class ReaderBench:
    def __init__(self, at: ChipBench, *, reverse_bytes: bool = False) -> None:
        self.loop = asyncio.get_running_loop()
        self.chip, self.bus = at.chip, at.bus
        self.reader = WiegandReader(Timeline(self.loop), WiegandWires(self.chip, D0, D1))
        options = Options(bus="gpio", d0=D0, d1=D1, reverse_bytes=reverse_bytes)
        self.driver = create("wiegand on gpio", options, {"gpio": at.bus})

    def present(self, card: str) -> None:
        self.reader.present(card)

    async def vanish(self) -> None:
        self.chip.vanish()

    async def appear(self) -> None:
        self.chip.appear()
        await asyncio.sleep(NOTICES_WITHIN_S)

    async def next_card(self, card: str = CARD) -> str:
        """What is told of a card that is held before the reader in a second."""
        self.loop.call_later(1.0, self.present, card)
        return (await first(self.driver.tokens())).value


@asynccontextmanager
async def reader_bench(*, missing: bool = False, reverse_bytes: bool = False) -> AsyncIterator[ReaderBench]:
    async with chip_bench(missing=missing) as at:
        bench = ReaderBench(at, reverse_bytes=reverse_bytes)
        await bench.driver.open()
        await bench.bus.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()


class TestWiegandReader(TokenReaderContract):
    card = CARD

    def run(self, test: Callable[[TokenReaderBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def at_the_lines() -> None:
            async with reader_bench(missing=missing) as bench:
                await test(bench)

        run(at_the_lines())


class TestWiegandReaderOf26Bits(TestWiegandReader):
    card = "7B3039"
    other_card = "000001"


def with_a_reader(test: Callable[[ReaderBench], Awaitable[None]], *, reverse_bytes: bool = False) -> None:
    async def body() -> None:
        async with reader_bench(reverse_bytes=reverse_bytes) as bench:
            await test(bench)

    run(body())


def test_a_reader_may_send_the_last_byte_first() -> None:
    async def present(bench: ReaderBench) -> None:
        assert await bench.next_card() == "C3B2A104"

    with_a_reader(present, reverse_bytes=True)


def test_a_card_shown_before_anybody_listens_is_not_lost() -> None:
    async def present(bench: ReaderBench) -> None:
        await asyncio.sleep(1)
        bench.present(CARD)
        await asyncio.sleep(1)
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_cards_in_close_succession_are_told_apart() -> None:
    async def present(bench: ReaderBench) -> None:
        for after_s, card in ((1.0, "04A1B2C3"), (1.1, "04A1B2C4")):
            bench.loop.call_later(after_s, bench.present, card)
        told = []
        async for token in bench.driver.tokens():
            told.append(token.value)
            if len(told) == 2:
                break
        assert told == ["04A1B2C3", "04A1B2C4"]

    with_a_reader(present)


def test_a_number_that_waited_for_a_busy_loop_is_whole() -> None:
    async def present(bench: ReaderBench) -> None:
        await asyncio.sleep(1)
        # Everything is in the kernel's buffer before this program looks again.
        for bit in framed(bytes.fromhex(CARD)):
            bench.reader.wire.pull(bit)
            bench.reader.wire.let_go(bit)
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_pulses_that_are_reported_out_of_order_are_put_back_into_it() -> None:
    async def present(bench: ReaderBench) -> None:
        bits = framed(bytes.fromhex(CARD))
        edges = [Edge(place=bit, active=True, at_s=1 + n / 1000) for n, bit in enumerate(bits)]
        # All zeros first, then all ones: each line has its own interrupt.
        bench.driver._hear(tuple(sorted(edges, key=lambda edge: edge.place)))
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_crossed_lines_are_told_once_and_no_card_is(caplog: pytest.LogCaptureFixture) -> None:
    async def cross(bench: ReaderBench) -> None:
        bench.reader.crossed = True
        for n in range(6):
            bench.loop.call_later(1 + n, bench.present, CARD)
        await asyncio.sleep(10)
        assert bench.driver.rejected == 6
        bench.reader.crossed = False
        assert await bench.next_card() == CARD

    with caplog.at_level(logging.WARNING):
        with_a_reader(cross)
    (told,) = caplog.records
    assert "check that D0 and D1 are not crossed" in told.getMessage()


def test_a_number_of_which_the_kernel_lost_changes_is_rejected() -> None:
    async def lose(bench: ReaderBench) -> None:
        await asyncio.sleep(1)
        bench.chip.lose_edges(D0, 2)
        bench.present(CARD)
        await asyncio.sleep(1)
        assert bench.driver.rejected == 1
        assert await bench.next_card() == CARD

    with_a_reader(lose)


@pytest.mark.parametrize(("which", "line"), [(0, D0), (1, D1)])
def test_a_line_that_is_held_low_is_told_and_heals(which: int, line: str, caplog: pytest.LogCaptureFixture) -> None:
    async def short(bench: ReaderBench) -> None:
        bench.loop.call_later(2, bench.reader.wire.short, which)
        reason = await becomes_unavailable(bench.driver.tokens())
        assert reason == f"line {line} is held low; check the supply of the reader, its wire and the pull-up"
        assert bench.loop.time() == pytest.approx(3, abs=0.1)
        for _ in range(5):
            await becomes_unavailable(bench.driver.tokens())
            await asyncio.sleep(1)
        bench.reader.wire.short(None)
        await asyncio.sleep(0.1)
        assert await bench.next_card() == CARD

    with caplog.at_level(logging.WARNING):
        with_a_reader(short)
    assert [record.getMessage() for record in caplog.records] == ["card reader is lost"]


def test_a_line_that_is_low_from_the_start_is_told() -> None:
    async def start() -> None:
        async with chip_bench() as at:
            bench = ReaderBench(at)
            bench.reader.wire.short(1)
            await bench.bus.open()
            assert "line GPIO27 is held low" in await becomes_unavailable(bench.driver.tokens())
            await bench.driver.aclose()

    run(start())


def test_a_reader_that_is_taken_off_looks_like_a_silent_one() -> None:
    async def take_off(bench: ReaderBench) -> None:
        bench.loop.call_later(1, bench.reader.wire.vanish)
        bench.loop.call_later(60, bench.reader.wire.appear)
        bench.loop.call_later(61, bench.present, CARD)
        assert (await anext(bench.driver.tokens())).value == CARD

    with_a_reader(take_off)


def test_a_chip_that_leaves_is_told_and_cards_are_read_when_it_is_back() -> None:
    async def leave(bench: ReaderBench) -> None:
        bench.loop.call_later(1, bench.chip.vanish)
        assert "check" in await becomes_unavailable(bench.driver.tokens())
        await bench.appear()
        assert await bench.next_card() == CARD

    with_a_reader(leave)


def test_lines_of_another_program_are_told_with_its_name() -> None:
    async def share() -> None:
        async with chip_bench() as at:
            at.chip.hold(D1, "gpio-led")
            bench = ReaderBench(at)
            await bench.bus.open()
            assert "gpio-led" in await becomes_unavailable(bench.driver.tokens())
            at.chip.let_go(D1)
            await asyncio.sleep(NOTICES_WITHIN_S)
            assert await bench.next_card() == CARD
            await bench.driver.aclose()

    run(share())


def test_one_line_for_zeros_and_ones_is_refused() -> None:
    (problem,) = loader.check_driver("token_reader", "wiegand", {"bus": "gpio", "d0": "A", "d1": "A"}, "gpio")

    assert (problem.key, problem.what) == (("d1",), '"A" is d0, too; ones and zeros come on lines of their own')
