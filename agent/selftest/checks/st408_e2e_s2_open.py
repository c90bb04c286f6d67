"""ST408 e2e.s2_open: a car that stops asking gets a dead outlet in time, three times."""

from __future__ import annotations

from dataclasses import replace

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import kept, shared_movements
from agent.selftest.judging.contactor import Reaction, reaction
from agent.selftest.standing_faults import barring

VERSION = 1
WANTED = Reaction(
    test="ST408",
    words="the car's stop",
    by=("state",),
    target_ms=95,
    clause="IEC 61851-1 Table A.6, sequence 8.1",
)


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    movements = await shared_movements(bench, adapter, "ST408")
    return replace(reaction(movements, bench.config.phases, WANTED, barring(bench)), evidence=kept(bench, movements))
