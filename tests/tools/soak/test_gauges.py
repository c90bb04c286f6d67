"""What grows is said, and what does not is not."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.soak.gauges import GROWS_AT_MOST_MIB_AN_HOUR, Look, growth, longest_life, look, rss_mib_an_hour

Course = Callable[[float], float]


def life(
    *,
    hours: float = 4.0,
    rss: Course = lambda _: 48.0,
    files: Course = lambda _: 29,
    threads: Course = lambda _: 4,
    pid: int = 1,
) -> list[Look]:
    """A look a minute, of a program that takes so much after so many hours."""
    return [
        Look(
            at_s=minute * 60.0,
            pid=pid,
            rss_mib=rss(minute / 60),
            files=int(files(minute / 60)),
            threads=int(threads(minute / 60)),
            cpu_s=0.0,
            written_bytes=None,
        )
        for minute in range(int(hours * 60))
    ]


def test_a_program_that_takes_the_same_all_the_time_does_not_grow() -> None:
    assert list(growth(life())) == []


@pytest.mark.parametrize(
    ("grown", "what"),
    [
        (life(rss=lambda hour: 48 + 2 * hour), "memory grows by 2.00 MiB an hour"),
        (life(files=lambda hour: 29 + 2 * hour), "files more are open"),
        (life(threads=lambda hour: 4 + 5 * hour), "threads more run"),
    ],
)
def test_what_grows_is_named(grown: list[Look], what: str) -> None:
    [said] = growth(grown)

    assert what in said


def test_a_file_that_is_open_now_and_then_is_no_growth() -> None:
    chance = random.Random(1)

    assert list(growth(life(files=lambda _: 29 + chance.randrange(3)))) == []


def test_a_pool_that_fills_is_no_growth() -> None:
    assert list(growth(life(threads=lambda hour: 4 + min(6, 3 * hour)))) == []


def test_caches_that_fill_in_the_first_quarter_are_no_growth() -> None:
    assert list(growth(life(rss=lambda hour: 44 + min(4.0, 8 * hour)))) == []


def test_noise_is_no_growth() -> None:
    chance = random.Random(1)

    assert list(growth(life(rss=lambda _: 48 + chance.uniform(-0.5, 0.5)))) == []


def test_of_a_short_life_memory_is_not_judged() -> None:
    short = life(hours=1.0, rss=lambda hour: 48 + 10 * GROWS_AT_MOST_MIB_AN_HOUR * hour)

    assert rss_mib_an_hour(short) is None
    assert list(growth(short)) == []
    assert list(growth(short[:3])) == []


def test_the_longest_life_is_judged_and_not_the_one_before_a_restart() -> None:
    assert {one.pid for one in longest_life([*life(hours=1), *life(hours=3, pid=2), *life(hours=2, pid=3)])} == {2}
    assert longest_life([]) == []


def test_a_look_at_this_very_program_is_what_the_kernel_says() -> None:
    before = look(os.getpid(), 1.0)
    with Path(os.devnull).open(), Path(os.devnull).open():
        during = look(os.getpid(), 2.0)

    assert during.files == before.files + 2
    assert during.rss_mib > 1 and during.threads >= 1 and during.cpu_s >= before.cpu_s


def test_of_a_program_that_is_gone_there_is_no_look() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    with pytest.raises(OSError, match=str(gone.pid)):
        look(gone.pid, 0.0)
