"""`evsectl commission` at a simulated charger, with the real tests, store and report, by a program at the socket."""

from __future__ import annotations

import asyncio
from typing import Any

from agent.control.commissioning_texts import QUESTIONS
from agent.control.questions import decoded
from agent.control.wire import REPLY_MAX_BYTES, Ask, Done, Part, Refused, Request, encode_answer, encode_request
from agent.core.commissioning.model import JobState, Verdict
from agent.core.commissioning.papers import papers
from firmware_sim.bench_keys import LOCAL_KEY
from tests.control.calling import Line
from tests.selftest.site import MAY_BREAK
from tests.simulation.stage import Charger, tell
from tools.demo.commissioning.hands import CENTRAL_SYSTEM, Hands, Verb
from tools.simulate.same_time import SameTime

SITE = """
[station]
serial_number = "DEMO-000001"

[circuit]
breaker_current_a = 32
cable_section_mm2 = 10
cable_length_m = 18
laying = "B2"
earthing = "TN-S"
rcd = "A"
dc_detection = "charger"
"""


UNATTENDED_MS = 240_000
"""Everything that needs nobody, at both connectors, with a central system that answers."""
TYPED = frozenset(key for key in papers() if key[:5] in ("ST104", "ST901", "ST902", "ST905", "ST906", "ST907", "ST908"))
"""Asked once for the whole charger, or for each connector where it is measured there."""


class Visit:
    """One call of the verb, over the charger's own socket. `cut_at`: the key of the question at which power goes."""

    def __init__(self, charger: Charger, cut_at: str = "") -> None:
        self.charger = charger
        self.cut_at = cut_at
        self.hands = Hands(key=LOCAL_KEY)
        self.parts: list[dict[str, Any]] = []
        self.at: int | None = None

    async def until_the_end(self) -> Done | Refused | None:
        path = str(self.charger.agent.config.control.socket)
        reader, writer = await asyncio.open_unix_connection(path, limit=REPLY_MAX_BYTES)
        line = Line(reader, writer)
        line.send(encode_request(Request("commission", {})))
        try:
            while True:
                match await line.reply():
                    case Part(body):
                        await self._hear(dict(body))
                    case Ask(question):
                        asked = decoded(question)
                        assert asked is not None, question
                        if asked.question.key == self.cut_at:
                            return None
                        verbs, answer = self.hands.answer(asked)
                        await self._do(verbs)
                        line.send(encode_answer(answer))
                    case Done() | Refused() as reply:
                        return reply
        finally:
            writer.close()

    async def _hear(self, body: dict[str, Any]) -> None:
        self.parts.append(body)
        if "begun" in body:
            self.at = body["begun"]["connector"] or self.at
        if "tell" in body:
            await self._do(self.hands.told(body["tell"], self.at))

    async def _do(self, verbs: list[Verb]) -> None:
        for whose, verb, given in verbs:
            await (self.charger.network if whose == CENTRAL_SYSTEM else self.charger.world)(verb, **given)

    def summary(self) -> dict[str, Any]:
        return next(body["summary"] for body in self.parts if "summary" in body)


def test_a_dual_charger_is_taken_into_service_over_a_power_cut_and_then_charges() -> None:
    async def story(charger: Charger) -> None:
        first, second = Visit(charger, cut_at="ST902.l3_pe_mohm"), Visit(charger)

        assert await first.until_the_end() is None
        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()
        await charger.passes(60.0)
        end = await second.until_the_end()

        assert end == Done({}, passed=True), second.summary()
        assert second.summary()["diagnosis"] == []
        typed = [key for key in (*first.hands.asked, *second.hands.asked) if key in QUESTIONS or key in TYPED]
        assert sorted(set(typed)) == sorted(typed)
        assert set(QUESTIONS) <= set(typed)
        job = await charger.agent.station.store.commissioning.jobs.latest()
        assert job is not None
        assert (job.state, job.runs) == (JobState.COMPLETE, 2)
        passed = [(one.test, one.connector) for one in job.attempts if one.outcome.verdict is Verdict.PASS]
        assert len(passed) == len(set(passed))
        took_ms = {one["key"]: one["took_ms"] for one in second.summary()["steps"]}
        assert took_ms["self-test"] + took_ms["network"] < UNATTENDED_MS
        await charger.passes(30.0)
        assert await charger.events("commission.completed") == [{"number": 1, "verdict": "complete", "missing": 0}]
        await charger.charge()
        await charger.passes(5.0)
        assert charger.statuses()[-1] == "Charging"
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)

    tell(story, board="sim-dual", may_break=MAY_BREAK, commissioning="required", more_site=SITE, behaviour=SameTime())
