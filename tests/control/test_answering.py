"""What evsectl answers for an installer: from files, from a program, with the local key of the unit."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from hmac import digest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, builds, floats, none, sampled_from, text, tuples

from agent.control.answering import Answering, answering, key_of, read_answers
from agent.control.person import PersonAtTerminal
from agent.control.questions import Asked, decoded, encoded, in_words, problem_of
from agent.control.wire import Body
from agent.core.identity import ConnectorId
from agent.errors import BadRequest
from agent.selftest.bench import AdapterPosition, Diode, Question

KEY = "00112233 44556677 8899AABB CCDDEEFF 00112233 44556677 8899AABB CCDDEEFF"
OHM = Question(key="ST901.resistance_ohm", text="Resistance of the protective conductor", unit="Ω", low=0, high=1000)

numbers = floats(allow_nan=False, allow_infinity=False)
questions = builds(
    Question,
    key=text(min_size=1),
    text=text(),
    unit=sampled_from(["", "Ω"]),
    choices=sampled_from([(), ("yes", "no")]),
    default=none() | text(),
    low=none() | numbers,
    high=none() | numbers,
)
positions = builds(
    AdapterPosition,
    state=sampled_from(["A", "B", "C", "D", "E", "out"]),
    diode=sampled_from(Diode),
    has_earth=booleans(),
    proximity_ohm=none() | numbers,
    load_a=numbers,
    load_phase=none() | sampled_from([1, 2, 3]),
    connector=none() | sampled_from([ConnectorId(1), ConnectorId(2)]),
)


@given(questions, none() | sampled_from([1, 2]), none() | positions, none() | sampled_from([b"", b"\x00\xff"]))
def test_a_question_comes_through_the_wire_as_it_was(
    question: Question, connector: int | None, position: AdapterPosition | None, challenge: bytes | None
) -> None:
    asked = Asked(question=question, connector=connector, adapter=position, challenge=challenge)

    assert decoded(encoded(asked)) == asked


@pytest.mark.parametrize("line", ["plan 0 QE-000123", "To apply, type yes: ", "[1]", '{"key": 1}'])
def test_anything_else_is_no_question(line: str) -> None:
    assert decoded(line) is None


@given(tuples(positions))
def test_every_position_of_an_adapter_has_words(drawn: tuple[AdapterPosition]) -> None:
    assert in_words(drawn[0]).startswith(("Set the adapter to ", "Take the adapter out", "Plug the adapter into "))


@pytest.mark.parametrize(
    ("state", "at", "came_from", "words"),
    [
        ("A", 1, None, "Plug the adapter into connector 1 and set it to A"),
        ("B", 1, 1, "Set the adapter in connector 1 to B"),
        ("A", 2, 1, "Take the adapter out of connector 1, plug it into connector 2 and set it to A"),
        ("out", 2, 2, "Take the adapter out of connector 2"),
        ("C", None, None, "Set the adapter to C"),
        ("out", None, None, "Take the adapter out"),
    ],
)
def test_an_adapter_is_told_its_connector_where_there_are_several(
    state: str, at: ConnectorId | None, came_from: ConnectorId | None, words: str
) -> None:
    assert in_words(AdapterPosition(state=state, connector=at), came_from) == words


def test_a_load_on_one_phase_is_on_one_phase() -> None:
    assert in_words(AdapterPosition(state="C", load_a=8, load_phases=1)).endswith("8 A on 1 phase")


@pytest.mark.parametrize(
    ("question", "answer", "says"),
    [
        (OHM, "0,12", ""),
        (OHM, "120 mΩ", ""),
        (OHM, "-1", "cannot be"),
        (OHM, "many", "is no number"),
        (Question(key="x", text="?", choices=("yes", "no")), "maybe", "is none of yes, no"),
        (Question(key="x", text="?"), " ", "something has to be written; or: skip and why"),
    ],
)
def test_what_will_not_do_is_told_with_what_will(question: Question, answer: str, says: str) -> None:
    assert says in problem_of(question, answer)
    assert bool(problem_of(question, answer)) is bool(says)


def asked_of(answers: Answering, question: Question, connector: int | None = None) -> str:
    return answers(encoded(Asked(question=question, connector=connector)))


def test_a_file_answers_by_key_a_list_in_turn_and_yes_and_no_are_booleans_too(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(
        'ST901.resistance_ohm = [0.12, "0.2"]\n[installer]\nperson = "Anna Meyer"\n[inspection]\nmounting = true\n',
        encoding="utf-8",
    )
    answers = answering({"answers": str(file)})

    assert asked_of(answers, Question(key="installer.person", text="Your name")) == "Anna Meyer"
    assert asked_of(answers, Question(key="inspection.mounting", text="?", choices=("yes", "no"))) == "yes"
    assert [asked_of(answers, OHM) for _ in range(3)] == ["0.12", "0.2", "0.2"]


def test_what_a_file_says_wrong_or_not_at_all_is_told_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('ST901.resistance_ohm = "much"\n', encoding="utf-8")
    answers = answering({"answers": str(file)})

    with pytest.raises(BadRequest, match=r'ST901.resistance_ohm: "much" is no number'):
        asked_of(answers, OHM)
    with pytest.raises(BadRequest, match=r"write installer.person into the file of --answers"):
        asked_of(answers, Question(key="installer.person", text="Your name"))


SLIPS = [
    ('[installer]\ncompani = "Meyer"', 'installer.compani: no question has this key; did you mean "installer.company"'),
    ("[nonsense]\nx = 1", r"nonsense.x: no question has this key$"),
    ("[ST901]\nresistance = 1", 'did you mean "ST901.resistance_ohm"'),
    ("[ST999]\nx = 1", "ST999.x: no question"),
    ("ST206 = true", "ST206: no question"),
    ('[meter_serial]\none = "47"', "meter_serial.one: no question"),
]


@pytest.mark.parametrize(("text", "says"), SLIPS)
def test_a_key_that_nothing_asks_for_is_told_before_anything_is_asked(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadRequest, match=says):
        read_answers(file)


def test_every_key_of_the_demonstration_and_those_that_only_a_running_test_knows_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        'ST206.has_d = true\n[power]\nwatched = true\n[inspection.labels]\nremark = "-"\n', encoding="utf-8"
    )

    assert read_answers(file).keys() == {"ST206.has_d", "power.watched", "inspection.labels.remark"}
    assert read_answers(Path("tools/demo/commissioning/answers.toml"))["meter_serial.1"] == ("4711001",)


@pytest.mark.parametrize(("text", "says"), [(None, "there is no such file"), ("a = = 1", "a.toml:1")])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "a.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(BadRequest, match=says):
        read_answers(file)


def test_an_instruments_file_answers_each_connector_with_its_own_row(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text("name,value,unit,connector\ncontinuity,0.1,Ω,1\ncontinuity,0.2,Ω,2\n", encoding="utf-8")
    answers = answering({"measurements": str(file)})

    assert [asked_of(answers, OHM, connector) for connector in (1, 2)] == ["0.1", "0.2"]


def test_an_instruments_file_with_a_wrong_row_counts_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text("name,value,unit\ncontinuity,0.1,V\n", encoding="utf-8")

    with pytest.raises(BadRequest, match=r"readings.csv: line 2"):
        answering({"measurements": str(file)})


def test_the_proof_is_made_of_the_key_on_the_card_and_of_each_challenge(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n", encoding="ascii")
    answers = answering({"key": str(file)})
    question = Question(key="proof", text="power")

    for challenge in (b"one", b"two"):
        proof = answers(encoded(Asked(question=question, challenge=challenge)))
        assert bytes.fromhex(proof) == digest(key_of(KEY), challenge, "sha256")


def test_without_a_key_and_without_a_person_the_tests_with_power_are_left_out() -> None:
    answers = answering({})

    assert answers(encoded(Asked(question=Question(key="proof", text="power"), challenge=b"x"))).startswith("skip ")


@pytest.mark.parametrize("wrong", ["", "0011", KEY[:-1] + "G"])
def test_a_key_that_is_none_is_told_without_being_shown(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(wrong, encoding="ascii")

    with pytest.raises(BadRequest, match="64 digits from 0 to 9 and A to F") as refused:
        answering({"key": str(file)})
    assert not wrong or wrong not in str(refused.value)


def test_a_program_gets_questions_as_lines_and_gives_answers_as_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("0.12\n"))
    answers = answering({"answers": "-"})

    assert asked_of(answers, OHM) == "0.12"
    assert json.loads(capsys.readouterr().out)["ask"]["key"] == "ST901.resistance_ohm"
    with pytest.raises(BadRequest, match="has ended"):
        asked_of(answers, OHM)


class Terminal:
    """A `Conversation` that does what it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def say(self, body: Body) -> None:
        del body

    async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
        del instead, within_s
        self.asked.append(json.loads(question)["text"])
        return ""


def test_an_adapter_is_carried_from_one_connector_to_the_next_in_words() -> None:
    terminal = Terminal()
    person = PersonAtTerminal(terminal)

    async def carry() -> None:
        for state, at in (("A", 1), ("B", 1), ("A", 2)):
            await person.set_adapter(AdapterPosition(state=state, connector=ConnectorId(at)))
        await person.set_adapter(AdapterPosition(state="out"))
        await person.set_adapter(AdapterPosition(state="A", connector=ConnectorId(1)))

    asyncio.run(carry())

    assert [text.removesuffix(", then press Enter") for text in terminal.asked] == [
        "Plug the adapter into connector 1 and set it to A",
        "Set the adapter in connector 1 to B",
        "Take the adapter out of connector 1, plug it into connector 2 and set it to A",
        "Take the adapter out of connector 2",
        "Plug the adapter into connector 1 and set it to A",
    ]
