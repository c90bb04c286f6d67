"""What is wrong with a configuration, collected until everything is known, told as `file:line: key: what`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path

from agent.errors import ConfigError
from agent.tables import KeyPath, TableProblem
from agent.values import frozen, mutable


@frozen
class Location:
    """A line of a file, from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def __lt__(self, other: Location) -> bool:
        return (self.file, self.line) < (other.file, other.line)


def dotted(key: KeyPath) -> str:
    """ "ocpp.url", "connector.1.meter": a place in an array counts from 1, as connectors do."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in key)


@mutable
class Problems:
    """Findings in one file, or in several read as one. `where` knows the lines of its keys."""

    file: Path
    where: Mapping[KeyPath, Location] = field(default_factory=dict)
    _found: list[tuple[Location, str]] = field(default_factory=list)

    def add(self, key: KeyPath, what: str) -> None:
        """`what` ends with what to write instead."""
        name = dotted(key)
        self._found.append((self.location(key), f"{name}: {what}" if name else what))

    def add_in(self, file: Path, line: int, what: str) -> None:
        """A problem of a file rather than of a key."""
        self._found.append((Location(file, line), what))

    def extend(self, problems: Iterable[TableProblem]) -> None:
        """What the binding of a table found."""
        for problem in problems:
            self.add(problem.key, problem.what)

    def location(self, key: KeyPath) -> Location:
        """The line of `key`, else of the nearest table around it, else the head of the file."""
        while key and key not in self.where:
            key = key[:-1]
        return self.where.get(key, Location(self.file, 1))

    def lines(self) -> tuple[str, ...]:
        """One finished line for each finding, in the order of the files."""
        return tuple(f"{location}: {what}" for location, what in sorted(self._found, key=lambda found: found[0]))

    def __bool__(self) -> bool:
        return bool(self._found)


def raise_if_any(*several: Problems) -> None:
    """ConfigError with every line of every collection, in their order; nothing where there is none."""
    lines = tuple(line for problems in several for line in problems.lines())
    if lines:
        raise ConfigError(lines)
