"""`python -m tools.simulate --seeds N`: plays seeds until one fails, which prints the line that plays it again.

`--replay BUNDLE` plays what a charger in the field recorded instead: exit 0 where this program decides the same, 1
where it does not, 2 where the recording cannot be used. See docs/flight-recorder.md.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import time
from multiprocessing import Pool
from pathlib import Path

from firmware_sim import virtual_loop
from tools.at_least_one import at_least_one
from tools.simulate.replay import Wish, print_samples, typed_moment
from tools.simulate.replay import run as replay
from tools.simulate.run import Options, Outcome, play, seed_plan


def main() -> None:
    given = _arguments()
    if given.replay is not None:
        wish = Wish(connector=given.connector, since=given.since, every_step=given.every_step)
        sys.exit(print_samples(given.replay, wish) if given.samples else replay(given.replay, wish))
    virtual_loop.collect_seldom()
    logging.disable(logging.CRITICAL if not given.log else logging.NOTSET)
    options = Options(
        board=given.board,
        duration_s=given.minutes * 60.0,
        until_s=given.until,
        keep_trace=given.trace or bool(given.save),
    )
    seeds = [given.seed] if given.seed is not None else range(given.first, given.first + given.seeds)
    sys.exit(run([(seed, options) for seed in seeds], given))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.simulate", description="Agent and world on the virtual clock.")
    parser.add_argument("--seeds", type=at_least_one, default=20, metavar="N", help="how many to play (20)")
    parser.add_argument("--first", type=int, default=0, metavar="S", help="the first of them (0)")
    parser.add_argument("--seed", type=int, metavar="S", help="play this one only")
    parser.add_argument("--board", default="sim-single", help="a board the simulator can be (sim-single)")
    parser.add_argument("--minutes", type=float, default=15.0, help="length of a plan (15)")
    parser.add_argument("--until", type=_seconds, metavar="HH:MM:SS", help="stop there, to look")
    parser.add_argument("--trace", action="store_true", help="print what happened")
    parser.add_argument("--save", metavar="FILE", help="write what happened")
    parser.add_argument("--log", action="store_true", help="show the agent's log")
    parser.add_argument("--jobs", type=at_least_one, default=1, help="seeds played at the same time (1)")
    field = parser.add_argument_group("a recording from the field")
    field.add_argument("--replay", type=Path, metavar="BUNDLE", help="play it (evsectl bundle), and nothing else")
    field.add_argument("--connector", type=at_least_one, metavar="N", help="of this connector only")
    field.add_argument(
        "--from", dest="since", type=typed_moment, metavar="TIME", help="from then on: 2027-01-15T08:00:00Z"
    )
    field.add_argument("--every-step", action="store_true", help="those too after which nothing was ordered")
    field.add_argument("--samples", action="store_true", help="what was measured, as CSV for plots, and no replay")
    return parser.parse_args()


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+:\d\d:\d\d(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r}: write HH:MM:SS")
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def one(work: tuple[int, Options]) -> Outcome:
    """Play one seed."""
    seed, options = work
    return play(seed_plan(seed, options), options)


def run(works: list[tuple[int, Options]], given: argparse.Namespace) -> int:
    """Play them all; the exit code."""
    began, simulated_s, failed = time.monotonic(), 0.0, 0
    with Pool(given.jobs) as pool:
        outcomes = pool.imap(one, works) if given.jobs > 1 else map(one, works)
        for outcome in outcomes:
            simulated_s += outcome.simulated_s
            failed += bool(outcome.problems)
            show(outcome, given)
    took_s = time.monotonic() - began
    print(f"{len(works)} seeds, {failed} failed; {simulated_s / 3600:.1f} h simulated in {took_s:.1f} s")
    return 1 if failed else 0


def show(outcome: Outcome, given: argparse.Namespace) -> None:
    """One line for a pass; all that is known for a failure."""
    if given.trace:
        print(outcome.trace, end="")
    if given.save:
        with open(given.save, "w", encoding="utf-8") as file:  # noqa: PTH123 a name from the command line
            file.write(outcome.trace)
    verdict = "ok" if not outcome.problems else "FAILED"
    counts = f"{outcome.transactions} transaction(s), {outcome.crashes} crash(es)"
    print(f"seed {outcome.seed:6}  {verdict:6}  {counts:34}  trace {outcome.fingerprint}", flush=True)
    for problem in outcome.problems:
        print(f"    {problem}")
    if outcome.problems:
        print(f"    again: {replay_line(outcome.seed, given.board, given.minutes)}", flush=True)


def replay_line(seed: int, board: str, minutes: float) -> str:
    """The command that plays a seed again."""
    return f"python -m tools.simulate --seed {seed} --board {board} --minutes {minutes:g} --trace"


if __name__ == "__main__":
    main()
