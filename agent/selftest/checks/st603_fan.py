"""ST603 fan: no board of this agent has a fan that it could turn or count; one that has gets its driver first."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return not_applicable(f"The board {bench.config.board.board} has no fan that the charger controls.")
