"""`evsectl commission` in real processes, either end of which is killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.core.commissioning.steps import QUESTIONS
from tools.demo.commissioning.__main__ import CIRCUIT
from tools.demo.commissioning.automatic import AutomaticInstaller
from tools.demo.commissioning.hands import Hands
from tools.station import Bench, StationPlan, agent, bench, registered

pytestmark = pytest.mark.processes

OF_PAPERS = ("--skip", "self-test,adapter,network,activate", "--because", "only the questions are tried here")
"""What is left is typed: the way through every test takes minutes of real time (make demo-commission)."""


async def visit(running: Bench, at: str = "", kill: Callable[[AutomaticInstaller], None] | None = None) -> list[str]:
    """The keys that were answered; at the one of `at` there is a `kill` in place of an answer."""
    hands = Hands()

    def answered(_question: str, _answer: str) -> None:
        if kill is not None and hands.asked[-1] == at:
            kill(installer)

    installer = AutomaticInstaller(bench=running, hands=hands, on_part=lambda _part: None, on_answer=answered)
    code = await installer.commission(*OF_PAPERS)
    if kill is None:
        assert code == 1, "much was left out"
        assert installer.told("summary")
        return hands.asked
    assert code not in (0, 1)
    assert hands.asked[-1] == at
    return hands.asked[:-1]


def kill_evsectl(installer: AutomaticInstaller) -> None:
    assert installer.process is not None
    installer.process.kill()


def test_a_sigkill_of_evsectl_and_one_of_the_agent_have_nothing_asked_twice(tmp_path: Path) -> None:
    async def story() -> list[str]:
        plan = StationPlan(folder=tmp_path, micropython="never", commissioning="required", more_site=CIRCUIT)
        async with bench(plan) as running:
            async with agent(plan) as first:
                await registered(plan)
                answered = await visit(running, "inspection.bollard", kill_evsectl)
                answered += await visit(running, "ST902.l3_pe_mohm", lambda _: os.kill(first.pid, signal.SIGKILL))
            async with agent(plan):
                await registered(plan)
                return answered + await visit(running)

    answered = asyncio.run(story())

    asked_by_the_flow = {key for keys in QUESTIONS.values() for key in keys if not key.endswith(".N")}
    assert asked_by_the_flow <= set(answered)
    assert len(set(answered)) == len(answered)
