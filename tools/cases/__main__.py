"""`python -m tools.cases`: failures of the field, found from afar; prints the table, and each that was not found."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterable
from multiprocessing import Pool

from firmware_sim import virtual_loop
from tools.at_least_one import at_least_one
from tools.cases.drawn import drawn, healthy
from tools.cases.model import Case
from tools.cases.play import Heard, play
from tools.cases.scripted import SCRIPTED

WANTED = {"scripted": 28 / 30, "drawn": 0.9, "healthy": 1.0, "replayed": 1.0}


def main() -> None:
    given = _arguments()
    virtual_loop.collect_seldom()
    logging.disable(logging.CRITICAL)
    kinds: dict[str, list[Case]] = {
        "scripted": [case for case in SCRIPTED if given.only in ("", case.name)] if given.scripted else [],
        "drawn": [drawn(seed) for seed in range(given.first, given.first + given.seeds)],
        "healthy": [healthy(seed) for seed in range(given.first, given.first + given.healthy)],
    }
    heard: dict[str, list[Heard]] = {kind: [] for kind in kinds}
    began = time.monotonic()
    works = [(kind, case, seed) for kind, cases in kinds.items() for seed, case in enumerate(cases, given.first)]
    with Pool(given.jobs, initializer=virtual_loop.collect_seldom) as pool:
        outcomes = pool.imap(one, works) if given.jobs > 1 else map(one, works)
        heard |= _collected(works, outcomes, verbose=given.verbose)
    sys.exit(_table(heard, time.monotonic() - began))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.cases", description=__doc__)
    parser.add_argument("--no-scripted", dest="scripted", action="store_false", help="leave the told ones out")
    names = [case.name for case in SCRIPTED]
    parser.add_argument("--only", default="", choices=["", *names], metavar="NAME", help="of the told ones this one")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="drawn cases (0)")
    parser.add_argument("--healthy", type=int, default=0, metavar="N", help="chargers with nothing wrong (0)")
    parser.add_argument("--first", type=int, default=0, metavar="S", help="the first seed (0)")
    parser.add_argument("--jobs", type=at_least_one, default=1, help="cases at the same time (1)")
    parser.add_argument("--verbose", action="store_true", help="show what was named in every case")
    given = parser.parse_args()
    if not (given.scripted or given.seeds or given.healthy):
        parser.error("nothing to play: with --no-scripted, say how many --seeds or --healthy")
    return given


def one(work: tuple[str, Case, int]) -> Heard:
    """Play one; the log of the agent is not wanted."""
    logging.disable(logging.CRITICAL)
    _, case, seed = work
    return play(case, seed)


def _collected(
    works: list[tuple[str, Case, int]], outcomes: Iterable[Heard], *, verbose: bool
) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = {}
    for (kind, _, seed), heard in zip(works, outcomes, strict=True):
        found.setdefault(kind, []).append(heard)
        if verbose or not heard.is_right or heard.replayed:
            _tell(kind, seed, heard)
    return found


def _tell(kind: str, seed: int, heard: Heard) -> None:
    print(f"{'ok  ' if heard.is_right and not heard.replayed else 'MISS'} {kind} {heard.case.name} {heard.failed}")
    print(f"       fleet: {heard.row}")
    for name, reasons in (("explain", heard.explain), ("show", heard.show)):
        for reason in reasons[:3]:
            print(f"       {name}: {reason.key}: {reason.says[:160]}")
    if heard.replayed:
        print(f"       replay: {heard.replayed[:300]}")
    if not heard.is_right:
        again = (
            f"--only {heard.case.name}" if kind == "scripted" else f"--no-scripted --{_option(kind)} 1 --first {seed}"
        )
        print(
            f"       wanted: {', '.join(heard.case.keys) or 'nothing'}   again: python -m tools.cases {again}",
            flush=True,
        )


def _option(kind: str) -> str:
    return "seeds" if kind == "drawn" else "healthy"


def _table(found: dict[str, list[Heard]], took_s: float) -> int:
    counts: dict[str, Callable[[Heard], bool]] = {
        "named": lambda one: one.is_right,
        "replayed": lambda one: not one.replayed,
    }
    missed = False
    for kind, cases in found.items():
        if not cases:
            continue
        right, again = (sum(map(count, cases)) for count in counts.values())
        print(f"{kind:9} {right:3} of {len(cases):3} named, {again:3} of {len(cases):3} replayed exactly")
        missed |= right < WANTED[kind] * len(cases) or again < len(cases)
    print(f"{sum(map(len, found.values()))} cases in {took_s:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    main()
