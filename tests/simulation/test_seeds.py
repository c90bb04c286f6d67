"""Sixty seeds of cars, cards, limits, breakage, network trouble and crashes; two hundred in the long run.

Any number with `python -m tools.simulate --seeds N`.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from firmware_sim.virtual_loop import run
from tests.searching import at_length
from tools.code_shape import ROOT
from tools.simulate.__main__ import replay_line
from tools.simulate.run import Options, Outcome, play, seed_plan

SHORT = Options(duration_s=300.0)
MINUTES = SHORT.duration_s / 60
BATCH = 10
SINGLE = range(20, at_length(40, 150), BATCH)
DUAL = range(1000, at_length(1020, 1050), BATCH)


def played(seed: int, options: Options = SHORT) -> Outcome:
    return play(seed_plan(seed, options), options)


@pytest.mark.parametrize("first", SINGLE)
def test_whatever_happens_one_charger_loses_no_energy_and_breaks_no_rule(first: int) -> None:
    _all_hold(range(first, first + BATCH), SHORT)


@pytest.mark.parametrize("first", DUAL)
def test_whatever_happens_two_connectors_on_one_supply_do_not_either(first: int) -> None:
    _all_hold(range(first, first + BATCH), replace(SHORT, board="sim-dual"))


def _all_hold(seeds: range, options: Options) -> None:
    _none_failed([played(seed, options) for seed in seeds], options)


def _none_failed(outcomes: list[Outcome], options: Options) -> None:
    failed = [
        f"{replay_line(outcome.seed, options.board, options.duration_s / 60)}\n  " + "\n  ".join(outcome.problems)
        for outcome in outcomes
        if outcome.problems
    ]
    assert not failed, "\n" + "\n".join(failed)


@pytest.mark.parametrize(
    ("seed", "board", "minutes"),
    [
        # An acceptance that moved to a connector which could not start was moved again, for ever.
        (5005, "sim-dual", 10),
    ],
)
def test_seeds_that_failed_once_hold(seed: int, board: str, minutes: int) -> None:
    _all_hold(range(seed, seed + 1), Options(board=board, duration_s=minutes * 60.0))


def test_equal_seeds_leave_equal_traces_also_in_another_process() -> None:
    here = played(7).fingerprint
    command = [sys.executable, "-m", "tools.simulate", "--seed", "7", "--minutes", f"{MINUTES:g}"]

    there = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "4711", "PATH": ""}
    )

    assert here in there.stdout


def test_the_first_twenty_seeds_hold_and_do_charge_and_do_crash() -> None:
    """A simulation in which nothing happens would find nothing."""
    outcomes = [played(seed) for seed in range(20)]

    _none_failed(outcomes, SHORT)
    assert sum(outcome.transactions for outcome in outcomes) >= 10
    assert sum(outcome.crashes for outcome in outcomes) >= 3


def test_the_virtual_loop_of_a_run_is_its_own() -> None:
    async def nothing() -> int:
        return 1

    assert run(nothing()) == 1
