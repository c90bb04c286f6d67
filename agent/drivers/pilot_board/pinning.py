"""What stands beside `mcu.config_mismatch`: the mark that the board file pins, and the one of the board that is there.

The board tells that they differ and no more; its mark comes with its configuration, which is asked for once a start.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agent.drivers.interfaces import DeviceFault
from agent.drivers.pilot_board import contents
from agent.drivers.pilot_board.asking import BoardDesk
from agent.drivers.pilot_board.levels import BoardState
from agent.drivers.pilot_board.link import PilotLink
from agent.errors import DriverError

CONFIG_MISMATCH = "mcu.config_mismatch"
READ_WITHIN_S = 1.0
"""The other faults of the same moment wait for it: a board that verifies a signature answers many seconds later."""


class Pinning:
    """Of one board. `driver` is what messages call it."""

    def __init__(self, driver: str, link: PilotLink) -> None:
        self._desk = BoardDesk(driver, link)
        self._link = link
        self._asked_boot: str | None = None
        self._found = ""

    async def with_marks(self, state: BoardState) -> tuple[DeviceFault, ...]:
        """The board's faults, the mismatch with both marks as far as they are known."""
        if all(fault.id != CONFIG_MISMATCH for fault in state.faults):
            return state.faults
        if state.pilot.board_boot_id != self._asked_boot:
            self._asked_boot, self._found = state.pilot.board_boot_id, await self._mark()
        pinned = self._link.wish.configuration
        expected = () if pinned is None else (("expected", contents.MARK.format(pinned)),)
        found = (("found", self._found),) if self._found else ()
        return tuple(
            replace(fault, evidence=(*expected, *found, *fault.evidence)) if fault.id == CONFIG_MISMATCH else fault
            for fault in state.faults
        )

    async def _mark(self) -> str:
        """ "" where the board does not tell it in time."""
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                return contents.mark_of(await self._desk.read("configuration"))
        except (DriverError, TimeoutError):
            return ""
