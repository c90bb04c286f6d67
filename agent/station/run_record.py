"""This run of the program and the one before it, on record: when it lived, which boards it met, and its last word.

The last sign of life rides along with commits that are made anyhow, so that an idle charger writes nothing for it;
beside the control socket, in memory, it is renewed every few seconds, so that the end of a crashed program is known to
the second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from sqlite3 import Connection

from agent import VERSION
from agent.core.runs import Run, RunEnd
from agent.core.time import Instant
from agent.core.uptime.causes import gap_cause
from agent.core.uptime.tracker import Gap, Gaps
from agent.errors import StoreError
from agent.host.crashes import Left
from agent.host.sign_of_life import SignOfLife
from agent.station.station import Ending, Station
from agent.store.runs import Departed
from agent.store.service import forget_old

log = logging.getLogger(__name__)

RIDES_EVERY_S = 300.0
ALIVE_EVERY_S = 1800.0
"""Without any other commit; a power cut in an idle night is dated so much too early at worst."""
CONCLUDES_WITHIN_S = 1.0
NOTHING_LEFT = Left()
WORDS = {Ending.STOPPED: RunEnd.IN_ORDER, Ending.RESTART: RunEnd.RESTART}


class RunRecord:
    """One object a run. `now` is this run as it is known, `before` the one before it, None at the first start."""

    def __init__(
        self, station: Station, left: Left = NOTHING_LEFT, *, inline: bool = False, watchdog: bool | None = None
    ) -> None:
        """`left` behind by the run before. `watchdog`: the controller's own began this boot; None: nobody can tell."""
        self._station = station
        self._kept = station.store.upkeep.runs
        self._life = SignOfLife(station.config.control.socket.parent, is_simulated=inline)
        at = station.clock.now()
        self._rode_s = at.monotonic_s
        self.now = Run(number=0, began=at, alive=at, version=VERSION, hardware_watchdog=watchdog)
        self._departed, self.before = self._last_run(at, left)
        self._firmware: dict[int, str] = {}
        self._past: tuple[Run, ...] = () if self.before is None else (self.before,)
        station.store.writer.rider = self._ride

    def _last_run(self, now: Instant, left: Left) -> tuple[Departed, Run | None]:
        """The run before, with what is known of it beyond its row.

        Its last sign of life is the file's where that is of this very boot, and later. One that ended in order left
        nothing behind: that is of a start that did not come to be on record.
        """
        before = self._kept.before
        if before is None or before.ended:
            return Departed(), before
        before = replace(before, crash=left.headline, result=left.result)
        departed = Departed(crash=left.headline, result=left.result)
        seen_last = self._life.last
        if seen_last is None or not seen_last.boot_id == before.alive.boot_id == now.boot_id:
            return departed, before
        if seen_last.monotonic_s <= before.alive.monotonic_s:
            return departed, before
        return replace(departed, alive=seen_last), replace(before, alive=seen_last)

    async def begin(self) -> None:
        """Put it on record. Raises StoreError."""
        run = self.now
        await self._kept.begin(
            run.began, VERSION, watchdog=run.hardware_watchdog, before=self._departed, tidy=forget_old
        )

    # The time before it.

    def look_back(self, number: int) -> None:
        """Runs since that one will be asked for; before anything is written."""
        if self.before is not None and number < self.before.number:
            self._past = (*self._kept.since(number)[:-1], self.before)

    def gaps(self, since: int = 0) -> Gaps:
        """Times in which the program did not run since the run of that number, as far as boards have told by now.

        0, and a run that is forgotten: the last one alone.
        """
        past = [one for one in self._past if one.number >= since > 0] or [*self._past[-1:]]
        return tuple(
            Gap(since=one.alive, cause=gap_cause(one, following), after=one.number)
            for one, following in pairwise((*past, self.now))
        )

    def saw_boards(self, boards: dict[int, str]) -> None:
        """Which boots of the pilot boards this run has met, by port."""
        self.now = replace(self.now, boards=tuple(sorted(boards.items())))
        self._station.deeds.do("boards on record", partial(self._kept.saw_boards, boards))

    def saw_firmware(self, port: int, version: str) -> None:
        """What the pilot board of a port runs."""
        if self._firmware.get(port) != version:
            self._firmware[port] = version
            self._station.deeds.do("firmware on record", partial(self._kept.saw_firmware, dict(self._firmware)))

    def stuck(self, names: tuple[str, ...]) -> None:
        """The watchdog found these vital parts without progress; none: they go on."""
        self._station.deeds.do("stuck parts on record", partial(self._kept.stuck, names))

    # Signs of life.

    def _ride(self, connection: Connection) -> None:
        """Called by the writer before a commit, in its thread."""
        now = self._station.clock.now()
        if now.monotonic_s - self._rode_s >= RIDES_EVERY_S:
            self._rode_s = now.monotonic_s
            self._kept.ride(connection, now)

    async def renew(self) -> None:
        """The program lives now."""
        now = self._station.clock.now()
        self._life.renew(now)
        if now.monotonic_s - self._rode_s >= ALIVE_EVERY_S:
            self._rode_s = now.monotonic_s
            await _told(self._kept.alive(now), "the sign of life is not on record")

    async def conclude(self) -> None:
        """The last word of this run; CONCLUDES_WITHIN_S at most. One that dies of an exception comes by here, too."""
        self._life.close()
        ending = self._station.ending
        word = self._kept.conclude(self._station.clock.now(), None if ending is None else WORDS[ending])
        await _told(asyncio.wait_for(word, CONCLUDES_WITHIN_S), "the end of this run is not on record")


async def _told(writing: Awaitable[None], otherwise: str) -> None:
    try:
        await writing
    except (StoreError, TimeoutError) as error:
        log.warning(otherwise, extra={"error": str(error)})
