"""The modules of `firmware/bench`: they lie flat, like the board's own, and are found by bare names."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from firmware_sim.firmware import FIRMWARE, load_module

BENCH = FIRMWARE.parent / "bench"


def load_bench_module(name: str) -> Any:
    """One of them, with the board's modules beside it. Raises FirmwareMissing."""
    load_module("board")
    if str(BENCH) not in sys.path:
        sys.path.insert(0, str(BENCH))
    return importlib.import_module(name)
