"""Loads the pilot board's own firmware, so that what runs in the simulator is what runs on the board.

The firmware's modules lie flat in one folder, as on the board, and import each other by bare names.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any, Protocol, cast

FIRMWARE = Path(__file__).resolve().parent.parent / "firmware" / "pilot_board"


class FirmwareMissing(RuntimeError):
    """The folder with the board's program is not beside this package."""


class Program(Protocol):
    """The firmware's main object. `interlock` holds its rules, for onlookers only."""

    interlock: Any

    def poll(self) -> int:
        """One turn of the loop; returns the time of the next one that is needed, in `ticks_ms`."""
        ...


def load_module(name: str) -> Any:
    """One of the board's modules, for whoever must speak its language. Raises FirmwareMissing."""
    folder = str(FIRMWARE)
    if not (FIRMWARE / "board.py").exists():
        raise FirmwareMissing(f"{folder}/board.py is missing; run from a checkout that has the firmware")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


def signal_name(number: int | None) -> str | None:
    """The meaning of the light that the program shows; None for a light that was never switched on."""
    return None if number is None else str(load_module("messages").SIGNALS[number])


def load_board(hal: object) -> Program:
    """A freshly started board program on these pins. Several may run in one process."""
    return cast(Program, load_module("board").Board(hal))
