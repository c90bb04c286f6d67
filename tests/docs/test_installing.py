"""docs/installing.md: its commands are typed, its steps are those there are, and its file of answers answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from agent.config import circuit_checks
from agent.config.load import load
from agent.control.answering import answering
from agent.control.commissioning_texts import AGAIN, ON, PAUSE, QUESTIONS
from agent.control.parser import parse
from agent.control.questions import Asked, encoded
from agent.control.verbs.commission import DRAWN, look
from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.papers import papers
from agent.core.commissioning.record import MOST_FAILURES
from agent.core.commissioning.steps import Step
from agent.drivers import loader
from agent.selftest.bench import AdapterPosition, Question
from tests.docs.page import Page

PAGE = Page("installing.md")
TYPED = re.findall(r"^(evsectl .*?)(?: {2,}.*)?$", PAGE.text, re.MULTILINE)


def test_every_command_of_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("readings.csv").write_text("name,value,unit\ncontinuity,0.1,Ω\n", encoding="utf-8")
    Path("card.txt").write_text("00" * 32, encoding="ascii")

    lines = [parse(_words(command)) for command in TYPED]

    assert len(lines) >= 12
    for line in lines:
        if line.words == "commission" and "plan" not in line.arguments:
            look(line.arguments)
    named = {name for line in lines for name in str(line.arguments.get("only", "")).split(",") if name}
    assert named == {"identify", "network", "ST301", "ST508"}
    assert named - {step.value for step in Step} <= set(catalogue())


def _words(command: str) -> list[str]:
    import shlex

    return shlex.split(command)[1:]


def test_its_steps_are_those_there_are_in_their_order() -> None:
    assert [row[0] for row in PAGE.table("step")] == [f"`{step.value}`" for step in Step]


def test_what_it_says_of_answers_failures_and_parts_is_so() -> None:
    for word in (AGAIN, ON, PAUSE):
        assert f"- `{word}` " in PAGE.text
    assert MOST_FAILURES == 4 and "may fail four times" in PAGE.text
    listed = PAGE.text.partition("prints one object a line: ")[2].partition(" with `complete`")[0]
    assert set(re.findall(r"`([a-z_]+)`", listed)) == set(DRAWN)


def test_its_file_of_answers_answers(tmp_path: Path) -> None:
    PAGE.write_files(tmp_path)
    answers = answering({"answers": str(tmp_path / "answers.toml")})

    def said(question: Question) -> str:
        return answers(encoded(Asked(question=question)))

    assert [said(QUESTIONS[key]) for key in ("installer.person", "label.serial")] == ["Anna Meyer", "QE-000123"]
    paper = papers()["ST901.resistance_ohm"]
    assert said(Question(key=paper.key, text=paper.text, unit=paper.unit, low=paper.low, high=paper.high)) == "0.12"
    again = Question(key="self-test.again", text="?", choices=(AGAIN, ON, PAUSE), default=ON)
    assert [said(again), said(again)] == ["again", "on"]


def test_a_question_for_a_program_has_what_the_page_says() -> None:
    question = Question(key="k", text="t", unit="Ω", choices=("a",), default="a", low=0, high=1)
    content = json.loads(encoded(Asked(question=question, connector=1, adapter=AdapterPosition(state="A"))))

    names = re.findall(r"`([a-z]+)`", PAGE.text.partition('`{"ask": {…}}`')[2].partition("; the answer")[0])
    assert set(content) == set(names)
    assert {"key", "text", "adapter"} <= set(names)


def test_its_circuit_is_one_that_bears_the_simulated_charger(tmp_path: Path) -> None:
    PAGE.write_files(tmp_path)
    circuit = (tmp_path / "circuit.toml").read_text(encoding="utf-8")
    site = tmp_path / "site.toml"
    head = 'board = "sim-dual"\n[site]\ncountry = "DE"\nsupply_current_a = 32\n'
    site.write_text(f'{head}{circuit}[storage]\npath = "{tmp_path}"\n', encoding="utf-8")
    config = load(site, loader)

    assert config.circuit is not None
    wrong = [
        one.what
        for one in circuit_checks.findings(config.site, config.circuit)
        if one.verdict is circuit_checks.Verdict.BAD
    ]
    assert wrong == []
