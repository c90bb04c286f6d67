"""`python -m tools.soak --hours H`: 0 when no Wh went astray, all was well after each turn and nothing grows."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tools.json_lines import Refused
from tools.month.gauges import file_bytes
from tools.processes import ChildFailed, leaves
from tools.soak.gauges import growth, longest_life, rss_mib_an_hour
from tools.soak.plan import Turn
from tools.soak.play import Tally, soak

LONGEST_H = 24 * 365.0
INTERRUPTED = 130


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.soak", description="Hours of charges and trouble in real processes.")
    parser.add_argument("--hours", type=_hours, default=2.0, help="how long, in hours of the real clock (2)")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds draw equal visits and trouble (1)")
    parser.add_argument("--dir", type=Path, help="an empty folder for logs and databases, which stay there")
    given = parser.parse_args()
    folder = given.dir or Path(tempfile.mkdtemp(prefix="evse-soak-"))
    try:
        if folder.exists() and any(folder.iterdir()):
            parser.error(
                f"{folder} is not empty: an account begins with a new charger; name another folder, or empty it"
            )
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        parser.error(f"--dir: {folder} cannot hold logs and databases: {error.strerror}; name another folder")
    sys.exit(run(folder, given.seed, given.hours))


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= LONGEST_H:
        raise argparse.ArgumentTypeError(f"{text} is no number of hours above 0 and up to {LONGEST_H:.0f}")
    return hours


def run(folder: Path, seed: int, hours: float) -> int:
    """Play and print; the exit code."""
    began_s, tally, is_cut_short = time.monotonic(), Tally(), False

    def report(turn: Turn, so_far: Tally) -> None:
        nonlocal tally
        tally = so_far
        print(line(turn, so_far, time.monotonic() - began_s), flush=True)

    failed: list[BaseException] = []
    try:
        tally = asyncio.run(soak(folder, seed, hours * 3_600, report))
    except* (KeyboardInterrupt, asyncio.CancelledError):
        is_cut_short = True
    except* (ChildFailed, ConnectionError, Refused, TimeoutError) as failures:
        failed.extend(leaves(failures))
    for failure in failed:
        print(f"The soak failed: {type(failure).__name__}: {failure}")
    if failed:
        print(f"Logs and databases: {folder}")
        return 1
    problems = [*tally.wrong, *growth(longest_life(tally.looks))]
    print(table(tally, time.monotonic() - began_s, file_bytes(folder / "state" / "agent.db"), problems))
    for what in problems:
        print(f"  {what}")
    if is_cut_short:
        print(f"Ended early, so no account was made of every Wh. Logs and databases: {folder}")
        return INTERRUPTED
    print(f"Logs and databases: {folder}")
    return 1 if problems else 0


def line(turn: Turn, tally: Tally, at_s: float) -> str:
    """One turn."""
    seen = tally.looks[-1] if tally.looks else None
    taken = f"{seen.rss_mib:6.1f} MiB {seen.files:3} files {seen.threads:2} threads" if seen else ""
    verdict = tally.wrong[-1] if tally.wrong else "well"
    return f"{at_s / 60:7.1f} min  turn {turn.number:5}  {turn.trouble or 'quiet'!s:28}  {taken}  {verdict}"


def table(tally: Tally, took_s: float, store_bytes: int, problems: list[str]) -> str:
    """What the hours came to."""
    life = longest_life(tally.looks)
    rows: list[tuple[str, object]] = [
        ("hours", f"{took_s / 3_600:.2f}"),
        ("visits", tally.turns),
        ("  that drew energy", tally.charges),
        ("energy by the meter", f"{tally.energy_wh} Wh"),
        ("told again, recognised", tally.repeats),
        ("trouble made", sum(tally.troubles.values())),
        *((f"  {name}", times) for name, times in sorted(tally.troubles.items())),
        ("longest way back to well", f"{tally.longest_recovery_s:.0f} s"),
        ("the agent's file", f"{store_bytes / 1e6:.2f} MB"),
    ]
    if life:
        first, last = life[0], life[-1]
        span_s = max(1.0, last.at_s - first.at_s)
        slope = rss_mib_an_hour(life)
        rows += [
            ("longest life of the agent", f"{span_s / 60:.0f} min"),
            (
                "  memory, first, last, highest",
                f"{first.rss_mib:.1f}, {last.rss_mib:.1f}, {max(one.rss_mib for one in life):.1f} MiB",
            ),
            ("  memory an hour", "too short a life to say" if slope is None else f"{slope:+.2f} MiB"),
            ("  open files, threads", f"{last.files}, {last.threads}"),
            ("  processor", f"{100 * (last.cpu_s - first.cpu_s) / span_s:.1f} % of one"),
        ]
        if first.written_bytes is not None and last.written_bytes is not None:
            written_kb = (last.written_bytes - first.written_bytes) / 1_000 / span_s * 3_600
            rows.append(("  written to disk", f"{written_kb:.0f} kB an hour"))
    rows.append(("wrong", len(problems)))
    return "\n" + "\n".join(f"{name:32}{value!s:>28}" for name, value in rows)


if __name__ == "__main__":
    main()
