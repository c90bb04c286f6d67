"""From the plug's leaving under load to open contacts, in virtual time and with MicroPython in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.figure import Effort, Figure, at_most
from benchmarks.spread import spread
from firmware_sim import virtual_loop
from firmware_sim.contactor import Travel
from firmware_sim.micropython_board import MicropythonBoard, find_micropython
from firmware_sim.pilot_board import PilotBoard
from firmware_sim.unplug_trials import LIMIT_MS, unplug_trials

ORDER = 6
AT_ONCE = 3
"""Boards side by side in real time: each has a process of its own, and the machine must keep up with all."""


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    yield _figure("unplug → open, virtual time", virtual_loop.run(unplug_trials(PilotBoard, effort.virtual_trials)))
    micropython = find_micropython()
    if micropython is not None:
        board = partial(MicropythonBoard, micropython=micropython)
        yield _figure(
            "unplug → open, MicroPython", asyncio.run(unplug_trials(board, effort.board_trials, at_once=AT_ONCE))
        )


def _figure(name: str, opened_after_ms: Sequence[float]) -> Figure:
    in_time = sum(ms <= LIMIT_MS for ms in opened_after_ms)
    return Figure(
        name=name,
        value=max(opened_after_ms),
        unit="ms",
        floor=Travel().open_main_s * 1000,
        floor_is="the travel of the contacts alone",
        target=at_most(LIMIT_MS, why="IEC 61851-1 sequence 2.2, in every trial"),
        notes=(f"the slowest; {in_time} of {len(opened_after_ms)} in time, {spread(opened_after_ms, 'ms')}",),
    )
