"""The other end of the questions of a self-test or a commissioning: files of answers, a program, or a person.

Runs in `evsectl`, with the rights of its user. The local key of the unit is read or typed here, proves one challenge
after the other, and goes nowhere else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from hmac import digest
from pathlib import Path
from typing import Any

from agent.control.plan_supply import piece
from agent.control.questions import SKIP, Asked, decoded, is_declined, is_of_this_moment, problem_of
from agent.control.terminal import line, say
from agent.control.verb import Arguments
from agent.core.commissioning.measurement_file import Imported, read_measurements
from agent.errors import BadRequest, ConfigError
from agent.toml_files.problems import raise_if_any
from agent.toml_files.reader import read

PROGRAM = "-"
"""`--answers -`: questions leave as JSON lines on the standard output, answers come as lines of the standard input."""
KEY_BYTES = 32
WHOLE_WORDS = ("n", "no")
Answers = Mapping[str, tuple[str, ...]]


def answering(values: Arguments) -> Answering:
    """For one call of a verb with the arguments `answers`, `measurements`, `key` and `plan`. Raises BadRequest."""
    answers = str(values.get("answers", ""))
    return Answering(
        typed=read_answers(Path(answers)) if answers not in ("", PROGRAM) else {},
        measured=_measured(values.get("measurements")),
        key=_key_of_file(values.get("key")),
        plan=_path(values.get("plan")),
        is_program=answers == PROGRAM,
    )


class Answering:
    """What evsectl says to each question of the agent."""

    def __init__(
        self,
        *,
        typed: Answers,
        measured: Imported | None = None,
        key: bytes = b"",
        plan: Path | None = None,
        is_program: bool = False,
    ) -> None:
        self._typed = typed
        self._measured = measured
        self._key = key
        self._plan = plan
        self._is_program = is_program
        self._given: dict[str, int] = {}

    def __call__(self, question: str) -> str:
        """The answer. Raises BadRequest where nobody is there to give one, KeyboardInterrupt where they left."""
        if self._plan is not None and (part := piece(self._plan, question)) is not None:
            return part
        asked = decoded(question)
        if asked is None:
            return line(question)
        if asked.challenge is not None:
            return self._proof(asked, asked.challenge)
        if (filed := self._filed(asked)) is not None:
            return filed
        return _of_program(question) if self._is_program else _of_person(asked)

    def _filed(self, asked: Asked) -> str | None:
        """What the files say: the list of a key in turn, its last one for every time after."""
        key = asked.question.key
        if self._measured is not None and (found := self._measured.answers(asked.connector).get(key)) is not None:
            return found
        known = self._typed.get(key)
        if not known:
            return None
        turn = self._given.get(key, 0)
        self._given[key] = turn + 1
        answer = known[min(turn, len(known) - 1)]
        is_usual = is_declined(answer) or answer == asked.question.default
        if not is_usual and (problem := problem_of(asked.question, answer)):
            raise BadRequest(f"the file of answers: {key}: {problem}")
        return answer

    def _proof(self, asked: Asked, challenge: bytes) -> str:
        if not self._key:
            self._key = _key_of_person(asked)
        return digest(self._key, challenge, "sha256").hex() if self._key else f"{SKIP} no local key was given"


def read_answers(file: Path) -> Answers:
    """A file of answers by their keys, in TOML; a list is answers in turn.

    Raises BadRequest for what is no TOML, and for a key under which nothing is asked: a slip there would only be seen
    in front of the charger, when the question stands there with nobody to answer it.
    """
    from agent.control.answer_keys import problems

    document = read(file)
    try:
        raise_if_any(document.problems)
    except ConfigError as error:
        raise BadRequest(str(error)) from error
    answers = dict(_flat(document.table, ()))
    if unknown := problems(answers):
        raise BadRequest("\n".join(f"{file}: {problem}" for problem in unknown))
    return answers


def _flat(table: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*at, name))
        else:
            yield ".".join((*at, name)), tuple(_word(one) for one in (value if isinstance(value, list) else [value]))


def _word(value: object) -> str:
    match value:
        case True:
            return "yes"
        case False:
            return "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _measured(value: object) -> Imported | None:
    file = _path(value)
    if file is None:
        return None
    try:
        found = read_measurements(file.read_bytes())
    except OSError as error:
        raise BadRequest(f"{file} cannot be read ({error.strerror}); check the path") from error
    if found.problems:
        raise BadRequest("\n".join(f"{file}: {problem}" for problem in found.problems))
    return found


def _path(value: object) -> Path | None:
    return Path(str(value)) if value else None


def _key_of_file(value: object) -> bytes:
    file = _path(value)
    if file is None:
        return b""
    try:
        return key_of(file.read_text(encoding="ascii"))
    except OSError as error:
        raise BadRequest(f"{file} cannot be read ({error.strerror}); check the path and the owner") from error
    except ValueError as error:
        raise BadRequest(f"{file}: {error}") from error


def key_of(text: str) -> bytes:
    """The local key as it stands on the unit's key card: 64 hexadecimal digits, however they are grouped."""
    digits = re.sub(r"[\s:.-]", "", text)
    if not re.fullmatch(r"[0-9A-Fa-f]*", digits) or len(digits) != 2 * KEY_BYTES:
        raise ValueError(f"this is no local key: {2 * KEY_BYTES} digits from 0 to 9 and A to F, as on the key card")
    return bytes.fromhex(digits)


