"""The wear record on disk: twice, each with its own check, beside the database, so that no damage to one takes both.

A factory reset leaves them: they belong to the hardware (security.md, S-33). Everything here blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agent import whole_file
from agent.core.wear.model import Wear, joined
from agent.store.wear_codec import read, written
from agent.values import frozen

FILE_NAMES = ("wear-a.json", "wear-b.json")


@frozen(kw_only=True)
class FoundWear:
    """What two files say together. `problems`: of each that could not be used, why."""

    wear: Wear
    problems: tuple[str, ...] = ()


class WearFiles:
    """In `folder`."""

    def __init__(self, folder: Path, *, flush: bool = True) -> None:
        """`flush` False gives up durability at a power cut, for simulation."""
        self._files = [folder / name for name in FILE_NAMES]
        self._flush = flush

    def read(self) -> FoundWear:
        """Of each number the higher of both copies, of a time that of the newer one. Never raises."""
        copies: list[Wear] = []
        problems: list[str] = []
        for file in self._files:
            try:
                copies.append(read(file.read_text(encoding="utf-8")))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                problems.append(f"{file.name}: {error}")
        return FoundWear(wear=joined(copies), problems=tuple(problems))

    def write(self, wear: Wear) -> None:
        """One after the other, each durable before the next: whatever ends in between, one is whole. Raises OSError."""
        text = written(wear)
        for file in self._files:
            whole_file.write(file, text, flush=self._flush)

    def lines(self) -> Iterable[str]:
        """Both as they lie, for whoever wants to see for himself."""
        for file in self._files:
            if file.exists():
                yield f"{file.name}: {file.read_text(encoding='utf-8', errors='replace').strip()}"
