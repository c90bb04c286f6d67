"""ST609 display: no board of this agent has a display of its own; one that has gets its driver first."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return not_applicable(f"The board {bench.config.board.board} has no display.")
