"""The agent's half of `evsectl commission`: from step to step with whoever stands at the charger.

What follows is for the core (agent/core/commissioning/flow.py). Here it is asked, done, told, and put on disk before
the next thing begins, so that a visit may be cut off at any point.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from agent.control import commissioning_steps, commissioning_texts
from agent.control.commissioning_left_out import leave_out
from agent.control.commissioning_sitting import NAME, Paused, Sitting
from agent.control.commissioning_testing import Testing
from agent.core.commissioning import record
from agent.core.commissioning.flow import Ask, Begin, Do, End, Over, Run, next_of
from agent.core.commissioning.model import JobState, Verdict
from agent.core.commissioning.steps import WANTED, Step
from agent.selftest.bench import Declined, Question, TerminalLost

MOST_DECLINED = 2

OTHER_CHARGER = (
    "The supply, the hardware, the country or the serial number was changed since the last run: what was tested then "
    "says nothing of this charger, so a new commissioning begins. The one before is kept as it was left."
)


class Commissioning:
    """One visit, from the first step that is open to the last."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._testing = Testing(sitting)

    async def run(self) -> bool:
        """Until nothing is left to do, or somebody pauses. Whether the charger is complete.

        Raises Busy, StoreError, ConnectionError, and Restarts where the agent is about to start anew.
        """
        sitting = self._sitting
        latest = await sitting.desk.latest()
        sitting.check_open(latest)
        with self._testing.stack:
            self._testing.begin("" if latest is None else latest.answers.get(NAME, ""))
            goes_on = latest is not None and not sitting.given.anew and record.can_go_on(latest)
            job = sitting.desk.as_it_is(latest) if latest is not None and goes_on else None
            if job is None:
                sitting.job = await sitting.desk.begin("installer")
            else:
                await sitting.keep(record.resumed(job, sitting.station.now()))
            sitting.news.opened(sitting.job)
            return await self._visited(OTHER_CHARGER if goes_on and job is None else "")

    async def _visited(self, first: str) -> bool:
        sitting = self._sitting
        try:
            await sitting.telling.opened(sitting.job)
            await self._headed()
            if first:
                await sitting.person.tell(first)
            return await self._steps()
        except TerminalLost as lost:
            await self._pause(str(lost))
            raise ConnectionAbortedError(str(lost)) from lost
        except Paused as paused:
            await self._pause(str(paused))
            await sitting.telling.paused(str(paused))
            return False

    async def _headed(self) -> None:
        """A step in whose middle the run before was cut off is named again: it is not begun anew."""
        sitting = self._sitting
        what = next_of(sitting.job, sitting.site, sitting.visit, self._testing.gate)
        if not isinstance(what, Begin | Over):
            await sitting.telling.step(what.step)

    async def _pause(self, why: str) -> None:
        sitting = self._sitting
        await sitting.keep(replace(sitting.job, state=JobState.PAUSED))
        sitting.news.paused(sitting.job, why)

    async def _steps(self) -> bool:
        sitting = self._sitting
        await leave_out(sitting, self._testing)
        while True:
            what = next_of(sitting.job, sitting.site, sitting.visit, self._testing.gate)
            match what:
                case Begin(step=step):
                    await sitting.keep(record.begun(sitting.job, step, sitting.station.now()))
                    sitting.news.step_begun(sitting.job, step)
                    await sitting.telling.step(step)
                case Ask(key=key):
                    await self._ask(key)
                case Run(places=places, beside=beside):
                    await self._testing.run((*places, *beside))
                case Do(step=step):
                    await self._end(await commissioning_steps.done(sitting, step))
                case End():
                    await self._end(what)
                case Over():
                    return await self._over(what)
                case _:
                    assert_never(what)

    async def _ask(self, key: str) -> None:
        sitting = self._sitting
        question = commissioning_texts.question_of(key, sitting.job.answers.get(key, ""))
        sitting.visit = replace(sitting.visit, asked=sitting.visit.asked | {key})
        sitting.person.connector = None
        try:
            answer = await self._answer(question)
        except Declined:
            return await sitting.person.tell(commissioning_texts.left_out(question))
        job = record.answered(sitting.job, key, commissioning_texts.kept(question, answer))
        if commissioning_texts.wants_remark(key, answer):
            remark = commissioning_texts.remark(key)
            job = record.answered(job, remark.key, await sitting.asked(remark))
        await sitting.keep(job)

    async def _answer(self, question: Question) -> str:
        """Raises Declined; what is wanted in any case is asked for again first, but a script shall come to an end."""
        for _ in range(MOST_DECLINED if question.key in WANTED else 0):
            with suppress(Declined):
                return await self._sitting.person.ask(question)
            await self._sitting.person.tell(commissioning_texts.WANTED_ANYWAY[question.key])
        return await self._sitting.person.ask(question)

    async def _end(self, end: End) -> None:
        sitting = self._sitting
        await sitting.keep(record.ended(sitting.job, end.step, sitting.station.now(), end.verdict, end.says))
        sitting.visit = replace(sitting.visit, ended=sitting.visit.ended | {end.step})
        sitting.news.step_ended(sitting.job, end)
        await sitting.telling.left_out(end)
        await sitting.telling.ended(sitting.job, end)
        if end.step is Step.IDENTIFY:
            self._testing.begin(sitting.name)
            await leave_out(sitting, self._testing)
        if end.verdict in (Verdict.FAIL, Verdict.ERROR) or (end.verdict is Verdict.SKIP and self._declined(end.step)):
            await self._again(end.step)

    def _declined(self, step: Step) -> bool:
        """Something of the step was offered in this visit, and left out."""
        return any(not record.is_done(self._sitting.job, place) for place in self._testing.tried_of(step))

    async def _again(self, step: Step) -> None:
        visit = self._sitting.visit
        match await self._sitting.asked(commissioning_texts.again(step.value)):
            case commissioning_texts.AGAIN:
                tried = visit.tried - self._testing.tried_of(step)
                asked = visit.asked - frozenset(self._sitting.site.asks(step))
                self._sitting.visit = replace(visit, ended=visit.ended - {step}, tried=tried, asked=asked)
            case commissioning_texts.PAUSE:
                raise Paused(f"after {step.title.lower()}")
            case _:
                return

    async def _over(self, over: Over) -> bool:
        sitting = self._sitting
        report = record.record_of(sitting.job, Step.REPORT) if Step.REPORT in sitting.visit.ended else None
        was_reported = report is not None and report.verdict in (Verdict.PASS, Verdict.WARN)
        if was_reported:
            await sitting.keep(record.over(sitting.job, sitting.site, sitting.station.now()))
            sitting.news.completed(sitting.job, len(over.missing))
        else:
            await sitting.keep(replace(sitting.job, state=JobState.PAUSED))
        await sitting.telling.over(sitting.job, over)
        return over.is_complete
