"""Writes how often each family of meters can be read into docs/benchmarks.md, from the maps of agent/drivers/meters.

`python -m tools.generate_meter_pace` writes; with `--check` it only says whether the page is stale and exits 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from agent.connector.meter_watch import ACTIVE_CYCLE_S
from agent.drivers.meters.maps import known_maps, load_map
from agent.drivers.meters.pace import cycle_s, factory_byte_s, refresh_s
from tools.marked_table import with_rows

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
MARK = "meter pace"
REACTION_S = 0.02
"""That of the simulated meters; what real ones take is not known."""


def rows() -> Iterable[tuple[str, ...]]:
    """Family, factory line, requests, floor of the wire, then how old values become: of one meter, and of three."""
    for id in known_maps():
        meter = load_map(id)
        if (byte_s := factory_byte_s(meter)) is not None:
            floor_ms = f"{1000 * cycle_s(meter, byte_s):.0f} ms"
            ages = (f"{max(ACTIVE_CYCLE_S, refresh_s(meter, byte_s, many, REACTION_S)):.2f} s" for many in (1, 3))
            yield f"`{id}`", meter.factory_line, str(len(meter.plans[0])), floor_ms, *ages


def written(page: str) -> str:
    """The page with its table as the maps are now. ValueError where the mark is missing."""
    return with_rows(page, MARK, rows())


def main() -> int:
    """The exit code."""
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    if "--check" in sys.argv[1:]:
        if before != after:
            print(f"{PAGE.name} is stale; run python -m tools.generate_meter_pace")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
