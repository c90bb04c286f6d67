"""How much comes in by one door, and how often the lock moves and something restarts by it: over restarts, too."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.control.remote.ports import MovesOnRecord
from agent.core.orders.effects import Effect
from agent.core.orders.pace import MOVES, OF_ALL, Moves, by_this_boot_s
from agent.core.time import Instant
from agent.errors import StoreError

log = logging.getLogger(__name__)


class PacedDoor:
    """`via`: the door, as the log of commands calls it."""

    def __init__(self, via: str, record: MovesOnRecord, now: Callable[[], Instant]) -> None:
        """Nothing is read before somebody asks for what is counted."""
        self._via, self._record, self._now = via, record, now
        self._all, self._moves = OF_ALL.bucket(), Moves()
        self._is_recalled = False

    def takes_one_more(self) -> bool:
        """Whether one more may come in now, whatever it is; it is counted then."""
        return self._all.take(self._now().monotonic_s)

    async def recall(self, verb: str) -> None:
        """Know what the runs before have done, where `verb` is one that is counted; before the first of them is."""
        if self._is_recalled or verb.partition(" ")[0] not in MOVES:
            return
        moves = await self._on_record()
        if not self._is_recalled:  # Somebody may have read and counted meanwhile.
            self._moves, self._is_recalled = moves, True

    def too_often(self, verb: str, effect: Effect) -> str:
        """Why it is not done now; "" where it may be, and it is counted then."""
        return self._moves.too_often(verb, effect, self._now().monotonic_s)

    def not_done(self, verb: str) -> None:
        """It was refused after all: a restart that did not come keeps nobody from the next one."""
        self._moves.not_done(verb)

    async def _on_record(self) -> Moves:
        """A store that cannot be read bars nothing: a restart may be what helps it."""
        try:
            done, now = await self._record.moved(self._via), self._now()
        except StoreError as error:
            log.warning("restarts by order are counted anew", extra={"via": self._via, "error": str(error)})
            return Moves()
        return Moves((verb, by_this_boot_s(at, now)) for verb, at in done)
