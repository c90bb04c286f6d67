"""Which inputs are worth a place in the tree: the shortest ones that together take every branch that any one takes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from agent import ocpp_client
from agent.drivers import pilot_board
from firmware_sim.firmware import FIRMWARE

WATCHED = (str(FIRMWARE), str(Path(pilot_board.__file__).parent), str(Path(ocpp_client.__file__).parent))

Step = tuple[str, int, int]
"""From one line to the next, in one file."""


def merge(corpus: Path, found: Iterable[bytes], target: Callable[[bytes], None]) -> int:
    """Copy what takes a new step into `corpus`; returns how many. Raises what `target` raises."""
    known: set[Step] = set()
    for file in sorted(corpus.iterdir()):
        known |= steps_of(target, file.read_bytes())
    added = 0
    for octets in sorted(found, key=len):
        steps = steps_of(target, octets)
        if steps - known:
            known |= steps
            (corpus / hashlib.sha256(octets).hexdigest()[:40]).write_bytes(octets)
            added += 1
    return added


def steps_of(target: Callable[[bytes], None], octets: bytes) -> set[Step]:
    """The steps through the codecs' files that `target` takes with these octets."""
    steps: set[Step] = set()
    last: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(WATCHED):
            return None
        if event == "line":
            steps.add((file, last.get(frame, 0), frame.f_lineno))
            last[frame] = frame.f_lineno
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        target(octets)
    finally:
        sys.settrace(before)
    return steps
