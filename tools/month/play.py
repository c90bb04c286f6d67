"""Plays a month: agent, boards, meters and central system on one virtual clock, and the verdict on every visit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_sim import verbs, virtual_loop
from firmware_sim.outlet import Outlet
from firmware_sim.scenario import Action, Actor
from firmware_sim.scenario import Plan as Nothing
from tools.csms import queries
from tools.month import judge
from tools.month.clocks import InTheMonth, LosableClock
from tools.month.gauges import Gauges, Store, file_bytes, rss_mib, store
from tools.month.plan import CRASHES_WITHIN_S, DAY_S, Month, PowerCut
from tools.month.visits import Habits, Visit
from tools.month.witnesses import Bill, Curve, Heard, bill
from tools.simulate.run import Options, Stage

EPOCH_MS = 1_804_978_800_000
"""14 March 2027, 00:00 in Berlin: the clocks there go forward in the night to day 14, at 02:00."""
LOOKS_EVERY_S = 60.0
ASKS_AGAIN_S = 10.0
ASKS_FOR_S = 240.0
SETTINGS: dict[str, int | str] = {
    "MeterValueSampleInterval": judge.SAMPLE_INTERVAL_S,
    "LocalPreAuthorize": "true",
}


@dataclass(slots=True)
class Tally:
    """What a month came to, and what was wrong."""

    judged: int = 0
    transactions: int = 0
    metered_wh: int = 0
    ledger_wh: int = 0
    told_wh: int = 0
    connections: int = 0
    cuts: int = 0
    told: int = 0
    late: int = 0
    repeats: int = 0
    rss_mib: list[float] = field(default_factory=list)
    """After each day."""
    store_bytes: list[int] = field(default_factory=list)
    fingerprint: str = ""
    store: Store | None = None
    gauges: Gauges = field(default_factory=Gauges)
    problems: list[str] = field(default_factory=list)


Report = Callable[[int, Tally], None]
"""Told after each day: its number, and everything so far."""


def play(month: Month, folder: Path, report: Report = lambda _day, _tally: None, epoch_ms: int = EPOCH_MS) -> Tally:
    """Play it in an empty folder, where its records stay. Takes a minute or more of processor for each day."""
    return virtual_loop.run(_play(month, folder, report, epoch_ms), start=month.first_s)


async def _play(month: Month, folder: Path, report: Report, epoch_ms: int) -> Tally:
    options = Options(
        board="sim-dual",
        settings=SETTINGS,
        supply_current_a=63,
        clock=LosableClock(epoch_ms),
        behaviour=InTheMonth(epoch_ms),
        record_file=folder / "csms.db",
    )
    connectors = tuple(sorted({visit.connector for visit in month.visits}))
    async with AsyncExitStack() as stack:
        stage = await Stage.set_up(Nothing(month.seed, connectors, 0.0, ()), options, folder, stack)
        player = Player(month, stage, report, epoch_ms)
        await player.play()
        return await player.conclude()


class Player:
    """Carries the month out on a stage, and judges what is over and told."""

    def __init__(self, month: Month, stage: Stage, report: Report, epoch_ms: int) -> None:
        self._month = month
        self._stage = stage
        self._report = report
        self._epoch_ms = epoch_ms
        self._heard = Heard(epoch_ms, lambda at_s: any(one.from_s <= at_s <= one.to_s for one in month.outages))
        self._heard_until = 0
        self._open = list(month.visits)
        self._unclaimed_after_s = month.first_s
        self.tally = Tally()
        self._curves = {number: Curve() for number in stage.rig.world.outlets}
        for outlet in stage.rig.world.outlets.values():
            self._noted(outlet)
        stage.rig.world.observers.append(self._noted)
        for connector in self._curves:
            stage.office.system.behaviour.refused_tokens[Habits(connector).unknown.casefold()] = "Invalid"

    def _noted(self, outlet: Outlet) -> None:
        registers, power_uw = outlet.registers, sum(outlet.phase_uw())
        now_us = self._stage.rig.world.timeline.now_us()
        self._curves[outlet.number].changed(now_us, sum(registers.read_pj()), power_uw)

    # What happens.

    async def play(self) -> None:
        """To the end of the month, and until everything is told."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(work()) for work in (self._look, self._cut, self._count_days)]
            for action in self._month.actions:
                await self._until(action.at_s)
                await self._perform(action, tasks)
            await self._until(self._month.last_s)
            for task in beside:
                task.cancel()
        await self._stage.settle()

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, at_s - asyncio.get_running_loop().time()))

    async def _perform(self, action: Action, tasks: asyncio.TaskGroup) -> None:
        self._stage.trace.add("plan", str(action))
        if action.verb == "remote_start":
            tasks.create_task(self._remote_start(action))
        elif action.actor is Actor.NETWORK:
            tasks.create_task(self._stage.office.perform(action))
        else:
            try:
                await verbs.perform(self._stage.rig.world, action.verb, action.given)
            except ValueError as refusal:
                self.tally.problems.append(f"the plan could not be played at {judge.clock(action.at_s)}: {refusal}")

    async def _remote_start(self, action: Action) -> None:
        """A person with a phone asks again where nothing happens."""
        system = self._stage.office.system
        payload = {"idTag": str(action.given["token"]), "connectorId": action.given["connector"]}
        for _ in range(round(ASKS_FOR_S / ASKS_AGAIN_S)):
            try:
                answer = await system.station(None).ask("RemoteStartTransaction", payload)
            except LookupError:
                answer = None
            if answer is not None and answer.payload.get("status") == "Accepted":
                return
            await asyncio.sleep(ASKS_AGAIN_S)

    async def _cut(self) -> None:
        for cut in self._month.cuts:
            await self._until(cut.at_s)
            await self._cut_power(cut)

    async def _cut_power(self, cut: PowerCut) -> None:
        charger = self._stage.charger
        if cut.commits is None:
            await charger.kill(with_power=True)
        else:
            charger.crash_at_commit(cut.commits, cut.when, with_power=True)
            try:
                async with asyncio.timeout(CRASHES_WITHIN_S):
                    await charger.ended()
            except TimeoutError:
                await charger.kill(with_power=True)
        self.tally.cuts += 1
        await self._until(cut.over_s)
        await charger.start()

    # What is seen of it.

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            if (agent := self._stage.charger.agent) is not None and not self._stage.charger.is_dead:
                self.tally.gauges.look(agent)

    async def _count_days(self) -> None:
        day = int(self._month.first_s // DAY_S)
        while True:
            await self._until((day + 1) * DAY_S)
            self._end_of_day(day)
            day += 1

    def _end_of_day(self, day: int) -> None:
        self._hear()
        agent = self._stage.charger.agent
        if agent is not None and not agent.station.store.ledger.queued():
            self._judge(asyncio.get_running_loop().time() - judge.AFTER_S)
        self._measure()
        self._report(day, self.tally)

    def _measure(self) -> None:
        self.tally.rss_mib.append(rss_mib())
        self.tally.store_bytes.append(file_bytes(self._stage.ledger_file))

    def _hear(self) -> None:
        """Everything the central system took in since the last time."""
        record = self._stage.office.system.record
        while rows := queries.frames(record, after=self._heard_until, kind="call", direction="from"):
            for row in rows:
                self._heard.hear(row["action"], row["text"])
            self._heard_until = rows[-1]["seq"]
        tally, heard = self.tally, self._heard
        tally.told, tally.late, tally.repeats = heard.told, heard.late, heard.repeats
        tally.problems += [what for what in heard.disorder if what not in tally.problems]

    def _bills(self) -> list[Bill]:
        return [bill(row, self._epoch_ms) for row in self._stage.told()]

    def _judge(self, until_s: float) -> None:
        """Every visit that was over before."""
        bills = self._bills()
        over = [visit for visit in self._open if visit.leaves_s < until_s]
        self._open = [visit for visit in self._open if visit.leaves_s >= until_s]
        for visit in over:
            self._judge_visit(visit, bills)
        for one in judge.unclaimed(self._month.visits, bills):
            told = f"transaction {one.id} at connector {one.connector}, {judge.clock(one.started_s)}: nobody was there"
            if told not in self.tally.problems:
                self.tally.problems.append(told)
        self.tally.transactions = len(bills)
        self.tally.told_wh = sum(one.stop_wh - one.start_wh for one in bills if one.stop_wh is not None)
        for curve in self._curves.values():
            curve.forget_before(min([until_s, *(visit.arrives_s for visit in self._open)]) - 2 * judge.BEFORE_S)

    def _judge_visit(self, visit: Visit, bills: list[Bill]) -> None:
        own = judge.bills_of(visit, bills)
        readings = {
            one.id: [*self._heard.readings.get(one.id, ()), *self._heard.carried.get(one.id, ())] for one in own
        }
        self.tally.problems += judge.problems(visit, bills, readings, self._curves[visit.connector])
        self.tally.judged += 1
        for one in own:
            self._heard.forget(one.id)

    # The end.

    async def conclude(self) -> Tally:
        """End the agent, and hold all three witnesses against each other."""
        stage, tally = self._stage, self.tally
        self._hear()
        self._judge(asyncio.get_running_loop().time())
        self._measure()
        tally.problems += await stage.conclude()
        tally.connections = int(queries.chargers(stage.office.system.record)[0]["connections"])
        tally.store = store(stage.ledger_file)
        if tally.store.waiting:
            tally.problems.append(f"{tally.store.waiting} rows wait in the store although everything is told")
        tally.metered_wh = sum(self._registers())
        tally.ledger_wh = _ledger_wh(stage)
        tally.fingerprint = stage.trace.fingerprint()
        return tally

    def _registers(self) -> list[int]:
        status: dict[str, Any] = self._stage.rig.world.status()
        return [one["meter"]["register_wh"] for one in status["connectors"]]


def _ledger_wh(stage: Stage) -> int:
    from tools.kill.ledger import kept

    charges = [one for rows in kept(stage.ledger_file).values() for one in rows]
    return sum(one.stop_wh - one.start_wh for one in charges if one.stop_wh is not None)
