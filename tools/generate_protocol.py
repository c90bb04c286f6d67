"""Writes the tables of docs/pilot-board-protocol.md from the board's own message table; the prose stays as it is.

`python -m tools.generate_protocol` writes; with `--check` it only says that the page is stale and exits 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from firmware_sim.firmware import load_module
from tools.marked_table import with_rows

PAGE = Path(__file__).resolve().parent.parent / "docs" / "pilot-board-protocol.md"
WORD_LISTS = {
    "pilot_state": "PILOT_STATES",
    "contactor": "CONTACTOR_STATES",
    "waits_for": "WAITS_FOR",
    "signal": "SIGNALS",
    "evidence": "EVIDENCE",
    "capabilities, by bit": "CAPABILITIES",
    "lock": "LOCK_STATES",
    "ask.what": "ASKS",
    "put.what": "PUTS",
    "test.step": "TEST_STEPS",
    "result": "RESULTS",
}


def table_rows(messages: Any) -> Iterable[tuple[str, ...]]:
    """One row for each field of each message."""
    for number, name, fields in messages.TABLE:
        for place, field in enumerate(fields, 1):
            yield (f"{number} {name}" if place == 1 else "", str(place), *map(str, field))


def word_rows(messages: Any) -> Iterable[tuple[str, ...]]:
    """One row for each list of words."""
    for field, name in WORD_LISTS.items():
        yield field, ", ".join(getattr(messages, name))


def frame_rows(messages: Any) -> Iterable[tuple[str, ...]]:
    """Two messages written out in octets."""
    frame = load_module("frames").frame
    wish = (1, True, 160, False, messages.SIGNALS.index("charging"), 1, True, True, False, None)
    examples = {
        "identify, request 1": messages.pack(messages.IDENTIFY, (1, messages.table_hash())),
        "wish 1: 16 A permitted for plug 1, charging": messages.pack(messages.WISH, wish),
    }
    for name, payload in examples.items():
        yield name, payload.hex(" "), frame(payload).hex(" ")


def written(page: str) -> str:
    """The page with its tables and its hash as the code has them now. ValueError where a mark is missing."""
    messages = load_module("messages")
    tables: Mapping[str, Iterable[tuple[str, ...]]] = {
        "table": table_rows(messages),
        "words": word_rows(messages),
        "frames": frame_rows(messages),
    }
    for mark, rows in tables.items():
        page = with_rows(page, mark, rows)
    return re.sub(r"hash of this page is `[0-9a-f]{8}`", f"hash of this page is `{messages.table_hash()}`", page)


def main() -> int:
    """The exit code."""
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    if "--check" in sys.argv[1:]:
        if before != after:
            print(f"{PAGE.name} is stale; run python -m tools.generate_protocol")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
