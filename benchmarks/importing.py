"""What a start imports, by the text of `python -X importtime`. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)")


def own_times_ms(importtime: str) -> dict[str, float]:
    """Milliseconds spent in each module itself, without what it imported."""
    return {found[2]: int(found[1]) / 1000 for line in importtime.splitlines() if (found := LINE.match(line))}


def by_room(own_ms: Mapping[str, float], floor_ms: Mapping[str, float]) -> list[tuple[str, int, float]]:
    """Name, modules and milliseconds of everything the floor does not import, the dearest first.

    Ours by room (`agent.core`), everything else by package.
    """
    spent: dict[str, float] = {}
    modules: Counter[str] = Counter()
    for name, ms in own_ms.items():
        if name in floor_ms:
            continue
        parts = name.split(".")
        room = ".".join(parts[:2]) if parts[0] == "agent" else parts[0]
        spent[room] = spent.get(room, 0.0) + ms
        modules[room] += 1
    dearest = sorted(spent, key=lambda room: spent[room], reverse=True)
    return [(room, modules[room], spent[room]) for room in dearest]
