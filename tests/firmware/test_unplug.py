"""A plug pulled under load: contacts open within 100 ms, whoever runs the firmware, in every trial."""

import asyncio
from functools import partial

import pytest

from firmware_sim.micropython_board import MicropythonBoard, find_micropython
from firmware_sim.pilot_board import PilotBoard
from firmware_sim.unplug_trials import LIMIT_MS, unplug_trials
from firmware_sim.virtual_loop import run

REAL_TRIALS = 6
AT_ONCE = 3
"""Side by side in real time: more of them keep two cores so busy that a loop comes late."""


def test_a_thousand_of_a_thousand_trials_in_virtual_time_open_in_time() -> None:
    opened_after_ms = run(unplug_trials(PilotBoard, 1_000))

    assert len(opened_after_ms) == 1_000
    assert min(opened_after_ms) > 22, "faster than contacts travel"
    assert max(opened_after_ms) <= LIMIT_MS


def test_trials_of_one_seed_are_the_same_trials() -> None:
    assert run(unplug_trials(PilotBoard, 3, seed=1)) == run(unplug_trials(PilotBoard, 3, seed=1))


@pytest.mark.processes
@pytest.mark.skipif(find_micropython() is None, reason="no micropython: its wheel exists for Linux on x86-64 only")
def test_every_trial_with_micropython_in_real_time_opens_in_time() -> None:
    micropython = find_micropython()
    assert micropython is not None

    trials = unplug_trials(partial(MicropythonBoard, micropython=micropython), REAL_TRIALS, at_once=AT_ONCE)
    opened_after_ms = asyncio.run(trials)

    assert len(opened_after_ms) == REAL_TRIALS
    assert max(opened_after_ms) <= LIMIT_MS
