"""Writes the table of reaction times into docs/safety-case.md: measures each row anew, on the virtual clock.

`python -m tools.generate_reactions` writes; with `--check` it only says that the page is stale and exits 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from tools.marked_table import with_rows
from tools.safety.bench_modules import load_bench_module

PAGE = Path(__file__).resolve().parent.parent / "docs" / "safety-case.md"
MARK = "reactions"


def rows() -> Iterable[tuple[str, ...]]:
    """Function, event, limit, the slower of a board that polls every 5 ms and one that looks when due, the measure."""
    for each in load_bench_module("reactions").REACTIONS:
        measured_ms = max(each.measure(False), each.measure(True))
        yield each.function, each.event, f"{each.limit_ms} ms", f"{measured_ms} ms", f"`{each.measure.__name__}`"


def written(page: str) -> str:
    """The page with its table as it is measured now. ValueError where the mark is missing."""
    return with_rows(page, MARK, rows())


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
