"""A faulty charger for support staff: each told case has a number, a symptom that tells nothing, and a solution."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import pytest

from firmware_sim import virtual_loop
from tools.cases.drawn import drawn
from tools.cases.model import Case
from tools.cases.scripted import SCRIPTED
from tools.cases.staging import done, staged
from tools.processes import ROOT
from tools.simulate.clock import VirtualClock
from tools.simulate.same_time import SameTime
from tools.training.support import lessons
from tools.training.support.__main__ import INTERRUPTED, main
from tools.training.support.site import DEVICE
from tools.training.talk import typed

SAYS_WITHIN_S = 90


def test_the_numbers_do_not_tell_of_a_case_by_its_neighbour() -> None:
    of_a_network = [number for number, case in enumerate(lessons.numbered(), 1) if case.network]

    assert any(second - first > 1 for first, second in pairwise(of_a_network))


@pytest.mark.parametrize("case", SCRIPTED, ids=lambda case: case.name)
def test_a_symptom_does_not_give_its_cause_away_and_the_solution_does(case: Case) -> None:
    said = case.story.casefold()
    parts = {part for key in case.keys for part in re.split(r"[._*]", key)} - {"", "fault"}

    assert said
    assert [one for one in (*parts, *case.words) if re.search(rf"\b{re.escape(one.casefold())}\b", said)] == []
    assert case.cause
    assert all(one in lessons.solution(case) for one in (case.cause, *case.keys, *case.words))


@pytest.mark.parametrize("case", [*SCRIPTED, *map(drawn, range(90))], ids=lambda case: case.name)
def test_hints_lead_to_the_cause_step_by_step(case: Case) -> None:
    first, second, last = lessons.lesson(case, DEVICE).hints
    families = [key.removeprefix("fault.").partition(".")[0] for key in case.keys]

    assert f"explain {DEVICE}" in first
    assert "chain" in second
    assert all(family in last for family in families)


def test_the_customer_of_every_case_calls_within_minutes() -> None:
    picks = [*(lessons.by_number(number) for number in range(1, 31)), *map(lessons.by_seed, range(90))]

    assert all(10 < pick.calls_after_s <= lessons.AT_MOST_S for pick in picks)


def test_the_next_of_the_last_is_the_first_and_of_a_seed_the_next_seed() -> None:
    assert lessons.after(lessons.by_number(30), 1).number == 1
    assert lessons.after(lessons.by_number(3), 1).case is lessons.by_number(4).case
    assert lessons.after(lessons.by_seed(7), 8).case.name == drawn(8).name


@pytest.mark.parametrize(
    ("seed", "words"), [(22, "and no current comes"), (53, "I was charging"), (2, "A car is charging")]
)
def test_the_symptom_of_a_drawn_case_is_what_can_be_seen_there(seed: int, words: str, tmp_path: Path) -> None:
    case = drawn(seed)

    async def told() -> str:
        async with AsyncExitStack() as stack:
            stage = await staged(case, tmp_path, stack, more_site="", clock=VirtualClock(), behaviour=SameTime())
            for act in case.acts:
                await done(act, stage)
                await asyncio.sleep(min(act.wait_s, lessons.SHOWS_AFTER_S))
            says = lessons.symptom(case, stage)
            await stage.charger.stop()
            return says

    assert words in virtual_loop.run(told())


def test_what_cannot_be_picked_is_told_with_what_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "something").touch()

    for words, told in (
        (["31"], "there are 1 to 30"),
        (["0"], "there are 1 to 30"),
        (["nothing_such"], "--list shows"),
        (["1", "--dir", str(tmp_path)], "is not empty"),
        (["1", "--dir", str(tmp_path / "something")], "cannot be made: File exists"),
    ):
        assert main(words) == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(("words", "told"), [(["1", "--draw", "3"], "not both"), (["--draw", "-1"], "write 0 or more")])
def test_words_that_do_not_go_together_are_wrong_use(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_the_list_names_every_told_case_and_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == sorted(case.name for case in SCRIPTED)


def test_what_only_root_can_play_says_so() -> None:
    picks = [lessons.by_number(number) for number in range(1, 31)]

    assert [lessons.kept_from(pick, is_root=True) for pick in picks] == [""] * 30
    kept = [(pick.case.small_disk, why) for pick in picks if (why := lessons.kept_from(pick, is_root=False))]
    assert len(kept) == 1
    assert kept[0][0]
    assert "only root may mount" in kept[0][1]


def test_the_solution_of_a_number_is_had_without_a_round(capsys: pytest.CaptureFixture[str]) -> None:
    case = lessons.numbered()[6]

    assert main(["7", "--solution"]) == 0
    assert capsys.readouterr().out == f"{lessons.solution(case)}\n"


@pytest.mark.parametrize("text", ["", "hint\nquit"])
def test_a_file_as_the_terminal_is_read_to_its_end_and_never_waited_for(text: str, tmp_path: Path) -> None:
    file = tmp_path / "typed"
    file.write_text(text)

    async def read(source: TextIO) -> list[str]:
        async with asyncio.timeout(5):
            return [line async for line in typed(source)]

    with file.open() as source, Path(os.devnull).open() as nothing:
        assert "".join(asyncio.run(read(source))) == text
        assert asyncio.run(read(nothing)) == []


@pytest.mark.processes
def test_a_blind_round_in_real_processes_says_the_symptom_and_no_name(tmp_path: Path) -> None:
    """The quickest to stand; its number is looked up here, and nobody else knows it."""
    case = min(lessons.numbered(), key=lambda case: case.stands_s)
    number = next(number for number, one in enumerate(lessons.numbered(), 1) if one is case)
    words = [sys.executable, "-m", "tools.training.support", str(number), "--dir", str(tmp_path / "round")]

    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = "".join(until(process.stdout, "telephone"))
        asked = [
            sys.executable,
            "-m",
            "tools.support",
            "--config",
            str(tmp_path / "round/1/support.toml"),
            "show",
            DEVICE,
        ]
        shown = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=SAYS_WITHIN_S, check=False)
        process.stdin.write("solution\n")
        process.stdin.close()
        rest = process.stdout.read()

    assert process.returncode == 0
    assert case.story in said
    assert case.cause not in said
    assert case.cause in rest
    assert case.words[0] in shown.stdout
    files = [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*")]
    assert files
    assert [one for one in (said, rest, *files) if case.name in one] == []


def until(lines: Iterator[str], word: str) -> Iterator[str]:
    for line in lines:
        yield line
        if word in line:
            return
    pytest.fail(f"the trainer ended before it said {word!r}")


def test_what_is_wrong_in_a_drawn_case_is_said_in_words() -> None:
    causes = [drawn(seed).cause for seed in range(60)]

    assert [one for one in causes if "=" in one or "_" in one or not one[0].isupper()] == []


@pytest.mark.processes
def test_a_terminal_that_is_closed_ends_the_round_with_its_broker(tmp_path: Path) -> None:
    # Whoever began these tests may have done so with nohup, and a program that is begun so goes on.
    started = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
    )
    words = [sys.executable, "-m", "tools.training.support", "1", "--stay", "--dir", str(tmp_path / "round")]
    words = [sys.executable, "-c", started, *words]

    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        list(until(process.stdout, "Ctrl-C or SIGTERM"))
        url = tomllib.loads((tmp_path / "round/1/support.toml").read_text())["broker"]["url"]
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port), SAYS_WITHIN_S):
            pass
        process.send_signal(signal.SIGHUP)
        process.stdout.read()

    assert process.returncode == INTERRUPTED
    with pytest.raises(ConnectionRefusedError), socket.create_connection((address.hostname, address.port), 5.0):
        pass
