"""ST407 e2e.unplug: a plug that is drawn under power finds a dead outlet, three times."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import TIMES, close, movement, opened
from agent.selftest.judging.contactor import Movement, Reaction, reaction
from agent.selftest.standing_faults import barring

VERSION = 1
WANTED = Reaction(test="ST407", words="unplugging", by=("state",), clause="IEC 61851-1 Table A.6, sequence 2.2")


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    seen: list[Movement] = []
    while len(seen) < TIMES and all(one.why_opened in WANTED.by for one in seen):
        seen.append(await _unplug(bench, adapter))
    return reaction(seen, bench.config.phases, WANTED, barring(bench))


async def _unplug(bench: Bench, adapter: Adapter) -> Movement:
    closed_s = await close(bench, adapter)
    await adapter.turn("A")
    await opened(bench)
    return await movement(bench, closed_s)
