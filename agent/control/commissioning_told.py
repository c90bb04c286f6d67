"""What a commissioning tells the person at the terminal, as plain values; verbs/commission.py draws them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agent.control.person import PersonAtTerminal
from agent.core.commissioning import record
from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.diagnosis import Diagnosis, Found, diagnosed
from agent.core.commissioning.flow import End, Over
from agent.core.commissioning.model import Attempt, Job, Outcome, Verdict
from agent.core.commissioning.step_times import worked_ms
from agent.core.commissioning.steps import Place, Step

OTHERS_SHOWN = 20


class Telling:
    """Each is one part of the streaming answer. Raises TerminalLost."""

    def __init__(self, person: PersonAtTerminal) -> None:
        self._person = person

    async def opened(self, job: Job) -> None:
        last = job.steps[-1].key if job.steps else None
        body = {"number": job.number, "id": job.job_id, "run": job.runs, "last": last}
        await self._person.say({"job": body})

    async def step(self, step: Step) -> None:
        number = list(Step).index(step) + 1
        await self._person.say({"step": {"key": step.value, "title": step.title, "number": number, "of": len(Step)}})

    async def begun(self, place: Place) -> None:
        row = catalogue()[place[0]]
        await self._person.say({"begun": {**_place(place), "purpose": row.purpose, "seconds": row.seconds}})

    async def attempt(self, attempt: Attempt) -> None:
        row = catalogue()[attempt.test]
        body = {
            **_place((attempt.test, attempt.connector)),
            "purpose": row.purpose,
            "attempt": attempt.attempt,
            "duration_ms": attempt.duration_ms,
            **outcome_body(attempt.outcome),
        }
        await self._person.say({"test": body})

    async def ended(self, job: Job, end: End) -> None:
        took_ms = worked_ms(job).get(end.step.value)
        body = {"key": end.step.value, "title": end.step.title, "verdict": end.verdict.value, "says": end.says}
        await self._person.say({"ended": {**body, "took_ms": took_ms}})

    async def left_out(self, end: End) -> None:
        """Each reason with the tests that it keeps from being done, connector by connector."""
        for why, places in end.left:
            for connector in dict.fromkeys(place[1] for place in places):
                tests = [test for test, at in places if at == connector]
                await self._person.say({"left_out": {"tests": tests, "connector": connector, "why": why}})

    async def paused(self, why: str) -> None:
        await self._person.say({"left": why})

    async def over(self, job: Job, over: Over) -> None:
        """The first thing to mend, how much passed, what is missing, and how long each step took."""
        latest = {(one.test, one.connector): one.outcome for one in job.attempts}
        counts = {verdict.value: 0 for verdict in Verdict} | {"not_applicable": 0}
        for outcome in latest.values():
            counts["not_applicable" if record.is_not_applicable(outcome) else outcome.verdict.value] += 1
        took_ms = worked_ms(job)
        summary = {
            "complete": over.is_complete,
            "diagnosis": told(diagnosed(job.attempts)),
            "counts": counts,
            "missing": list(over.missing),
            "steps": [
                {
                    "key": one.key,
                    "title": Step(one.key).title,
                    "verdict": None if one.verdict is None else one.verdict.value,
                    "says": one.says,
                    "accepted_by": one.accepted_by,
                    "took_ms": took_ms.get(one.key),
                }
                for one in job.steps
            ],
            "runs": job.runs,
            "report": job.answers.get("report.id", ""),
        }
        await self._person.say({"summary": summary})


def told(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    """The first to mend first."""
    return [_root(found) for found in diagnosis.roots[:OTHERS_SHOWN]]


def _root(found: Found) -> dict[str, Any]:
    return {
        **_place((found.test, found.connector)),
        "purpose": catalogue()[found.test].purpose,
        **outcome_body(found.outcome),
        "behind": [_place(place) for place in found.behind],
        "because": found.because,
    }


def outcome_body(outcome: Outcome) -> dict[str, Any]:
    return {
        "verdict": outcome.verdict.value,
        "says": outcome.says,
        "next": outcome.next,
        "cause": outcome.cause,
        "not_applicable": outcome.is_not_applicable,
        "measured": [asdict(one) for one in outcome.measured],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"test": place[0], "connector": place[1]}
