"""Tables in pages that people write: what stands below `<!-- MARK -->` is a table, and its rows are generated."""

from __future__ import annotations

import re
from collections.abc import Iterable


def with_rows(page: str, mark: str, rows: Iterable[tuple[str, ...]]) -> str:
    """`page` with these rows under the head of its marked table. ValueError where the mark is missing."""
    before, found, rest = page.partition(f"<!-- {mark} -->\n")
    if not found:
        raise ValueError(f"the mark <!-- {mark} --> is missing")
    head, rule, *_ = rest.splitlines(keepends=True)
    after = rest[rest.index("\n\n") :]
    lines = "\n".join(re.sub(" +", " ", f"| {' | '.join(row)} |") for row in rows)
    return before + found + head + rule + lines + after
