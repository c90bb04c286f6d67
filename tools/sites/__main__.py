"""How often commissioning names the right cause first: a line for each site where it did not, then the table."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tools.at_least_one import at_least_one
from tools.sites.faults import FAULTS
from tools.sites.play import Heard, drawn, play

WANTED = 0.95


def main() -> int:
    options = _options()
    sites = [drawn(seed) for seed in _seeds(options)]
    healthy = [drawn(seed, healthy=True) for seed in range(options.healthy)]
    faulty: Counter[str] = Counter()
    right: Counter[str] = Counter()
    named_of_healthy = 0
    with ProcessPoolExecutor(options.jobs, initializer=_quiet) as pool:
        for heard in pool.map(play, sites + healthy):
            if heard.drawn.fault is None:
                named_of_healthy += not heard.is_right
            else:
                faulty[heard.drawn.fault.group] += 1
                right[heard.drawn.fault.group] += heard.is_right
            for line in _told(heard, is_wordy=options.wordy):
                print(line, flush=True)
    for group in faulty:
        print(f"{group:18} {right[group]:3} of {faulty[group]:3} named first")
    total = sum(faulty.values())
    if total:
        print(f"{'all':18} {sum(right.values()):3} of {total:3} named first, {sum(right.values()) / total:.1%}")
    if healthy:
        print(f"{'healthy':18} {len(healthy) - named_of_healthy:3} of {len(healthy):3} complete, with nothing named")
    is_good = (not total or sum(right.values()) / total >= WANTED) and not named_of_healthy
    return 0 if is_good else 1


def _told(heard: Heard, *, is_wordy: bool) -> Iterator[str]:
    if heard.is_right and not is_wordy:
        return
    site, first = heard.drawn, heard.first or {}
    yield f"{'right' if heard.is_right else 'WRONG'}  {site.words}"
    if heard.refused:
        yield f"       refused: {heard.refused}"
    if first:
        yield f"       named: {first['test']} {first['cause'] or 'no cause'}: {first['says']}"
        yield f"       next:  {first['next']}"
    if site.fault is None:
        yield from (f"       missing: {line}" for line in heard.missing[:5])
    else:
        yield f"       right would be: {', '.join(sorted(site.fault.causes))}"
    again = f"--seeds 1 --first {site.seed}" if site.fault is not None else f"--seeds 0 --healthy {site.seed + 1}"
    yield f"       again: python -m tools.sites {again}"


def _seeds(options: argparse.Namespace) -> list[int]:
    if options.fault is not None:
        place = [fault.name for fault in FAULTS].index(options.fault)
        return [place + turn * len(FAULTS) for turn in range(options.seeds)]
    return list(range(options.first, options.first + options.seeds))


_quiet = partial(logging.disable, logging.CRITICAL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.sites", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="so many faulty sites")
    parser.add_argument("--first", type=int, default=0, metavar="S", help="beginning with this seed")
    parser.add_argument("--healthy", type=int, default=0, metavar="N", help="so many healthy sites")
    parser.add_argument("--fault", choices=[fault.name for fault in FAULTS], help="this fault alone, N times")
    parser.add_argument("--jobs", type=at_least_one, default=2, metavar="N", help="so many at a time")
    parser.add_argument("--wordy", action="store_true", help="tell of those that were right, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
