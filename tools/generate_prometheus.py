"""Writes the table of metrics in docs/prometheus.md from agent/core/exposition/table.py.

`python -m tools.generate_prometheus` writes; with `--check` it only says what is stale and exits 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from agent.core.exposition.table import METRICS
from tools.marked_table import with_rows

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/prometheus.md"
MARK = "METRICS"


def rows() -> Iterator[tuple[str, ...]]:
    """One for each metric."""
    for one in METRICS.values():
        labels = ", ".join(f"`{label}`" for label in one.labels)
        yield f"`{one.name}`", one.kind.value, labels, one.meaning, one.since.value


def main(arguments: list[str]) -> int:
    """Exit code 1 only with `--check` and a stale page."""
    before = PAGE.read_text(encoding="utf-8")
    text = with_rows(before, MARK, rows())
    if text == before:
        return 0
    print(f"{PAGE.relative_to(ROOT)} {'is stale' if '--check' in arguments else 'written'}")
    if "--check" in arguments:
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
