"""The lock of the socket behind a pilot board: `driver = "pilot_board"` under `lock`.

Wiring: motor and feedback contact on the board itself; nothing of it goes to the host.

Quirks: the board keeps the plug locked while the load side is live, whatever it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from agent.drivers.interfaces import Bus
from agent.drivers.pilot_board.levels import Absence, BoardState
from agent.drivers.pilot_board.link import PilotLink
from agent.errors import DriverRejected, DriverUnavailable
from agent.values import frozen

BUS_KINDS = ("pilot_board",)
SETTLES_WITHIN_S = 3.0
"""A pulse of the motor takes 0.6 s and its feedback 0.1 s; the board tries again after 1 s (pilot-board-hardware.md
section 8). A lock that needs a third try is told as it is then, and the board raises its own fault."""
GIVES_UP_WITHIN_S = 1.0
"""A board that is told to hold a plug which it could not let go holds it already, and says so at once."""
UNLOCKED, LOCKED, FAULT, NONE = "unlocked", "locked", "fault", "none"


@frozen(kw_only=True)
class Options:
    bus: str


class BoardLock:
    """A `Lock`. When to unlock is the board's to refuse: a plug whose load side is live stays locked."""

    def __init__(self, name: str, link: PilotLink) -> None:
        self.name = name
        self._link = link

    async def open(self) -> None:
        """The link keeps the board alive."""

    async def aclose(self) -> None:
        """The lock stays as it is: a program that ends holds no cable and gives none away."""

    async def set_locked(self, locked: bool) -> bool:
        """Whether the plug is locked, at the latest after SETTLES_WITHIN_S. Raises DriverUnavailable, DriverRejected.

        A lock that moves or is in fault may hold the plug or not: told is what was not wished. The wish stays, and is
        told to a board that comes back. One that failed to unlock and pauses is made to try again now: whoever asks
        once more has moved the plug.
        """
        if not locked and not self._link.wish.lock and self._pauses():
            await self._give_up()
        self._link.ask_for(replace(self._link.wish, lock=locked))
        if locked and self._link.require_board(self.name).pilot.plug is None:
            # The board locks the plug that comes; there is nothing to wait for.
            return False
        wanted = LOCKED if locked else UNLOCKED
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLES_WITHIN_S):
                while self._state() not in (wanted, FAULT):
                    await self._link.level.change()
        return locked if self._state() == wanted else not locked

    def _pauses(self) -> bool:
        """A plug is in, and three tries to let it go came to nothing."""
        level = self._link.level.value
        return isinstance(level, BoardState) and level.lock == FAULT and level.pilot.plug is not None

    async def _give_up(self) -> None:
        """The board tries as often as it is told to unlock anew, so it has to have been told something else before."""
        self._link.ask_for(replace(self._link.wish, lock=True))
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVES_UP_WITHIN_S):
                while self._pauses():
                    await self._link.level.change()

    def _state(self) -> str:
        level = self._link.level.value
        if isinstance(level, Absence):
            raise level.error(self.name)
        if not isinstance(level, BoardState):
            raise DriverUnavailable(self.name, "the board was not heard yet; try again")
        if level.lock == NONE:
            raise DriverRejected(self.name, "this board has no lock; is the socket's board on this bus?")
        return level.lock


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> BoardLock:
    """The lock of the board on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, PilotLink)
    link.claim("lock")
    return BoardLock(name, link)
