"""A charger with one thing wrong, in real time. A customer calls; find out why, with `evse-support` alone.

A number or a seed picks a case without its name being shown anywhere; without either a number is drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tools.processes import end_in_order_when_told
from tools.training.support import lessons
from tools.training.support.lessons import NoSuchLesson, Pick
from tools.training.support.site import DEVICE, Site, site
from tools.training.talk import talk

PROGRAM = "python -m tools.training.support"
HELP = "hint | solution | plug in | plug out | card (what you ask the customer to do) | next | quit"
WRONG_USE, CANNOT = 2, 1
INTERRUPTED = 130
IS_ROOT = os.geteuid() == 0


def main(words: Sequence[str] | None = None) -> int:
    typed = _arguments(words)
    if typed.list:
        print("\n".join(_listed()))
        return 0
    try:
        pick = _picked(typed)
        if typed.solution:
            print(lessons.solution(pick.case))
            return 0
        _look_at_rights(pick)
        folder = _folder(typed.dir)
        logging.disable(logging.CRITICAL)
        return asyncio.run(_rounds(pick, typed, folder))
    except NoSuchLesson as error:
        print(f"training: {error}", file=sys.stderr)
        return WRONG_USE
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except OSError as error:
        print(f"training: {error}", file=sys.stderr)
        return CANNOT


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("which", nargs="?", default="", metavar="NUMBER|NAME", help="--list shows the names")
    parser.add_argument("--draw", type=int, metavar="SEED", help="a case that is drawn by this seed")
    parser.add_argument("--list", action="store_true", help="the names, and how long until the customer calls")
    parser.add_argument("--solution", action="store_true", help="print the solution, and play nothing")
    parser.add_argument("--dir", type=Path, help="a folder for the files of a round, which stays; else one that goes")
    parser.add_argument("--stay", action="store_true", help="take no input, and play until Ctrl-C or SIGTERM")
    typed = parser.parse_args(words)
    if typed.which and typed.draw is not None:
        parser.error("a number or name, or --draw SEED; not both")
    if typed.draw is not None and typed.draw < 0:
        parser.error("--draw: write 0 or more")
    return typed


def _picked(typed: argparse.Namespace) -> Pick:
    """Raises NoSuchLesson."""
    if typed.draw is not None:
        return lessons.by_seed(typed.draw)
    if not typed.which:
        picks = map(lessons.by_number, range(1, len(lessons.numbered()) + 1))
        return random.choice([pick for pick in picks if not lessons.kept_from(pick, is_root=IS_ROOT)])
    is_number = typed.which.isascii() and typed.which.isdigit()
    return lessons.by_number(int(typed.which)) if is_number else lessons.by_name(typed.which)


def _listed() -> Iterator[str]:
    for case in sorted(lessons.numbered(), key=lambda case: case.name):
        yield f"{case.name:33} the customer calls after {lessons.by_name(case.name).calls_after_s:3.0f} s"


def _look_at_rights(pick: Pick) -> None:
    """Raises NoSuchLesson."""
    if why := lessons.kept_from(pick, is_root=IS_ROOT):
        raise NoSuchLesson(f"{why}; start this as root, or pick another")


def _folder(wanted: Path | None) -> Path:
    """An empty one. Raises NoSuchLesson for one that is not or cannot be."""
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="evse-training-"))
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        is_empty = not any(wanted.iterdir())
    except OSError as error:
        raise NoSuchLesson(f"--dir: {wanted} cannot be made: {error.strerror}; name another folder") from error
    if not is_empty:
        raise NoSuchLesson(f"--dir: {wanted} is not empty; name another folder")
    return wanted.absolute()


async def _rounds(pick: Pick, typed: argparse.Namespace, folder: Path) -> int:
    end_in_order_when_told()
    count, seed = 1, typed.draw or 0
    try:
        while await _round(pick, folder / str(count), stays=typed.stay) == "next":
            count, seed = count + 1, seed + 1
            pick = lessons.after(pick, seed)
            if why := lessons.kept_from(pick, is_root=IS_ROOT):
                print(f"{why}; on to the next")
                pick = lessons.after(pick, seed)
    finally:
        if typed.dir is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


async def _round(pick: Pick, folder: Path, *, stays: bool) -> str:
    """The word that ended it."""
    async with site(pick, folder) as round_:
        _tell(round_, f"Here: {HELP}" if not stays else "Ctrl-C or SIGTERM ends it.")
        async with asyncio.TaskGroup() as tasks:
            going_on = [tasks.create_task(round_.story()), tasks.create_task(_call(round_))]
            try:
                return await (_for_ever() if stays else _talked(round_))
            finally:
                for task in going_on:
                    task.cancel()


def _tell(round_: Site, last: str) -> None:
    support = f"{_evse_support()} --config {shlex.quote(str(round_.desk.config))}"
    print(f"\nThis is {round_.pick.words}. The charger is {DEVICE}; its broker: {round_.broker}.")
    if round_.broker != "Mosquitto":
        print("  (Mosquitto is not installed here, and this one does as well; for the real one: apt install mosquitto)")
    print("In another terminal, as the support engineer, for example:")
    for words in ("fleet", f"show {DEVICE}", f"explain {DEVICE}", f"history {DEVICE}", "do"):
        print(f"  {support} {words}")
    print(f"The customer calls in about {round_.pick.calls_after_s:.0f} s; you may look before.")
    print(last, flush=True)


def _evse_support() -> str:
    beside = Path(sys.executable).with_name("evse-support")
    return "evse-support" if shutil.which("evse-support") or not beside.exists() else shlex.quote(str(beside))


async def _call(round_: Site) -> None:
    await asyncio.sleep(round_.pick.calls_after_s)
    print(f'The telephone rings: "{lessons.symptom(round_.pick.case, round_.stage)}"', flush=True)


async def _talked(round_: Site) -> str:
    at = round_.pick.case.connector
    doings = {
        "plug in": partial(round_.asked, "plug_in", connector=at),
        "plug out": partial(round_.asked, "plug_out", connector=at),
        "card": partial(round_.asked, "swipe", token=round_.pick.card),
    }
    word = await talk(lessons.lesson(round_.pick.case, DEVICE), doings, HELP, ("quit", "next"))
    if not word:
        print("The input is over, and with it the round; with --stay it goes on without any.", flush=True)
    return word


async def _for_ever() -> str:
    await asyncio.Event().wait()
    return "quit"


if __name__ == "__main__":
    sys.exit(main())
