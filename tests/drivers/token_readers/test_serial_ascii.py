"""The serial reader at the wire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from agent.drivers.contract import TokenReaderBench, TokenReaderContract
from agent.drivers.token_readers.serial_ascii import Options, SerialReader, create
from agent.drivers.watching import becomes_unavailable, first
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, charger

CARD = "04A1B2C3D4"


class ReaderBench:
    def __init__(self, site: Charger, *, reverse_bytes: bool = False) -> None:
        self.site = site
        options = Options(port=site.reader_port, reverse_bytes=reverse_bytes)
        self.driver: SerialReader = create("serial_ascii", options, {})

    def present(self, card: str) -> None:
        self.site.reader.present(card)

    async def vanish(self) -> None:
        self.site.reader.wire.vanish()

    async def appear(self) -> None:
        self.site.reader.wire.appear()
        await asyncio.sleep(6)


@asynccontextmanager
async def reader_bench(*, missing: bool = False, reverse_bytes: bool = False) -> AsyncIterator[ReaderBench]:
    async with charger() as site:
        if missing:
            site.reader.wire.vanish()
        bench = ReaderBench(site, reverse_bytes=reverse_bytes)
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()


class TestSerialReader(TokenReaderContract):
    def run(self, test: Callable[[TokenReaderBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def at_the_wire() -> None:
            async with reader_bench(missing=missing) as bench:
                await test(bench)

        run(at_the_wire())


def with_a_reader(
    test: Callable[[ReaderBench], Awaitable[None]], *, missing: bool = False, reverse_bytes: bool = False
) -> None:
    async def body() -> None:
        async with reader_bench(missing=missing, reverse_bytes=reverse_bytes) as bench:
            await test(bench)

    run(body())


def test_a_card_in_single_bytes_is_read() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.site.reader.chunk_octets = 1
        asyncio.get_running_loop().call_later(1, bench.present, CARD)
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_the_same_card_later_is_another_presentation() -> None:
    async def present_twice(bench: ReaderBench) -> None:
        loop = asyncio.get_running_loop()
        for at in (1.0, 8.0):
            loop.call_later(at, bench.present, CARD)
        told = []
        async for token in bench.driver.tokens():
            told.append((round(loop.time()), token.value))
            if len(told) == 2:
                break
        assert told == [(1, CARD), (8, CARD)]

    with_a_reader(present_twice)


def test_a_card_shown_before_anybody_listens_is_not_lost() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.present(CARD)
        await asyncio.sleep(1)
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_a_reader_may_tell_the_last_byte_first() -> None:
    async def present(bench: ReaderBench) -> None:
        asyncio.get_running_loop().call_later(1, bench.present, CARD)
        assert (await first(bench.driver.tokens())).value == "D4C3B2A104"

    with_a_reader(present, reverse_bytes=True)


def test_noise_is_told_once_and_cards_are_still_read(caplog: pytest.LogCaptureFixture) -> None:
    async def disturb(bench: ReaderBench) -> None:
        for _ in range(50):
            bench.site.reader.wire.send(b"\xff\x00noise\r\n")
        asyncio.get_running_loop().call_later(1, bench.present, CARD)
        assert (await first(bench.driver.tokens())).value == CARD
        assert bench.driver.garbage >= 50

    with caplog.at_level(logging.WARNING):
        with_a_reader(disturb)
    told = [record for record in caplog.records if "no cards" in record.getMessage()]
    assert len(told) == 1


def test_a_reader_that_is_pulled_out_is_unavailable_at_once_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    async def pull(bench: ReaderBench) -> None:
        asyncio.get_running_loop().call_later(1, bench.site.reader.wire.vanish)
        reason = await becomes_unavailable(bench.driver.tokens())
        assert reason.endswith("is not there; check that the adapter is plugged in")
        for _ in range(20):
            await becomes_unavailable(bench.driver.tokens())
            await asyncio.sleep(1)
        await bench.appear()
        asyncio.get_running_loop().call_later(1, bench.present, CARD)
        assert (await first(bench.driver.tokens())).value == CARD

    with caplog.at_level(logging.WARNING):
        with_a_reader(pull)
    assert [record.getMessage() for record in caplog.records] == ["card reader is lost"]
