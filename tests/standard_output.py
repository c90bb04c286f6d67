"""A program whose standard output takes nothing: what it says to that is one sentence and no success."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def says_to_a_full_disk(command: Sequence[str], unbuffered: str) -> str:
    """`unbuffered`: PYTHONUNBUFFERED, "" or "1"."""
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    return _sentence(ended)


def says_to_a_closed_output(command: Sequence[str]) -> str:
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    return _sentence(subprocess.run(closed, stderr=subprocess.PIPE, text=True, check=False))


def _sentence(ended: subprocess.CompletedProcess[str]) -> str:
    (sentence,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    return sentence
