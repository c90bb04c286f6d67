"""ST402 k.close_time: the contactor closes in time, on every phase, three times."""

from __future__ import annotations

from dataclasses import replace

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import kept, shared_movements
from agent.selftest.judging.contactor import closing

VERSION = 1


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    movements = await shared_movements(bench, adapter, "ST402")
    return replace(closing(movements, bench.config.phases), evidence=kept(bench, movements))
