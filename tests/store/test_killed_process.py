"""The real thing: a process with its thread, its flushes and the kernel's SIGKILL."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.store import open_store
from tests.store.writing_process import words

ROUNDS = 6
ROOT = Path(__file__).parents[2]


def killed_after(folder: Path, lines: int, first_number: int) -> list[str]:
    """What a process said, at least `lines` lines, before it was killed."""
    command = [sys.executable, "-m", "tests.store.writing_process", str(folder), str(first_number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
    return [line.strip() for line in said if line.endswith("\n")]


async def drained(folder: Path) -> list[str]:
    store = open_store(folder)
    facts = []
    while (queued := await store.ledger.next_fact()) is not None:
        facts.append(words(queued.fact))
        await store.ledger.settle(queued.seq, 1)
    await store.aclose()
    return facts


@pytest.mark.processes
def test_what_a_killed_process_recorded_is_told_once_and_in_order(tmp_path: Path) -> None:
    said: list[str] = []
    for round_number in range(ROUNDS):
        said += killed_after(tmp_path, 9 + 4 * round_number, first_number=1000 * round_number + 1)

    waiting = asyncio.run(drained(tmp_path))

    recorded = [line.removeprefix("recorded ") for line in said if line.startswith("recorded")]
    tried = [line.removeprefix("telling ") for line in said if line.startswith("telling")]
    # A fact that was being told when the process died is told again: once in a round, in its place.
    told = list(dict.fromkeys(tried + waiting))
    assert len(tried + waiting) - len(told) <= ROUNDS
    assert len(waiting) == len(set(waiting))
    assert told == sorted(told)
    assert set(recorded) <= set(told)
    starts = [one for one in told if "started" in one]
    stops = [one for one in told if "stopped" in one]
    assert len(starts) - len(stops) in (0, 1)
