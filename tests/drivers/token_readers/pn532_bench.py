"""A PN532 and its driver, with a line between them."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from agent.core.identity import IdToken
from agent.drivers.token_readers.pn532 import Options, Pn532Reader, create
from agent.drivers.watching import first
from agent.errors import DriverError
from firmware_sim.pn532 import Pn532
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

CARD = "04A1B2C3D4E5F6"


class ReaderBench:
    def __init__(self, folder: Path, *, reverse_bytes: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self.loop = loop
        self.path = folder / "reader"
        self.chip = Pn532(Timeline(loop), lambda hear: SerialWire(loop, self.path, hear, random.Random(1)))
        self.driver: Pn532Reader = create("pn532", Options(port=str(self.path), reverse_bytes=reverse_bytes), {})

    def present(self, card: str) -> None:
        self.chip.present(card)

    async def vanish(self) -> None:
        self.chip.wire.vanish()

    async def appear(self) -> None:
        self.chip.wire.appear()
        await asyncio.sleep(6)

    def later(self, after_s: float, call: Callable[[], None]) -> None:
        self.loop.call_later(after_s, call)

    async def next_card(self, after_s: float = 1.0) -> str:
        """What is told of a card that is held before the reader then."""
        self.later(after_s, lambda: self.present(CARD))
        return (await first(self.driver.tokens())).value

    async def becomes_well(self) -> None:
        """Asked again and again, as the agent does it, until a card is told."""
        async with asyncio.timeout(15):
            while True:
                with suppress(DriverError):
                    assert await self.next_card() == CARD
                    return
                await asyncio.sleep(1)


@asynccontextmanager
async def reader_bench(*, missing: bool = False, reverse_bytes: bool = False) -> AsyncIterator[ReaderBench]:
    with tempfile.TemporaryDirectory() as folder:
        bench = ReaderBench(Path(folder), reverse_bytes=reverse_bytes)
        if missing:
            bench.chip.wire.vanish()
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()
            bench.chip.wire.vanish()


def with_a_reader(test: Callable[[ReaderBench], Awaitable[None]], *, reverse_bytes: bool = False) -> None:
    async def body() -> None:
        async with reader_bench(reverse_bytes=reverse_bytes) as bench:
            await test(bench)

    run(body())


async def some(tokens: AsyncIterator[IdToken], count: int) -> AsyncIterator[IdToken]:
    """The first `count`, within a minute."""
    async with asyncio.timeout(60):
        for _ in range(count):
            yield await anext(tokens)
