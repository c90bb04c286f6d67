"""What this room needs of the prices that the charger shows: a protocol beside those of `ports.py`."""

from __future__ import annotations

from typing import Protocol

from agent.core.cost.charge import FinalCost
from agent.core.cost.prices import PriceTexts
from agent.core.cost.running import CostUpdate
from agent.core.cost.triggers import Triggers
from agent.core.identity import IdToken


class PricePort(Protocol):
    """Each answers with the reason why nothing changed, "" where it was taken over; durable when it returns."""

    async def price_told(self, token: IdToken, texts: PriceTexts) -> str:
        """What charging costs for `token`, to be read before and while it charges. Nothing is reckoned by it."""
        ...

    async def cost_told(self, remote_id: int, update: CostUpdate, triggers: Triggers) -> str:
        """What the transaction costs so far. The triggers take the place of those it had."""
        ...

    async def final_told(self, remote_id: int, final: FinalCost) -> str:
        """What the transaction cost."""
        ...
