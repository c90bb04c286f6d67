"""A new firmware for a pilot board: header, blocks, end, and what becomes of the trial.

A board that speaks another message table takes it as well: it is how the two come together again. The board verifies
the signature before it writes anything, and goes back to the old program by itself when the new one does not come up
and hear us (docs/firmware-update.md). Nothing here can leave it without a program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from agent.drivers.board_service import FlashOutcome, Progress, Quantity, Supply
from agent.drivers.pilot_board.asking import BoardDesk
from agent.drivers.pilot_board.contents import words_of
from agent.drivers.pilot_board.levels import capabilities_of
from agent.drivers.pilot_board.messages import MAX_CONTENT, TABLE_HASH, Identity
from agent.errors import DriverError, DriverRejected, DriverUnavailable

HEADER_BYTES = 108
MANIFEST_SIZE = slice(6, 8)
"""Where the header tells how many bytes the manifest has, the lowest first; it follows the header."""
MANIFEST_MOST = 12_288
TOLD_EVERY = 16
"""Blocks between two words about the progress."""
COMES_BACK_WITHIN_S = 180.0
"""A start, a trial of a minute that fails, and one more start."""
LOOKS_EVERY_S = 0.5
ON_TRIAL = "trial"
STAYED = "confirmed"


class Flashing:
    """One update of one board."""

    def __init__(self, desk: BoardDesk) -> None:
        self._desk = desk
        self._link = desk.link
        self._detail = ""

    async def run(self, size: int, supply: Supply, progress: Progress) -> FlashOutcome:
        """Raises DriverError; the running program is then the one of before."""
        before = self._board()
        if size <= HEADER_BYTES:
            raise self._refusal("this file is no image of a firmware; see: tools/firmware_image")
        header = await supply(0, HEADER_BYTES)
        await self._refuse_another_table(header, size, supply)
        await self._send(header, size, supply, progress)
        await progress(size, size)
        return await self._outcome(before)

    async def _refuse_another_table(self, header: bytes, size: int, supply: Supply) -> None:
        """A firmware that this agent does not understand would be on trial in vain."""
        length = min(int.from_bytes(header[MANIFEST_SIZE], "little"), MANIFEST_MOST, size - HEADER_BYTES)
        starts = range(0, length, MAX_CONTENT)
        pieces = [await supply(HEADER_BYTES + at, min(MAX_CONTENT, length - at)) for at in starts]
        speaks = _table_of(b"".join(pieces))
        if speaks not in ("", TABLE_HASH):
            what = f"the image speaks table {speaks[:16]}, this agent {TABLE_HASH}, so it would not stay"
            raise self._refusal(f"{what}; first install the agent of the image's release")

    async def _send(self, header: bytes, size: int, supply: Supply, progress: Progress) -> None:
        try:
            await self._desk.put("image_begin", 0, header)
            for number, at in enumerate(range(HEADER_BYTES, size, MAX_CONTENT)):
                await self._desk.put("image", number, await supply(at, min(MAX_CONTENT, size - at)))
                if number % TOLD_EVERY == 0:
                    await progress(at, size)
            await self._end()
        except DriverRejected as error:
            raise self._refusal(f"{error.what}{await self._why()}") from error

    async def _end(self) -> None:
        try:
            await self._desk.put("image_end", 0, b"")
        except DriverUnavailable:
            # The answer may be what was lost: the board restarts right behind it. What runs afterwards tells.
            return

    async def _why(self) -> str:
        """The board's own word on what was wrong with the image; nothing from one with another table."""
        try:
            state = await self._state()
        except DriverError:
            return ""
        if state.get("state") == ON_TRIAL:
            return " (the program that runs is itself on trial, for a minute)"
        reason = state.get("reason", "none")
        return "" if reason == "none" else f" ({reason})"

    async def _outcome(self, before: Identity) -> FlashOutcome:
        try:
            async with asyncio.timeout(COMES_BACK_WITHIN_S):
                while True:
                    await asyncio.sleep(LOOKS_EVERY_S)
                    if (outcome := await self._look(before)) is not None:
                        return outcome
        except TimeoutError as error:
            found = self._link.identity()
            what = f"the board did not come back within {COMES_BACK_WITHIN_S:g} s; switch its supply off and on"
            if found is not None and found.boot_id == before.boot_id:
                what = "the board did not start the new firmware, and runs the one of before; try again"
            raise DriverUnavailable(self._desk.driver, what) from error

    async def _look(self, before: Identity) -> FlashOutcome | None:
        """None before the restart, while nobody answers, and during the trial."""
        found = self._link.identity()
        if found is None or found.boot_id == before.boot_id:
            return None
        if found.table_hash != TABLE_HASH:
            if (found.firmware_version, found.table_hash) != (before.firmware_version, before.table_hash):
                self._detail = f"the new firmware speaks table {found.table_hash}, this agent {TABLE_HASH}"
                return None
            return self._ended(before, found, stayed=False)
        try:
            state = str((await self._state()).get("state", ""))
        except DriverError:
            return None
        return None if state in ("", ON_TRIAL) else self._ended(before, found, stayed=state == STAYED)

    def _ended(self, before: Identity, found: Identity, *, stayed: bool) -> FlashOutcome:
        versions = (before.firmware_version, found.firmware_version)
        return FlashOutcome(before=versions[0], after=versions[1], stayed=stayed, detail="" if stayed else self._detail)

    async def _state(self) -> Mapping[str, Quantity]:
        try:
            return words_of(await self._desk.read("update"))
        except ValueError:
            return {}

    def _board(self) -> Identity:
        found = self._link.identity()
        if found is None:
            self._link.require_board(self._desk.driver)
            raise DriverUnavailable(self._desk.driver, "the board fell silent")
        if "update" not in capabilities_of(found.capabilities):
            raise self._refusal("this board cannot be given a new firmware over its link")
        return found

    def _refusal(self, what: str) -> DriverRejected:
        return DriverRejected(self._desk.driver, what)


def _table_of(manifest: bytes) -> str:
    """The message table that the firmware speaks; "" where no line tells, which is the board's to judge."""
    lines = manifest.decode(errors="replace").split("\n")
    return next((line.removeprefix("table ") for line in lines if line.startswith("table ")), "")
