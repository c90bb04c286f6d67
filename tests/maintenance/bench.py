"""Small working stand-ins for what the maintenance room needs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.core.maintenance.updates import Signed
from agent.core.time import Instant
from agent.errors import StoreFull, TransferError
from agent.maintenance.ports import Means

EPOCH_MS = 1_790_000_000_000


class LoopClock:
    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        return Instant(seconds, EPOCH_MS + round(seconds * 1000), "boot-1")


@dataclass
class Shelf:
    """Keeps texts in memory; refuses while `is_full`."""

    values: dict[str, str] = field(default_factory=dict)
    is_full: bool = False

    def all(self) -> Mapping[str, str]:
        return self.values

    async def put(self, values: Mapping[str, str]) -> None:
        if self.is_full:
            raise StoreFull("no space is left; free some")
        self.values |= values


@dataclass
class Courier:
    """Sends in no time, or never: `hangs`. `failures` are raised first, one a try."""

    hangs: bool = False
    failures: list[TransferError] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    called_off: int = 0
    content: bytes = b"image"

    async def send(self, file: Path, location: str, file_name: str) -> None:
        await self._take_part()
        self.sent.append((location, file_name))

    async def fetch(self, location: str, file: Path) -> None:
        await self._take_part()
        file.write_bytes(self.content)  # noqa: ASYNC240  # a few bytes
        self.sent.append((location, ""))

    async def _take_part(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if self.hangs:
            try:
                await asyncio.Event().wait()
            finally:
                self.called_off += 1


@dataclass
class Premises:
    """Writes down what happens to the charger."""

    free: bool = True
    holds: list[bool] = field(default_factory=list)
    restarts: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)

    def is_free(self) -> bool:
        return self.free

    def hold(self, is_held: bool) -> None:
        self.holds.append(is_held)

    def restart(self) -> None:
        self.restarts += 1

    def firmware_told(self, state: str, why: str) -> None:
        self.told.append((state, why))

    def upload_told(self, state: str, file_name: str, why: str) -> None:
        self.told.append((state, why))


@dataclass
class Trust:
    objection: str = ""

    async def objection_to_signer(self, signed: Signed) -> str:
        return self.objection

    async def objection_to_image(self, image: Path, signed: Signed) -> str:
        return self.objection


@dataclass
class Room:
    """All of them together, and `means` of them."""

    folder: Path
    shelf: Shelf = field(default_factory=Shelf)
    courier: Courier = field(default_factory=Courier)
    premises: Premises = field(default_factory=Premises)
    news: int = 0

    @property
    def means(self) -> Means:
        return Means(
            clock=LoopClock(),
            courier=self.courier,
            shelf=self.shelf,
            premises=self.premises,
            folder=self.folder,
            news=self._count,
        )

    def _count(self) -> None:
        self.news += 1
