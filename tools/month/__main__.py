"""`python -m tools.month`: a simulated month, told a day at a time; ends with 0 when every visit was billed right.

`--first N --days D` plays D days from day N on with a fresh charger and the same visits: the cheap way back to a day
that failed.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import time
from pathlib import Path

from firmware_sim import virtual_loop
from tools.at_least_one import at_least_one
from tools.month import piece
from tools.month.plan import DAY_S, DAYS, Month, draw
from tools.month.play import Tally, play

ZONE = "Europe/Berlin"
"""Of the site. Nothing on the wire may follow its clocks."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.month", description="A simulated month, and every bill of it.")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="equal seeds play equal months (1)")
    parser.add_argument("--days", type=at_least_one, default=DAYS, metavar="D", help=f"how many days ({DAYS})")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first of them (0)")
    parser.add_argument("--dir", type=Path, default=Path(".month"), help="where the records are left (.month)")
    parser.add_argument("--piece", action="store_true", help="play the short piece that the tests play")
    parser.add_argument("--plan", action="store_true", help="print what will happen, and play nothing")
    parser.add_argument("--log", action="store_true", help="show the agent's log")
    given = parser.parse_args()
    logging.disable(logging.NOTSET if given.log else logging.CRITICAL)
    month = piece.draw(given.seed) if given.piece else draw(given.seed, first=given.first, days=given.days)
    if given.plan:
        print(told(month))
        sys.exit(0)
    sys.exit(run(month, given.dir / f"seed-{given.seed}-day-{given.first}"))


def run(month: Month, folder: Path) -> int:
    """Play it and print; the exit code."""
    os.environ["TZ"] = ZONE
    time.tzset()
    virtual_loop.collect_seldom()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "plan.txt").write_text(told(month) + "\n")
    began = time.monotonic()

    def report(day: int, tally: Tally) -> None:
        print(line(day, tally, time.monotonic() - began), flush=True)

    tally = play(month, folder, report)
    print(table(month, tally))
    for what in tally.problems:
        print(f"  {what}")
    if tally.problems:
        print(again(month, folder))
    return 1 if tally.problems else 0


def line(day: int, tally: Tally, took_s: float) -> str:
    """One day."""
    verdict = f"{len(tally.problems)} PROBLEMS, {tally.problems[-1]}" if tally.problems else "every Wh accounted for"
    return (
        f"day {day:2}  {tally.judged:4} visits judged  {tally.transactions:4} transactions  {tally.told:6} facts told"
        f"  {tally.rss_mib[-1]:6.1f} MiB  store {tally.store_bytes[-1] / 1e6:5.2f} MB  {took_s:6.0f} s  {verdict}"
    )


def table(month: Month, tally: Tally) -> str:
    """What the month came to."""
    rows: list[tuple[str, object]] = [
        ("days", f"{(month.last_s - month.first_s) / DAY_S:.1f}"),
        ("visits", len(month.visits)),
        ("transactions", tally.transactions),
        ("by the meters", f"{tally.metered_wh} Wh"),
        ("by the ledger", f"{tally.ledger_wh} Wh"),
        ("by the central system", f"{tally.told_wh} Wh"),
        ("outages", len(month.outages)),
        ("connections", tally.connections),
        ("power cuts", tally.cuts),
        ("facts told", tally.told),
        ("  that happened in an outage", tally.late),
        ("  told again, recognised", tally.repeats),
        ("longest queue", tally.gauges.longest_queue),
        ("oldest fact", f"{tally.gauges.oldest_fact_s / 60:.0f} min"),
        ("memory, first day and last", f"{tally.rss_mib[0]:.1f} MiB, {tally.rss_mib[-1]:.1f} MiB"),
        ("store, first day and last", f"{tally.store_bytes[0] / 1e6:.2f} MB, {tally.store_bytes[-1] / 1e6:.2f} MB"),
    ]
    if tally.store is not None:
        rows.append(("  in use, rows of its logs", f"{tally.store.used_bytes / 1e6:.2f} MB, {tally.store.logged}"))
    rows += [("trace", tally.fingerprint), ("lost, doubled or wrong", len(tally.problems))]
    return "\n" + "\n".join(f"{name:32}{value!s:>24}" for name, value in rows)


def again(month: Month, folder: Path) -> str:
    """How to see it again."""
    first, days = round(month.first_s / DAY_S), max(1, int((month.last_s - month.first_s) // DAY_S))
    return (
        f"again:   python -m tools.month --seed {month.seed} --first {first} --days {days}\n"
        f"one day: python -m tools.month --seed {month.seed} --first DAY --days 1\n"
        f"records: {folder} (plan.txt, csms.db, state/agent.db)"
    )


def told(month: Month) -> str:
    """The plan, for people."""
    from tools.month.judge import clock, name

    lines = [f"{clock(one.from_s)} to {clock(one.to_s)}  the link: {one.failure.name}" for one in month.outages]
    lines += [f"{clock(cut.at_s)}  power cut for {cut.dead_s} s, commit {cut.commits} {cut.when}" for cut in month.cuts]
    lines += [f"{clock(visit.arrives_s)}  {name(visit)}: {visit.token}" for visit in month.visits]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
