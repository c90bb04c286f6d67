"""Answers of a test that was cut off: given once more without asking, unless the test could not use them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from agent.control.commissioning_remembering import RememberingPerson, forget
from agent.control.commissioning_sitting import Given, Sitting
from agent.control.wire import Body
from agent.core.commissioning.steps import Place
from agent.core.identity import ConnectorId
from agent.selftest.bench import Question
from firmware_sim.virtual_loop import run
from tests.control.charger import Charger
from tests.control.paper_desk import PaperDesk

MEASURED: Place = ("ST902", None)
AT_THE_MOMENT: Place = ("ST605", ConnectorId(1))
OHM = Question(key="ST902.value", text="Insulation", unit="Ω", low=0, high=10)


class Terminal:
    """Answers "1", "2", … in turn."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def say(self, body: Body) -> None:
        del body

    async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
        del instead, within_s
        self.asked.append(json.loads(question)["key"])
        return str(len(self.asked))


def with_person(
    charger: Charger, paper: PaperDesk, story: Callable[[Sitting, RememberingPerson], Awaitable[None]]
) -> Terminal:
    terminal = Terminal()

    async def main() -> None:
        sitting = Sitting(charger, paper, terminal, Given())
        sitting.job = await paper.begin("installer")
        await story(sitting, RememberingPerson(sitting))

    run(main())
    return terminal


def test_whoever_goes_on_is_given_the_answer_and_asked_where_the_test_asks_once_more(
    charger: Charger, paper: PaperDesk
) -> None:
    async def story(sitting: Sitting, cut_off: RememberingPerson) -> None:
        cut_off.begin(MEASURED)
        assert await cut_off.number(OHM) == 1
        again = RememberingPerson(sitting)
        again.begin(MEASURED)

        assert [await again.ask(OHM) for _ in range(2)] == ["1", "2"]

    assert with_person(charger, paper, story).asked == [OHM.key, OHM.key]


def test_a_test_that_came_to_its_end_leaves_nothing_behind(charger: Charger, paper: PaperDesk) -> None:
    async def story(sitting: Sitting, person: RememberingPerson) -> None:
        person.begin(MEASURED)
        await person.ask(OHM)
        assert list(sitting.job.answers.values()) == ["1"]

        await forget(sitting, MEASURED)
        person.begin(MEASURED)

        assert paper.jobs[-1].answers == sitting.job.answers == {}
        assert await person.ask(OHM) == "2"

    with_person(charger, paper, story)


@pytest.mark.parametrize("place", [None, AT_THE_MOMENT])
def test_an_answer_about_this_very_moment_is_not_kept(charger: Charger, paper: PaperDesk, place: Place | None) -> None:
    async def story(sitting: Sitting, person: RememberingPerson) -> None:
        for answer in ("1", "2"):
            if place is not None:
                person.begin(place)
            assert await person.ask(OHM) == answer
        assert sitting.job.answers == {}

    with_person(charger, paper, story)