def _key_of_person(asked: Asked) -> bytes:
    """Typed once, and not shown. b"" where nobody has it."""
    if not sys.stdin.isatty():
        return b""
    from getpass import getpass

    say(f"{asked.question.text}.\n")
    while text := getpass("  Local key from the key card (Enter: leave the tests with power out): "):
        try:
            return key_of(text)
        except ValueError as error:
            say(f"  {error}\n")
    return b""


# A program, and a person.


def _of_program(question: str) -> str:
    sys.stdout.write(json.dumps({"ask": json.loads(question)}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise BadRequest("the program that answers has ended; its standard output is where answers come from")
    return answer.strip()


def _of_person(asked: Asked) -> str:
    question = asked.question
    if not sys.stdin.isatty():
        raise BadRequest(
            f'"{question.text}" asks a person, and this is no terminal; write {question.key} into the file of '
            "--answers, or let a program answer: --answers -"
        )
    if asked.adapter is not None:
        return line(f"  {question.text} ", is_fresh=True)
    while True:
        answer = _full(line(_prompt(asked), is_fresh=is_of_this_moment(question.key)), question.choices)
        if is_declined(answer) or (question.default is not None and answer in ("", question.default)):
            return answer
        if not (problem := problem_of(question, answer)):
            return answer
        say(f"  {problem}\n")


def _prompt(asked: Asked) -> str:
    question = asked.question
    where = _where(asked)
    if question.choices:
        hint = "/".join(question.choices)
    elif question.unit:
        hint = question.unit
    else:
        hint = ""
    default = f" [{question.default}]" if question.default else ""
    words = question.text.rstrip(" :")
    return f"  {where}{words}{f' ({hint})' if hint else ''}{default}: "


def _where(asked: Asked) -> str:
    """Before the words, and not where they name it themselves."""
    place = f"connector {asked.connector}"
    is_named = re.search(rf"{place}\b", asked.question.text) is not None
    return "" if asked.connector is None or is_named else f"{place.capitalize()}: "


def _full(answer: str, choices: tuple[str, ...]) -> str:
    """The one choice that begins so, whatever the case; what was typed where there is none or more.

    A "no" to a choice without one is an answer to another question, and no beginning of "none".
    """
    is_short = bool(answer) and answer.lower() not in WHOLE_WORDS
    fitting = [one for one in choices if one.lower().startswith(answer.lower())] if is_short else []
    exact = [one for one in choices if one.lower() == answer.lower()]
    return (exact or fitting)[0] if len(exact or fitting) == 1 else answer
