"""The three witnesses of a site's whole life at connector 1: meter, central system, ledger."""

from __future__ import annotations

from typing import Any

from tools.json_lines import JsonLines
from tools.kill.account import Charged, problems
from tools.kill.ledger import kept
from tools.station import StationPlan


class Witnesses:
    """`ask_world` is put right by whoever starts another world."""

    def __init__(self, plan: StationPlan, ask_csms: JsonLines, ask_world: JsonLines) -> None:
        self._plan = plan
        self._csms = ask_csms
        self.ask_world = ask_world

    async def outlet(self) -> dict[str, Any]:
        """Everything that the world says of it."""
        outlet: dict[str, Any] = (await self.ask_world.ask("status"))["connectors"][0]
        return outlet

    async def register_wh(self) -> int:
        """By the meter."""
        return int((await self.outlet())["meter"]["register_wh"])

    async def told(self) -> list[Charged]:
        """By the central system, in the order of its numbers."""
        rows = (await self._csms.ask("transactions"))["transactions"]
        return [Charged(start_wh=row["meter_start_wh"], stop_wh=row["meter_stop_wh"]) for row in rows]

    async def repeats(self) -> int:
        """Starts and stops that were told again because the answer was lost; the central system knew each of them."""
        rows = (await self._csms.ask("transactions"))["transactions"]
        return sum(row["starts"] + row["stops"] - 2 for row in rows)

    async def complaints(self) -> list[str]:
        """What the central system saw that a charger must not do."""
        return [f"{row['what']}: {row['evidence']}" for row in (await self._csms.ask("problems"))["problems"]]

    def kept(self) -> list[Charged]:
        """By the agent's own ledger, read from its file; the agent must have ended."""
        return kept(self._plan.folder / "state" / "agent.db").get(1, [])

    async def account(self) -> list[str]:
        """Everything that does not add up, a sentence each; the agent must have ended."""
        found = problems(await self.told(), self.kept(), 0, await self.register_wh())
        return found + await self.complaints()
