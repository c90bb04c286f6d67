"""A person at a real terminal: what is written over what, and which of their keys count."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import TextIO

import pytest

from agent.control.answering import answering
from agent.control.questions import ADAPTER, Asked, encoded, problem_of
from agent.control.terminal import CLEARED
from agent.selftest.bench import AdapterPosition, Question
from tests.standard_output import says_to_a_closed_output, says_to_a_full_disk


@dataclass
class Typing:
    """The keyboard and the screen of a pseudo-terminal that is this process's own."""

    keys: int
    screen: TextIO

    def types(self, text: str) -> None:
        os.write(self.keys, text.encode())

    def reads_until(self, end: str) -> str:
        seen = ""
        while end not in seen:
            seen += os.read(self.keys, 4096).decode()
        return seen


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typing]:
    keys, screen = os.openpty()
    with os.fdopen(screen, encoding="utf-8") as typed, os.fdopen(os.dup(screen), "w", encoding="utf-8") as shown:
        monkeypatch.setattr(sys, "stdin", typed)
        yield Typing(keys, shown)
    os.close(keys)


def answers(at: Typing, asked: Asked, early: str, prompt: str, then: str) -> tuple[str, str]:
    """What is answered by who types `early` before the question and `then` behind it; and what stood there."""
    given: list[str] = []
    at.types(early)
    at.reads_until(early.rstrip("\n").rpartition("\n")[2] or "\n")
    asks = threading.Thread(target=lambda: given.append(answering({})(encoded(asked))), daemon=True)
    with redirect_stderr(at.screen):
        asks.start()
        shown = at.reads_until(prompt)
        at.types(then)
        asks.join(timeout=5)
    return (given or ["nothing"])[0], shown


def test_an_enter_of_before_confirms_no_act_and_a_reading_may_be_typed_ahead(at: Typing) -> None:
    position = AdapterPosition(state="A")
    act = Asked(question=Question(key=ADAPTER, text="Set the adapter to A, then press Enter"), adapter=position)
    reading = Asked(question=Question(key="ST901.resistance_ohm", text="Resistance", unit="Ω", low=0, high=9))

    assert answers(at, act, "\n", "press Enter", "skip not yet\n")[0] == "skip not yet"
    assert answers(at, reading, "0.12\n", "Resistance", "0.5\n")[0] == "0.12"


def test_what_a_test_wants_to_know_of_this_moment_and_a_signature_are_not_typed_ahead(at: Typing) -> None:
    for key in ("ST302.done", "ST910.signed", "plan.limit"):
        asked = Asked(question=Question(key=key, text="Is it so?", choices=("yes", "no")))

        assert answers(at, asked, "yes\n", "Is it so?", "no\n")[0] == "no"


def test_a_prompt_takes_the_place_of_what_was_awaited_and_names_its_connector_once_and_before_the_words(
    at: Typing,
) -> None:
    words = "Does the adapter have a position D (246 Ω, ventilation)?"
    asked = Asked(question=Question(key="ST206.has_d", text=words, choices=("yes", "no")), connector=2)
    named = Asked(
        question=Question(key="ST412.x", text="Who begins at connector 2?", choices=("yes", "no")), connector=2
    )

    shown = answers(at, asked, "\n", "): ", "yes\n")[1]
    twice = answers(at, named, "\n", "): ", "yes\n")[1]

    assert f"{CLEARED}  Connector 2: {words} (yes/no): " in shown
    assert "  Who begins at connector 2? (yes/no): " in twice


def test_a_no_is_no_beginning_of_none(at: Typing) -> None:
    choices = ("none", "AC", "A", "F", "B")
    asked = Asked(question=Question(key="ST908.rcd", text="Type of the RCD", choices=choices))

    given, _ = answers(at, asked, "no\n", "is none of none, AC, A, F, B", "non\n")
    assert given == "none"


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("handover.support_link", ("https://help.quay.example/7", "http://a.b/", "-"), ("not a link", "help.example")),
        ("handover.support_until", ("2034-12", "-"), ("31.13.2028", "2034-13", "soon")),
    ],
)
def test_the_owner_is_printed_what_was_asked_for(key: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    question = Question(key=key, text="?")

    assert [problem_of(question, one) for one in good] == [""] * len(good)
    assert all("write it as" in problem_of(question, one) for one in bad)


def test_what_is_wanted_in_any_case_offers_no_way_past_it() -> None:
    assert "skip" not in problem_of(Question(key="label.serial", text="?"), "")
    assert "skip" in problem_of(Question(key="installer.company", text="?"), "")


COMPLETION = (sys.executable, "-m", "agent.control.cli", "completion", "bash")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_takes_nothing_is_one_sentence_and_no_success(unbuffered: str) -> None:
    sentence = says_to_a_full_disk(COMPLETION, unbuffered)

    assert "could not be written to the standard output (No space left on device)" in sentence


def test_a_closed_output_is_said_before_anything_begins() -> None:
    assert "the standard output is closed, so nothing was begun" in says_to_a_closed_output(COMPLETION)
