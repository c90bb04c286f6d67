"""CPython and the MicroPython port on the same inputs: everything the board does must be the same, step by step."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tools.safety.bench_modules import BENCH
from tools.safety.written_inputs import Written, write

HEAP = "640k"
"""As the simulator's board; here the bench's pins, the lines and what was written take their part."""
AT_ONCE = 100
"""Sequences that one process of the port plays, one after the other."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two interpreters part, or where the firmware raised."""

    seed: int
    step: int
    given: str
    cpython: str
    micropython: str

    def __str__(self) -> str:
        return (
            f"seed {self.seed}, step {self.step}: {self.given}\n"
            f"  CPython      {self.cpython}\n  MicroPython  {self.micropython}\n"
            f"  again: {replay_line(self.seed)}"
        )


@dataclass(slots=True)
class Account:
    """What was compared. `with_closing` counts sequences in which the coil came on."""

    sequences: int = 0
    steps: int = 0
    with_closing: int = 0


class PortFailed(RuntimeError):
    """The port's process did not answer every line: it crashed, or had no memory left."""


def replay_line(seed: int) -> str:
    """The command that plays a seed again."""
    return f"python -m tools.safety lockstep --first {seed} --seeds 1"


def compare(seeds: Iterable[int], micropython: Path, account: Account) -> Iterator[Difference]:
    """The first difference of each sequence that has one; `account` is kept on the way. Raises PortFailed."""
    rest = iter(seeds)
    while batch := [write(seed) for seed in islice(rest, AT_ONCE)]:
        outputs = iter(play_on_port([line for written in batch for line in written.inputs], micropython))
        for written in batch:
            account.sequences += 1
            account.steps += len(written.inputs)
            account.with_closing += written.closings > 0
            difference = first_difference(written, list(islice(outputs, len(written.inputs))))
            if difference is not None:
                yield difference


def play_on_port(inputs: Sequence[str], micropython: Path) -> list[str]:
    """What the port says to these lines, one answer each. Raises PortFailed."""
    command = [str(micropython), "-X", f"heapsize={HEAP}", "steps.py"]
    ran = subprocess.run(
        command, input="\n".join(inputs) + "\n", capture_output=True, text=True, check=False, cwd=BENCH
    )
    outputs = ran.stdout.splitlines()
    if ran.returncode != 0 or len(outputs) != len(inputs):
        raise PortFailed(f"{len(outputs)} answers to {len(inputs)} lines, exit code {ran.returncode}: {ran.stderr}")
    return outputs


def first_difference(written: Written, of_port: Sequence[str]) -> Difference | None:
    """Where the port's answers differ from CPython's. Raising alike is no agreement: the firmware must not raise."""
    for step, (ours, port) in enumerate(zip(written.outputs, of_port, strict=True)):
        if ours != port or ours.startswith("raised"):
            return Difference(written.seed, step, written.inputs[step], ours, port)
    return None
