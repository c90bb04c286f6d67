"""Somebody closes the window in which a demonstration runs: what it had started ends with it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.support.chargers import until
from tools.processes import ROOT, end_in_order_when_told

pytestmark = pytest.mark.processes

IN_A_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever began these tests may have done so with nohup
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, sys.argv[1:])
"""
SHOWS_WITHIN_S, ENDS_WITHIN_S = 60.0, 30.0
INTERRUPTED = 130


@pytest.fixture
def folder() -> Iterator[Path]:
    """Near the root: the kernel takes 107 octets for the path of a socket, and those of the demonstrations lie deep."""
    with tempfile.TemporaryDirectory(prefix="window-") as name:
        yield Path(name)


def started_below(folder: Path) -> set[int]:
    """The programs whose files for a while go there: each inherits that from whoever started it."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"TMPDIR={folder}".encode() in environment:
            found.add(int(process.name))
    return found


def shows(window: int, words: str) -> None:
    """Returns once it does."""
    shown = b""
    while words.encode() not in shown:
        assert select.select([window], [], [], SHOWS_WITHIN_S)[0], f"no {words!r} in: {shown.decode()}"
        shown += os.read(window, 1 << 16)


@pytest.mark.parametrize(
    ("words", "shown", "programs"),
    [
        ("tools.demo --micropython never", "pilot board firmware runs on", 3),
        ("tools.demo.support --stay", "not charging: no car", 6),
        ("tools.demo.commissioning --micropython never", "ST101", 5),
    ],
)
def test_a_window_that_is_closed_ends_all_programs_of_a_demonstration(
    words: str, shown: str, programs: int, folder: Path
) -> None:
    window, terminal = os.openpty()
    with os.fdopen(terminal) as inside:
        process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, sys.executable, "-m", *words.split()],
            cwd=ROOT, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            env={**os.environ, "TMPDIR": str(folder), "TERM": "xterm"},
        )  # fmt: skip
    try:
        shows(window, shown)
        assert len(started_below(folder)) >= programs
    finally:
        os.close(window)

    assert process.wait(ENDS_WITHIN_S) == INTERRUPTED
    until(lambda: not started_below(folder))


def test_what_was_begun_with_nohup_goes_on_without_its_window() -> None:
    async def told() -> None:
        end_in_order_when_told()

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        asyncio.run(told())
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
