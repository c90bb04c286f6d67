"""`python -m tools.kill --trials N`: ends with 0 when no Wh and no transaction was lost, doubled or invented.

With `--dir` it goes on where an earlier call stopped: trials that are done are not repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tools.at_least_one import at_least_one
from tools.json_lines import Refused
from tools.kill.cut import Cut
from tools.kill.site import Site
from tools.processes import ChildFailed, end_in_order_when_told, leaves

RECORD = "trials.json"
INTERRUPTED = 130


@dataclass(slots=True)
class Tally:
    """What became of one site's trials so far."""

    trials: int = 0
    with_board: int = 0
    transactions: int = 0
    repeats: int = 0
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.kill", description="Power cuts at random instants of charges.")
    parser.add_argument("--trials", type=at_least_one, default=500, help="how many in all, over all sites (500)")
    parser.add_argument("--sites", type=at_least_one, default=2, help="chargers side by side (2)")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds draw equal cuts (1)")
    parser.add_argument("--dir", type=Path, help="where to keep everything, and to go on from")
    given = parser.parse_args()
    folder = given.dir or Path(tempfile.mkdtemp(prefix="evse-kill-"))
    shares = [range(site, given.trials, given.sites) for site in range(given.sites)]
    try:
        tallies = asyncio.run(run_all(folder, shares, given.seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print(f"Ended early, with nothing concluded; to go on from there: --dir {folder}")
        sys.exit(INTERRUPTED)
    sys.exit(conclude(tallies, folder))


async def run_all(folder: Path, shares: list[range], seed: int) -> list[Tally]:
    """Every site works off its share of trial numbers; all at the same time."""
    end_in_order_when_told()
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(run_site(folder / f"site-{number}", share, seed)) for number, share in enumerate(shares)
        ]
    return [task.result() for task in running]


async def run_site(folder: Path, trials: range, seed: int) -> Tally:
    """Its trials one after the other; the first that does not add up ends it, with everything left as it is."""
    tally = read_tally(folder)
    async with AsyncExitStack() as stack:
        site = await Site.opened(stack, folder)
        for trial in trials[tally.trials :]:
            if tally.wrong:
                break
            await run_trial(site, Cut.drawn(seed, trial), trial, tally)
            (folder / RECORD).write_text(json.dumps({name: getattr(tally, name) for name in Tally.__slots__}))
    return tally


async def run_trial(site: Site, cut: Cut, trial: int, tally: Tally) -> None:
    """One trial and its account."""
    before = len(await site.witnesses.told())
    try:
        await site.run(cut)
        found = await site.witnesses.account()
    except* (TimeoutError, ChildFailed, ConnectionError, Refused) as group:
        found = [f"{type(error).__name__}: {error}" for error in leaves(group)]
    told = len(await site.witnesses.told())
    tally.trials += 1
    tally.with_board += cut.with_board
    tally.transactions = told
    tally.repeats = await site.witnesses.repeats()
    tally.wrong += [f"trial {trial} ({cut}): {what}" for what in found]
    verdict = "; ".join(found) or "every Wh accounted for"
    print(f"trial {trial:4}  {cut!s:44}  {told - before} transaction(s)  {verdict}", flush=True)


def read_tally(folder: Path) -> Tally:
    """What an earlier call left."""
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / RECORD
    return Tally(**json.loads(record.read_text())) if record.exists() else Tally()


def conclude(tallies: list[Tally], folder: Path) -> int:
    """The table, and the exit code."""
    done = sum(tally.trials for tally in tallies)
    print(f"\nkills                     {done:6}")
    print(f"  of agent and board      {sum(tally.with_board for tally in tallies):6}")
    print(f"transactions              {sum(tally.transactions for tally in tallies):6}")
    print(f"  told again, recognised  {sum(tally.repeats for tally in tallies):6}")
    wrong = [what for tally in tallies for what in tally.wrong]
    print(f"lost, doubled or wrong    {len(wrong):6}")
    for what in wrong:
        print(f"  {what}")
    if wrong:
        print(f"Everything is left in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
