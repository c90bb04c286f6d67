"""Which measures there are: the files of `measures/`."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, cast

from benchmarks.figure import Effort, Figure

FOLDER = Path(__file__).parent / "measures"


class Measure(Protocol):
    """A module of `measures/`. `ORDER` is its place in the table."""

    ORDER: int

    def measure(self, effort: Effort, folder: Path) -> Iterable[Figure]:
        """Its figures. `folder` is an empty one on a real disk, for this measure alone. Raises what goes wrong."""
        ...


def load(name: str) -> Measure:
    """The measure of this name, one of `names()`."""
    return cast(Measure, importlib.import_module(f"benchmarks.measures.{name}"))


def names() -> list[str]:
    """Every measure, in the order of the table."""
    found = [file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_")]
    return sorted(found, key=lambda name: load(name).ORDER)
