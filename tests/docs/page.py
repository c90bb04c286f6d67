"""A page of docs/ as a person follows it: files to write, commands to type, what they print, and tables.

A fenced block whose first line names a file after its language (`toml acme-pm3.toml`) is that file. A `console` block
is commands, each after a "$ ", and what they print.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.code_shape import ROOT

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class File:
    """To be written before the next command."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """As it is typed, and everything that it prints."""

    words: tuple[str, ...]
    prints: str

    def is_said_by(self, printed: str) -> bool:
        """Whether that is what it prints; a line of "…" stands for any lines."""
        parts = (re.escape(part) for part in re.split(r"^…\n", self.prints, flags=re.MULTILINE))
        return re.fullmatch("(?:.*\n)*".join(parts), printed) is not None


class Page:
    """One page of docs/."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / name).read_text(encoding="utf-8")

    def steps(self) -> list[File | Command]:
        """In the order of the page."""
        return [step for block in FENCE.finditer(self.text) for step in _steps(block[1], block[2])]

    def commands(self, program: str) -> list[Command]:
        """Of one program, in the order of the page."""
        return [step for step in self.steps() if isinstance(step, Command) and step.words[0] == program]

    def write_files(self, folder: Path) -> None:
        """Every file of the page, the last text of each."""
        for step in self.steps():
            if isinstance(step, File):
                (folder / step.name).write_text(step.text, encoding="utf-8")

    def table(self, head: str) -> list[list[str]]:
        """The rows of the table whose first column has this head, as they are written."""
        _, found, rest = self.text.partition(f"\n| {head} |")
        assert found, f"the page has no table of {head}"
        lines = rest.split("\n\n")[0].splitlines()[2:]
        return [[cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]] for line in lines]


def _steps(info: str, text: str) -> Iterator[File | Command]:
    language, _, name = info.partition(" ")
    if language == "console":
        yield from _commands(text)
    elif name:
        yield File(name, text)


def _commands(text: str) -> Iterator[Command]:
    typed = re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)
    assert typed[0] == "", f"a console block begins with a command: {typed[0]!r}"
    for each in typed[1:]:
        line, _, prints = each.partition("\n")
        yield Command(tuple(shlex.split(line)), prints)
