"""How fast a queue of facts that piled up offline is told, one CALL at a time, each settled durably before the next."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean, median
from typing import Any

from agent.core.facts import MeterReadings, StopReason, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.quantities import MeterSample, ReadingContext
from agent.core.readings import MEASURABLE, readings_of
from agent.core.time import Instant
from agent.store.store import Store, open_store
from benchmarks.child import result_of
from benchmarks.commit import commits
from benchmarks.figure import Effort, Figure, ratio_at_least
from benchmarks.live import SETTINGS, site
from tools.simulate.clock import EPOCH_MS
from tools.station import Bench, StationPlan, agent, bench

ORDER = 9
LEAST_SHARE = 0.9
COMMITS = 60
ROUND_TRIPS = 100
DISTANT_ANSWERS_AFTER_S = 0.05
TOLD_WITHIN_S = 300.0
LOOKS_EVERY_S = 2.0
"""Seldom: the central system answers us with the processor it records with."""
FRAMES_AT_MOST = 100_000
CONNECTOR = ConnectorId(1)
FACTS = frozenset({"StartTransaction", "MeterValues", "StopTransaction"})


@dataclass(frozen=True, slots=True)
class Replay:
    """Facts a second, and what one round trip and one commit took before and after, in s."""

    rate: float
    round_trip_s: float
    commit_s: float

    @property
    def possible(self) -> float:
        """The most that one CALL at a time allows, each settled before the next."""
        return 1 / (self.round_trip_s + self.commit_s)


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    facts, rounds = effort.queued_facts, (effort.rounds + 1) // 2
    bench = [asyncio.run(_replay_to_bench(facts, folder / f"bench-{number}")) for number in range(rounds)]
    yield _figure("replay to evse-csms", facts, bench)
    distant = asyncio.run(_replay(facts // 4, DISTANT_ANSWERS_AFTER_S, folder / "distant"))
    yield _figure("replay, answers after 50 ms", facts // 4, [distant])
    near = [asyncio.run(_replay(facts, 0.0, folder / f"near-{number}")) for number in range(rounds)]
    yield _figure("replay, answers at once", facts, near)


def _figure(name: str, facts: int, seen: Sequence[Replay]) -> Figure:
    share = median(one.rate / one.possible for one in seen)
    possible = median(one.possible for one in seen)
    round_trip_ms = median(one.round_trip_s for one in seen) * 1000
    commit_ms = median(one.commit_s for one in seen) * 1000
    return Figure(
        name=name,
        value=median(one.rate for one in seen),
        unit="facts/s",
        floor=possible,
        floor_is=f"1 / (round trip {round_trip_ms:.2f} ms + commit {commit_ms:.2f} ms); the round trip is a bare "
        "client's, with the same MeterValues",
        paired_ratio=share,
        target=ratio_at_least(LEAST_SHARE),
        notes=(f"{len(seen)} times {facts} facts, in order and once each",),
    )


async def _replay(facts: int, delay_s: float, folder: Path) -> Replay:
    """To the central system in this process, which only notes what comes."""
    async with site(folder) as at:
        await fill(folder / "state", facts)
        at.system.delay_s = delay_s
        commits_ms = [commits(folder, COMMITS).ms]
        before = len(at.system.calls)
        async with agent(at.plan):
            await at.system.next("StopTransaction", after=before, timeout_s=TOLD_WITHIN_S)
        commits_ms.append(commits(folder, COMMITS).ms)
        told = [call for call in at.system.calls[before:] if call.action in FACTS]
        round_trip_s = await round_trip_of(at.system.url, told[1].payload)
    return _seen([call.at for call in told], facts, round_trip_s, commits_ms)


async def _replay_to_bench(facts: int, folder: Path) -> Replay:
    """To the bench's central system, which checks, records and answers as one of the field does."""
    plan = StationPlan(folder=folder, micropython="never", settings=SETTINGS)
    async with bench(plan) as at:
        await fill(folder / "state", facts)
        commits_ms = [commits(folder, COMMITS).ms]
        async with agent(plan):
            async with asyncio.timeout(TOLD_WITHIN_S):
                while not await _told(at, "StopTransaction"):  # noqa: ASYNC110 - nobody tells us without work of its own
                    await asyncio.sleep(LOOKS_EVERY_S)
        commits_ms.append(commits(folder, COMMITS).ms)
        told = [frame for action in sorted(FACTS) for frame in await _told(at, action)]
        sample = next(json.loads(frame["text"])[3] for frame in told if frame["action"] == "MeterValues")
        round_trip_s = await round_trip_of(f"{at.url}/FLOOR", sample)
    moments = sorted(datetime.fromisoformat(frame["at"]).timestamp() for frame in told)
    return _seen(moments, facts, round_trip_s, commits_ms)


async def _told(at: Bench, action: str) -> Sequence[dict[str, Any]]:
    answer = await at.ask_csms.ask("frames", action=action, kind="call", direction="from", limit=FRAMES_AT_MOST)
    frames: Sequence[dict[str, Any]] = answer["frames"]
    return frames


async def round_trip_of(url: str, sample: dict[str, Any]) -> float:
    """What a bare client's MeterValues takes to a central system and back, in s."""
    took_s: list[float] = await result_of("echo", url, str(ROUND_TRIPS), given=json.dumps(["MeterValues", sample]))
    return median(took_s)


def _seen(moments: Sequence[float], facts: int, round_trip_s: float, commits_ms: Sequence[float]) -> Replay:
    if len(moments) != facts:
        raise ValueError(f"{facts} facts were queued and {len(moments)} were told")
    return Replay(rate(moments), round_trip_s, mean(commits_ms) / 1000)


def rate(moments: Sequence[float]) -> float:
    """Facts a second, between the first and the last of them; `moments` ascend, in s."""
    return (len(moments) - 1) / (moments[-1] - moments[0])


async def fill(folder: Path, facts: int) -> None:
    """One long transaction that nobody has heard of: its start, samples, its stop."""
    store = open_store(folder, inline=True, flush=False)
    try:
        await _record(store, facts)
    finally:
        await store.aclose()


async def _record(store: Store, facts: int) -> None:
    key, token = TransactionKey("benchmark"), IdToken("04A1B2C3D4CAFE")
    await store.ledger.record_start(
        TransactionStarted(key=key, connector=CONNECTOR, at=_moment(0), token=token, register_wh=0), None
    )
    for number in range(1, facts - 1):
        await store.ledger.record_sample(_sample(key, number), for_network=True, for_stop=False)
    stop = TransactionStopped(
        key=key, connector=CONNECTOR, at=_moment(facts), register_wh=facts * 200, reason=StopReason.LOCAL, token=token
    )
    await store.ledger.record_stop(stop)


def _sample(key: TransactionKey, number: int) -> TransactionSampled:
    sample = MeterSample(
        at=_moment(number),
        register_wh=number * 200,
        power_w=11_040.0,
        voltages_v=(230.0, 230.0, 230.0),
        currents_a=(16.0, 16.0, 16.0),
        frequency_hz=50.0,
    )
    readings = readings_of(sample, MEASURABLE, 16.0)
    told = MeterReadings(at=sample.at, context=ReadingContext.PERIODIC, readings=readings)
    return TransactionSampled(key=key, connector=CONNECTOR, readings=told)


def _moment(minute: int) -> Instant:
    return Instant(minute * 60.0, EPOCH_MS - 86_400_000 + minute * 60_000, "a boot before")
