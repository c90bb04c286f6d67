"""The connectors of one attempt: lent where it moves anything, watched, and ended safely."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from agent.core.commissioning.catalogue import Row
from agent.core.commissioning.sequence import is_lent_for
from agent.core.identity import ConnectorId
from agent.selftest.ports import Charger
from agent.selftest.safe_end import end_safely
from agent.selftest.seen import watched
from agent.selftest.watching import Place

FIRST_LEVELS_WITHIN_S = 1.0


def concerned(charger: Charger, row: Row, connector: ConnectorId | None) -> tuple[ConnectorId, ...]:
    """A test of the whole charger that moves anything needs all of its connectors."""
    if connector is not None:
        return (connector,)
    return charger.connectors() if is_lent_for(row) else ()


@asynccontextmanager
async def occupied(charger: Charger, row: Row, connector: ConnectorId | None) -> AsyncIterator[tuple[Place, ...]]:
    """The connectors of the test, for as long as the block runs. Raises Busy."""
    async with AsyncExitStack() as stack:
        yield tuple([await _one(stack, charger, row, one) for one in concerned(charger, row, connector)])


async def _one(stack: AsyncExitStack, charger: Charger, row: Row, connector: ConnectorId) -> Place:
    may_move = _never
    if is_lent_for(row):
        may_move = await stack.enter_async_context(charger.lend(connector, row))
    outlet = charger.outlet(connector)
    seen = await stack.enter_async_context(watched(outlet))
    with suppress(TimeoutError):  # a silent board is for the test to find
        async with asyncio.timeout(FIRST_LEVELS_WITHIN_S):
            while seen.pilot is None or seen.contactor is None:
                await seen.change()
    return Place(outlet=outlet, seen=seen, may_move=may_move)


async def all_safe(places: Sequence[Place]) -> str:
    """What could not be made safe, in words; "" where all is. A connector that was taken back is the session's."""
    troubles = [await end_safely(place.outlet, place.seen) for place in places if place.may_move()]
    return "; ".join(filter(None, troubles))


def _never() -> bool:
    return False
