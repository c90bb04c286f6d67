"""While the central system is away, the charger checks its own network now and then, and whoever asks has the answer.

What the connection says of itself is often not the cause: a captive portal shows itself as a certificate of somebody
else, a missing name server as nothing at all. The check goes layer by layer (core/network_check/) and blames one.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from agent.core.authorization import lets_anybody_in
from agent.errors import StoreError
from agent.station.authorizer import policy_of
from agent.station.network import Network
from agent.station.station import Station

if TYPE_CHECKING:
    from agent.core.network_check.conclusion import Conclusion

log = logging.getLogger(__name__)

TURN_S = 20.0
FIRST_AFTER_S = 90.0
"""A restart of the central system, or of a router, is over by then."""
AGAIN_AFTER_S = (600.0, 1_800.0, 3_600.0)
"""Between two looks; the last for ever. A look may cost the line a connection attempt."""


class OfflineLook:
    """One object a run. `found` is what the last look came to, None while connected or before the first."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._link: Network | None = None
        self._looks = 0
        self._due_s = FIRST_AFTER_S
        self.found: Conclusion | None = None
        self.lets_anybody_in = True
        """Whether somebody may charge as it is; looked at while the central system cannot be asked."""
        self.turn = asyncio.Lock()
        """Held while it looks: two checks at once would each count the other's attempts."""

    def use(self, link: Network) -> None:
        """From now on there is a network to miss."""
        self._link = link

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            # First of all: an outage from before the start goes on only where it is seen again within seconds.
            if self._link is not None and not self._link.may_be_asked():
                await self._look_at_tokens()
            await asyncio.sleep(TURN_S)
            silent_since = None if self._link is None else self._link.silent_since()
            if self._link is None or silent_since is None:
                self.found, self._looks, self._due_s = None, 0, FIRST_AFTER_S
            elif self._station.clock.now().since(silent_since) >= self._due_s:
                await self._look(self._link)

    async def _look_at_tokens(self) -> None:
        station = self._station
        try:
            known = await station.store.tokens.best()
        except StoreError as error:
            log.warning("local tokens could not be read", extra={"error": str(error)})
            return
        self.lets_anybody_in = lets_anybody_in(known, policy_of(station), station.clock.now())

    async def _look(self, link: Network) -> None:
        from agent.core.network_check.conclusion import concluded
        from agent.station.network_looks import of_the_agent

        async with self.turn, aclosing(of_the_agent(link, self._station.clock, self._station.config, None)) as findings:
            found = concluded([finding async for finding in findings])
        self._due_s += AGAIN_AFTER_S[min(self._looks, len(AGAIN_AFTER_S) - 1)]
        self._looks += 1
        if link.silent_since() is None:
            return
        if found.is_good:
            # The way is open: what the connection itself says of the central system stands.
            self.found = None
            return
        if self.found is None or self.found.says != found.says:
            log.warning("what keeps the central system away", extra={"found": found.says})
        self.found = found
