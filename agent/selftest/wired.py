"""How many phases reach the charger."""

from __future__ import annotations

from agent.selftest.bench import Bench


def wired_phases(bench: Bench) -> int:
    """L1 up to this one: what the board is built for and the site has."""
    return min(bench.config.board.phases, bench.config.site.phases)
