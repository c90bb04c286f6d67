"""Writes the table of reaction times into docs/safety-case.md: measures each row anew, on the virtual clock.

`python -m tools.generate_reactions` writes; with `--check` it only says that the page is stale and exits 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tools.marked_table import with_rows
from tools.safety.bench_modules import load_bench_module

PAGE = Path(__file__).resolve().parent.parent / "docs" / "safety-case.md"
MARK = "reactions"


def slower_ms(reaction: Any) -> int:
    """The slower of a board that polls every 5 ms and one that looks when due."""
    measured_ms: int = max(reaction.measure(False), reaction.measure(True))
    return measured_ms


def rows(measured_ms: Callable[[Any], int]) -> Iterable[tuple[str, ...]]:
    """Function, event, limit, what was measured, the measure."""
    for each in load_bench_module("reactions").REACTIONS:
        measure = f"`{each.measure.__name__}`"
        yield each.function, each.event, f"{each.limit_ms} ms", f"{measured_ms(each)} ms", measure


def written(page: str, measured_ms: Callable[[Any], int] = slower_ms) -> str:
    """The page with its table as it is measured now. ValueError where the mark is missing."""
    return with_rows(page, MARK, rows(measured_ms))


def main() -> int:
    """The exit code."""
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    if "--check" in sys.argv[1:]:
        if before != after:
            print(f"{PAGE.name} is stale; run python -m tools.generate_reactions")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
