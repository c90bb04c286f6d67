"""Several tests at once for one terminal: what a lost terminal, a full disk and a shut gate make of them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from agent.control.attempting import do_all, ticking
from agent.control.person import PersonAtTerminal
from agent.control.wire import Body
from agent.core.commissioning.model import Attempt, Outcome, Verdict, passed
from agent.core.commissioning.steps import Place
from agent.core.identity import ConnectorId
from agent.errors import StoreFull
from agent.selftest.bench import TerminalLost
from agent.selftest.runner import Interrupted
from firmware_sim.virtual_loop import run
from tests.control.paper_desk import NOW

ONE, TWO = ConnectorId(1), ConnectorId(2)
BOARDS: tuple[Place, ...] = (("ST204", ONE), ("ST204", TWO))


def attempt(place: Place, outcome: Outcome) -> Attempt:
    return Attempt(
        test=place[0], connector=place[1], version=1, attempt=1, started=NOW, duration_ms=0, outcome=outcome, by="x"
    )


class Terminal:
    """Gone after so many signs of life."""

    def __init__(self, signs: int = 10_000) -> None:
        self.signs = signs
        self.said: list[Body] = []

    async def say(self, body: Body) -> None:
        if len(self.said) >= self.signs:
            raise ConnectionResetError("closed")
        self.said.append(body)

    async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
        raise AssertionError(question, instead, within_s)


class Work:
    """Each test takes its time, or ends as it is told to; `safe` are those that came to their end."""

    def __init__(self, terminal: Terminal, takes_s: float = 5.0) -> None:
        self.person = PersonAtTerminal(terminal)
        self.takes_s = takes_s
        self.shut: dict[Place, str] = {}
        self.left: list[tuple[Place, str]] = []
        self.kept: list[Attempt] = []
        self.safe: list[Place] = []
        self.full_at: Place | None = None

    def why_shut(self, place: Place) -> str:
        return self.shut.get(place, "")

    async def leave(self, place: Place, why: str) -> None:
        self.left.append((place, why))

    async def do(self, place: Place) -> None:
        await self.keep(await ticking(self, self.person, place, lambda outcome: attempt(place, outcome)))

    async def attempt(self, place: Place) -> Attempt:
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.safe.append(place)
        return attempt(place, passed("as it should be"))

    async def keep(self, attempt: Attempt) -> None:
        if (attempt.test, attempt.connector) == self.full_at:
            raise StoreFull("no room is left on the disk; make some")
        self.kept.append(attempt)


def all_of(work: Work, places: tuple[Place, ...]) -> Coroutine[Any, Any, None]:
    return do_all(work, places, (ONE, TWO))


def test_a_sign_of_life_comes_each_second_of_a_test() -> None:
    terminal = Terminal()
    work = Work(terminal)

    run(all_of(work, BOARDS[:1]))

    assert terminal.said == [{"running": {"test": "ST204", "connector": 1}}] * 4
    assert [one.outcome.verdict for one in work.kept] == [Verdict.PASS]


def test_a_terminal_that_is_gone_ends_all_that_runs_keeps_each_and_begins_nothing_more() -> None:
    work = Work(Terminal(signs=2), takes_s=60.0)

    with pytest.raises(Interrupted, match="the terminal is gone"):
        run(all_of(work, (*BOARDS, ("ST203", ONE))))

    assert set(work.safe) == set(BOARDS)
    assert {(one.test, one.connector) for one in work.kept} == set(BOARDS)
    assert {one.outcome.verdict for one in work.kept} == {Verdict.ERROR}


def test_the_attempt_that_a_lost_terminal_left_is_the_one_that_is_kept() -> None:
    class Asking(Work):
        async def attempt(self, place: Place) -> Attempt:
            raise Interrupted(attempt(place, passed("as far as it went")))

    work = Asking(Terminal())

    with pytest.raises(TerminalLost):
        run(all_of(work, BOARDS[:1]))

    assert [one.outcome.says for one in work.kept] == ["as far as it went"]


def test_a_full_disk_is_told_as_itself_once_the_other_test_is_safe() -> None:
    work = Work(Terminal())
    work.full_at = BOARDS[0]

    with pytest.raises(StoreFull, match="no room is left"):
        run(all_of(work, BOARDS))

    assert set(work.safe) == set(BOARDS)


def test_what_is_shut_is_left_with_its_reason_and_holds_up_nothing() -> None:
    work = Work(Terminal())
    work.shut[BOARDS[0]] = "ST201 comes first"

    run(all_of(work, BOARDS))

    assert work.left == [(BOARDS[0], "ST201 comes first")]
    assert work.safe == [BOARDS[1]]
