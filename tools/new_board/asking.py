"""One question at a time, to a person at the keyboard or to a file of answers; a wrong answer is asked for again."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")

CHOICES_AT_MOST = 24
"""Shown one a line; more of them are shown once and then known by name."""


class WrongAnswer(ValueError):
    """The text says what is wrong with it, and what would be right."""


class NoAnswer(Exception):
    """Nobody is there to answer, or the file has no more to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`key` names it in a file of answers and is its place in the board file. An empty answer is `default`."""

    key: str
    text: str
    default: str | None = None
    choices: tuple[str, ...] = ()


class Source(Protocol):
    """Who answers."""

    def answer(self, question: Question) -> str:
        """What was typed, without a judgement. Raises NoAnswer."""
        ...

    def refuse(self, question: Question, why: str) -> None:
        """The answer was wrong; the same question comes again."""
        ...

    def mentions(self, key: str) -> bool:
        """Whether there is an answer to a question that need not be asked."""
        ...


class Keyboard:
    """A person: choices by number or by name. What was taken is kept, so that nobody has to type it twice."""

    def __init__(self) -> None:
        self._given: list[tuple[str, str]] = []

    def given(self) -> str:
        """Every answer that was taken, as a file of answers."""
        return "".join(f"{key} = {answer}\n" for key, answer in self._given)

    def answer(self, question: Question) -> str:
        for number, choice in enumerate(question.choices, start=1):
            print(f"     {choice}" if choice.isdigit() else f"  {number:2} {choice}")
        default = f" [{question.default}]" if question.default is not None else ""
        try:
            typed = input(f"{question.text}{default}: ").strip()
        except EOFError as error:
            raise NoAnswer("nothing was written") from error
        are_numbers = all(choice.isdigit() for choice in question.choices)
        if typed.isdigit() and not are_numbers and 1 <= int(typed) <= len(question.choices):
            typed = question.choices[int(typed) - 1]
        self._given.append((question.key, typed))
        return typed

    def refuse(self, question: Question, why: str) -> None:
        self._given = [one for one in self._given if one[0] != question.key]
        print(f"  {question.key}: {why}", file=sys.stderr)

    def mentions(self, key: str) -> bool:
        return False


@dataclass(slots=True)
class Answers:
    """Lines `key = answer`; a key may stand several times, for the case that its first answer is refused.

    Questions without a line take their default. What is refused is kept in `refusals`, and shown.
    """

    by_key: dict[str, deque[str]]
    refusals: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Answers:
        """Raises NoAnswer for a line that is none."""
        by_key: dict[str, deque[str]] = {}
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key, equals, answer = line.partition("=")
            if not equals:
                raise NoAnswer(f"{file}:{number}: is no answer; write key = answer")
            by_key.setdefault(key.strip(), deque()).append(answer.strip())
        return cls(by_key)

    def answer(self, question: Question) -> str:
        left = self.by_key.get(question.key)
        if left:
            return left.popleft()
        if left is None and question.default is not None:
            return ""
        why = self.refusals[-1] if self.refusals and self.refusals[-1].startswith(f"{question.key}:") else ""
        raise NoAnswer(why or f"{question.key}: has no answer; {question.text}")

    def refuse(self, question: Question, why: str) -> None:
        self.refusals.append(f"{question.key}: {why}")
        print(self.refusals[-1], file=sys.stderr)

    def mentions(self, key: str) -> bool:
        return bool(self.by_key.get(key))

    def unused(self) -> list[str]:
        """Keys nobody asked for: mistyped, or of a driver that was not chosen."""
        return [key for key, left in self.by_key.items() if left]


def ask(source: Source, question: Question, read: Callable[[str], T]) -> T:
    """The answer as `read` understands it; asked again for as long as that raises WrongAnswer."""
    while True:
        typed = source.answer(question)
        if not typed and question.default is not None:
            typed = question.default
        try:
            return read(typed)
        except WrongAnswer as wrong:
            source.refuse(question, str(wrong))


def choose(source: Source, question: Question) -> str:
    """One of the question's choices."""
    from agent.tables import nearest

    def read(typed: str) -> str:
        if typed not in question.choices:
            raise WrongAnswer(f'there is no "{typed}"{nearest(typed, list(question.choices))}')
        return typed

    return ask(source, question, read)


def confirm(source: Source, question: Question) -> bool:
    """Yes or no."""

    def read(typed: str) -> bool:
        word = typed.lower()
        if word not in ("y", "yes", "n", "no"):
            raise WrongAnswer(f'"{typed}" is neither yes nor no')
        return word.startswith("y")

    return ask(source, question, read)


def several(source: Source, question: Question, known: Iterable[str]) -> list[str]:
    """Some of these, parted by commas."""
    from agent.tables import nearest

    names = list(known)

    def read(typed: str) -> list[str]:
        chosen = [name.strip() for name in typed.split(",") if name.strip() not in ("", question.default)]
        for name in chosen:
            if name not in names:
                raise WrongAnswer(f'there is no "{name}"{nearest(name, names)}')
        return chosen

    return ask(source, question, read)
